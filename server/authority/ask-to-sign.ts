import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import { addIntent } from '../outbox/add-intent'
import type { Sealer } from '../vault/sealer'
import * as store from './authority.store'
import { writeSigningBox, type SigningBox } from './signing-box'

/**
 * Hands a signature to the worker, which alone can tell whether whoever sends it may sign for this claim,
 * and whether what they were shown is what the claim and the matter say.
 * @returns the id of the request
 */
export async function askToSign(
  { db, clock, sealer }: { db: Db; clock: Clock; sealer: Sealer },
  kind: 'own' | 'guardian',
  claimId: string,
  content: SigningBox,
): Promise<string> {
  const now = clock.now()
  const id = newId(now.getTime())
  const box = sealer.sealToWorker('signing', id, writeSigningBox(content))
  await db.transaction(async (tx) => {
    await store.insertSigningRequest(tx, { id, kind, claim_id: claimId, box, created_at: now })
    await appendEntry(tx, now, {
      kind: 'authority.requested',
      claimId,
      private: { request: id, for: kind },
    })
    await addIntent(tx, 'take-signing', { requestId: id })
  })
  return id
}

/** Whether the worker has taken a signature; null while it has not looked. */
export async function findSigningOutcome(
  db: Db,
  claimId: string,
  requestId: string,
): Promise<'taken' | 'refused' | null | undefined> {
  const row = await store.selectSigningOutcome(db, requestId)
  return row?.claim_id === claimId ? row.outcome : undefined
}
