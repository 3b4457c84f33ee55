import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { addIntent } from '../outbox/add-intent'
import type { Sealer } from '../vault/sealer'
import { isCorrectable } from './correctable'
import * as store from './claims.store'
import { refusalOf, requestLimit, type RequestLimits, type TooOften } from './request-limits'

/**
 * Asks the worker to put another address on a claim whose own was mistyped, and to mail the link
 * there. The address is sealed: nothing on this surface can read it again. `keepCopy` rewrites, in the
 * same transaction, what the browser that filed still sees: it says so only when it is so.
 * @throws Problem conflict once the claim is confirmed or the hours after filing are over
 */
export async function requestEmailCorrection(
  deps: {
    db: Db
    clock: Clock
    sealer: Sealer
    config: { limits: RequestLimits & { correctionHours: number } }
  },
  { claimId, email }: { claimId: string; email: string },
  keepCopy: (tx: Tx) => Promise<void>,
): Promise<{ outcome: 'asked' } | TooOften> {
  const { limits } = deps.config
  const now = deps.clock.now()
  const id = newId(now.getTime())
  const asked = { claimId, kind: 'correct_email', from: 'filed' } as const
  return deps.db.transaction(async (tx) => {
    const claim = await store.lockUnverified(tx, claimId)
    if (!claim || !isCorrectable(claim, now, limits)) {
      throw new Problem('conflict', { claim: claimId })
    }
    const limit = requestLimit({ ...asked, at: now }, limits)
    const earlier = await store.selectRequestMoments(tx, asked, limit.since)
    const refused = refusalOf(earlier, limit, limits)
    if (refused) return refused
    const box = deps.sealer.sealToWorker('correct_email', id, email)
    await store.insertRequest(tx, { ...asked, id, box, now })
    await appendEntry(tx, now, {
      kind: 'claim.correction_requested',
      claimId,
      private: { request: id, field: 'email' },
    })
    await addIntent(tx, 'handle-request', { requestId: id })
    await keepCopy(tx)
    return { outcome: 'asked' }
  })
}
