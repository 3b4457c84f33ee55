import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import { addIntent } from '../outbox/add-intent'
import { digestToken } from '../vault/verification-secrets'
import * as store from './claims.store'

/** By what a person asks: the claim's number, the link of an older mail, or the claim they just filed. */
export type AskedBy = { number: string } | { token: string } | { claimId: string }

/**
 * Asks the worker to mail a new link and code to the address on the claim. Only an unconfirmed claim
 * gets one; the caller answers the same whether there is such a claim or not.
 * @returns the claim's id when something was asked for
 */
export async function requestNewLink(
  { db, clock }: { db: Db; clock: Clock },
  by: AskedBy,
): Promise<string | undefined> {
  const claim = await claimOf(db, by)
  if (claim?.state !== 'unverified') return undefined
  const now = clock.now()
  const id = newId(now.getTime())
  await db.transaction(async (tx) => {
    await store.insertRequest(tx, { id, claimId: claim.id, kind: 'new_link', box: null, now })
    await appendEntry(tx, now, {
      kind: 'claim.link_requested',
      claimId: claim.id,
      private: { request: id },
    })
    await addIntent(tx, 'handle-request', { requestId: id })
  })
  return claim.id
}

async function claimOf(db: Db, by: AskedBy): Promise<store.ClaimRow | undefined> {
  if ('claimId' in by) return store.selectClaim(db, { id: by.claimId })
  if ('number' in by) return store.selectClaim(db, by)
  const verification = await store.selectVerificationByToken(db, digestToken(by.token))
  return verification && store.selectClaim(db, { id: verification.claim_id })
}
