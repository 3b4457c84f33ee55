import type { Db, Tx } from '../db/connections'
import { appendEntry } from '../ledger/append-entry'
import { addIntent } from '../outbox/add-intent'
import * as worker from './authority-worker.store'
import * as store from './authority.store'

/**
 * Counts a pack as confirmed, in the caller's transaction: its signer has seen again what they signed, at
 * the address that the link or code went to. The entry commits to what was shown and signed and to what is
 * sealed; the paper is made from it once it has its place. Harmless to repeat.
 * @param by the row of the mailed secret, and how it was presented
 */
export async function confirmPack(
  tx: Tx,
  now: Date,
  packId: string,
  by: { how: 'link' | 'code'; verification: string },
): Promise<void> {
  const pack = await worker.lockPack(tx, packId)
  if (!pack || pack.confirmed_at !== null || pack.superseded_at !== null) return
  const names = await worker.selectNames(tx, pack.claim_id)
  if (!names) throw new Error('a pack names a claim that is not there')
  const entryId = await appendEntry(tx, now, {
    kind: 'authority.confirmed',
    claimId: pack.claim_id,
    private: {
      number: names.number,
      matter: names.slug,
      firm: pack.firm_id,
      pack: pack.id,
      signer: pack.signer,
      documents: pack.documents,
      document: pack.document_sha256.toString('hex'),
      packRecord: pack.sha256.toString('hex'),
      signedAt: pack.signed_at.toISOString(),
      how: by.how,
      verification: by.verification,
    },
  })
  await worker.confirmPackRow(tx, pack.id, {
    confirmed_at: now,
    confirmed_how: by.how,
    entry_id: entryId,
  })
  await addIntent(tx, 'render-pack', { packId })
  if (pack.needs_guardian) await addIntent(tx, 'invite-guardian', { packId })
}

/** `lost`: it lost its force before anybody confirmed it. Null for what is no pack. */
export async function packState(
  db: Db | Tx,
  packId: string,
): Promise<'waiting' | 'confirmed' | 'lost' | null> {
  const pack = await store.selectPack(db, packId)
  if (!pack) return null
  if (pack.confirmed_at !== null) return 'confirmed'
  return pack.superseded_at === null ? 'waiting' : 'lost'
}

/** Whether a pack still waits for its confirmation. */
export async function isWaiting(db: Db | Tx, packId: string): Promise<boolean> {
  return (await packState(db, packId)) === 'waiting'
}
