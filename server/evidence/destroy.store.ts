import type { Tx } from '../db/connections'
import type { DestroyReason } from './document'

/** Destruction: by whoever may, with the worker's login or that of the staff surface. */

/** Marks a document as destroyed, with its name gone; false when it was already, or is not there. */
export async function markDestroyed(
  tx: Tx,
  { id, claimId }: { id: string; claimId: string },
  change: { destroyed_at: Date; destroyed_by: string | null; reason: DestroyReason },
): Promise<boolean> {
  const changed = await tx('evidence')
    .where({ id, claim_id: claimId })
    .whereNot({ state: 'destroyed' })
    .update({
      ...change,
      state: 'destroyed',
      box: null,
      about: null,
      view: 'none',
      view_problem: null,
    })
  return changed === 1
}

/** The keys go now; @returns the names of the files, which go after the commit. */
export async function deleteKeysAndFiles(tx: Tx, id: string): Promise<string[]> {
  await tx('evidence_keys').where({ evidence_id: id }).delete()
  const files = await tx('evidence_objects')
    .where({ evidence_id: id })
    .delete()
    .returning<{ id: string }[]>('id')
  return files.map((file) => file.id)
}

export async function selectUndestroyed(tx: Tx, claimId: string): Promise<string[]> {
  return tx('evidence').where({ claim_id: claimId }).whereNot({ state: 'destroyed' }).pluck('id')
}

export async function selectLanguage(tx: Tx, claimId: string): Promise<'ko' | 'en'> {
  const row = await tx('claims')
    .where({ id: claimId })
    .first<{ language: 'ko' | 'en' } | undefined>('language')
  if (!row) throw new Error('a document names a claim that is not stored')
  return row.language
}
