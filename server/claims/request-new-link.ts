import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import { addIntent } from '../outbox/add-intent'
import { digestToken } from '../vault/verification-secrets'
import * as store from './claims.store'
import {
  refusalOf,
  requestLimit,
  type AskedFrom,
  type RequestLimits,
  type TooOften,
} from './request-limits'

/** By what a person asks: the claim's number, the link of an older mail, or the claim they just filed. */
export type AskedBy = { number: string } | { token: string } | { claimId: string }

/** `none`: there is no unconfirmed claim; `unknown`: none at all. */
export type NewLinkAsked = { outcome: 'asked' | 'none' | 'unknown' } | TooOften

/**
 * Asks the worker to mail a new link and code to the address on the claim. Only an unconfirmed claim
 * gets one, and only so many in some hours. Whoever did not file is answered the same in every case.
 */
export async function requestNewLink(
  { db, clock, config }: { db: Db; clock: Clock; config: { limits: RequestLimits } },
  by: AskedBy,
): Promise<NewLinkAsked> {
  const found = await claimOf(db, by)
  if (!found) return { outcome: 'unknown' }
  if (found.state !== 'unverified') return { outcome: 'none' }
  const now = clock.now()
  const id = newId(now.getTime())
  const asked = { claimId: found.id, kind: 'new_link', from: fromOf(by) } as const
  return db.transaction(async (tx): Promise<NewLinkAsked> => {
    if (!(await store.lockUnverified(tx, found.id))) return { outcome: 'none' }
    const limit = requestLimit({ ...asked, at: now }, config.limits)
    const earlier = await store.selectRequestMoments(tx, asked, limit.since)
    const refused = refusalOf(earlier, limit, config.limits)
    if (refused) return refused
    await store.insertRequest(tx, { ...asked, id, box: null, now })
    await appendEntry(tx, now, {
      kind: 'claim.link_requested',
      claimId: found.id,
      private: { request: id },
    })
    await addIntent(tx, 'handle-request', { requestId: id })
    return { outcome: 'asked' }
  })
}

function fromOf(by: AskedBy): AskedFrom {
  if ('claimId' in by) return 'filed'
  return 'token' in by ? 'link' : 'number'
}

async function claimOf(db: Db, by: AskedBy): Promise<store.ClaimRow | undefined> {
  if ('claimId' in by) return store.selectClaim(db, { id: by.claimId })
  if ('number' in by) return store.selectClaim(db, by)
  const verification = await store.selectVerificationByToken(db, digestToken(by.token))
  return verification && store.selectClaim(db, { id: verification.claim_id })
}
