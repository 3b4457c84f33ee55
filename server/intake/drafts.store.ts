import type { Db, Tx } from '../db/connections'

/** Drafts. Ids are derived from the cookie's secret. */

export interface DraftRow {
  ciphertext: Buffer
  claim_id: string | null
  updated_at: Date
}

/** A draft of this matter that has not expired. */
export async function selectDraft(
  db: Db,
  id: Buffer,
  matterId: string,
  now: Date,
): Promise<DraftRow | undefined> {
  return db('drafts')
    .where({ id, matter_id: matterId })
    .where('expires_at', '>', now)
    .options({ name: 'draft' })
    .first<DraftRow | undefined>('ciphertext', 'claim_id', 'updated_at')
}

export interface DraftWrite {
  id: Buffer
  matterId: string
  formVersion: number
  ciphertext: Buffer
  now: Date
  expiresAt: Date
}

export async function insertDraft(db: Db, draft: DraftWrite): Promise<void> {
  await db('drafts').insert({
    id: draft.id,
    matter_id: draft.matterId,
    form_version: draft.formVersion,
    ciphertext: draft.ciphertext,
    created_at: draft.now,
    updated_at: draft.now,
    expires_at: draft.expiresAt,
  })
}

/**
 * Replaces a draft that still is what was read. Each ciphertext has a nonce of its own, so an equal one
 * means that no other tab has saved in between.
 * @returns false when it changed, went, or was filed meanwhile
 */
export async function updateDraft(db: Db, draft: DraftWrite, read: Buffer): Promise<boolean> {
  const updated = await db('drafts')
    .where({ id: draft.id, ciphertext: read })
    .whereNull('claim_id')
    .update({
      form_version: draft.formVersion,
      ciphertext: draft.ciphertext,
      updated_at: draft.now,
      expires_at: draft.expiresAt,
    })
  return updated === 1
}

export async function deleteDraft(db: Db, id: Buffer): Promise<void> {
  await db('drafts').where({ id }).delete()
}

/** Deletes a draft that still is what was read, and says whether it was. */
export async function deleteUnchanged(tx: Tx, id: Buffer, read: Buffer): Promise<boolean> {
  return (await tx('drafts').where({ id, ciphertext: read }).whereNull('claim_id').delete()) === 1
}

/** Replaces the copy that stays after filing; its expiry does not move. */
export async function updateFiledCopy(tx: Tx, id: Buffer, ciphertext: Buffer): Promise<void> {
  await tx('drafts').where({ id }).whereNotNull('claim_id').update({ ciphertext })
}
