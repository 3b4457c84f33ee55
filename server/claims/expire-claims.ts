import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import { destroyDocumentsOf } from '../evidence/destroy-document'
import { dropUnsent } from '../mail/drop-unsent'
import { transition } from './claim-state'
import * as store from './worker.store'

const dayMs = 24 * 60 * 60 * 1000

/**
 * Ends claims that nobody confirmed in time and destroys what they held: wrapped keys, sealed records,
 * blind indexes, an address still waiting in a request, the claimant's copies, documents with their keys. What stays is the number and that it expired.
 * What is under a legal hold stays. Each claim is one transaction, so a claim that is confirmed at this moment is simply not expired.
 * @returns how many it expired; as many as `sweepRows` means there may be more
 */
export async function expireClaims(deps: {
  db: Db
  clock: Clock
  config: { limits: { unverifiedDays: number; sweepRows: number } }
}): Promise<number> {
  const { unverifiedDays, sweepRows } = deps.config.limits
  const now = deps.clock.now()
  const before = new Date(now.getTime() - unverifiedDays * dayMs)
  const due = await store.selectUnverifiedBefore(deps.db, before, sweepRows)
  for (const id of due) {
    await deps.db.transaction(async (tx) => {
      const claim = await store.lockClaim(tx, id)
      if (claim?.state !== 'unverified') return
      await store.destroyContent(tx, id)
      await destroyDocumentsOf(tx, now, id)
      await store.supersedeVerifications(tx, id, now)
      await dropUnsent(tx, id, 'all')
      await store.updateClaim(tx, id, { state: transition(claim.state, 'expire') })
      await appendEntry(tx, now, {
        kind: 'claim.expired',
        claimId: id,
        private: { reason: 'unconfirmed', days: unverifiedDays },
      })
    })
  }
  return due.length
}
