import { addNeeds } from '../claims/needs/add-needs'
import type { ReminderLimits } from '../claims/reminders/plan-reminders'
import type { Db, Tx } from '../db/connections'
import { appendEntry } from '../ledger/append-entry'
import type { Answers, ClaimForm } from '../matters/form-schema'
import type { OpenedPack } from '../vault/vault'
import * as store from './authority-worker.store'
import { documentsIn, hashOf, readPackContent, type PackCore } from './pack-content'
import { needsGuardian } from './prepare-pack'
import { papersNeed } from './supersede-changed'

/** What a pack's row says of it in the open: the surface that wrote it is not trusted with that. */
type Said = Pick<store.WorkerPack, 'id' | 'claim_id' | 'firm_id' | 'signer' | 'documents'> & {
  document_sha256: Buffer
}

/** Whether the row of a pack says what was sealed. */
export function saysWhatIsSealed(row: Said, core: PackCore): boolean {
  return (
    core.pack === row.id &&
    core.claim === row.claim_id &&
    core.firm.id === row.firm_id &&
    core.signer.role === row.signer &&
    documentsIn(core) === row.documents &&
    hashOf(core).equals(row.document_sha256)
  )
}

/**
 * Of what came with a filing, the packs whose rows say another thing than what was sealed; whether a guardian
 * is needed follows from the answers.
 * @returns their ids
 */
export async function findDiffering(
  db: Db,
  claim: { id: string; form: ClaimForm; answers: Answers; timeZone: string },
  packs: readonly OpenedPack[],
): Promise<string[]> {
  const opened = new Map(packs.map((one) => [one.packId, readPackContent(one.content).core]))
  const rows = await store.selectWorkerPacks(db, claim.id)
  return rows
    .filter((row) => {
      const core = opened.get(row.id)
      if (!core || !saysWhatIsSealed(row, core)) return true
      const minor = needsGuardian(
        claim.form,
        claim.answers,
        claim.timeZone,
        new Date(core.signedAt),
      )
      return minor !== row.needs_guardian
    })
    .map(({ id }) => id)
}

/** Takes the force of such packs, in the caller's transaction; signing is what the claim lacks then. */
export async function supersedeDiffering(
  tx: Tx,
  now: Date,
  limits: ReminderLimits,
  { claimId, packs }: { claimId: string; packs: readonly string[] },
): Promise<void> {
  if (packs.length === 0) return
  await store.supersedePacks(tx, packs, now)
  await appendEntry(tx, now, {
    kind: 'authority.superseded',
    claimId,
    private: { packs: packs.join(','), reason: 'row_differs' },
  })
  await addNeeds(tx, now, limits, {
    claimId,
    by: null,
    wanted: [{ kind: 'signature', ref: papersNeed, required: true, dueAt: null }],
  })
}
