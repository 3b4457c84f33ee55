import type { Tx } from '../db/connections'
import { appendEntry } from '../ledger/append-entry'
import { transition } from './claim-state'
import { lockForWithdrawal, updateWithdrawn } from './claims.store'

/**
 * Ends a claim, in the caller's transaction, and says in its entry by what. One that has ended before stays
 * as it is. What was sent stays, unread, until the law lets it go or it is erased; a firm that has it is
 * told by a trigger (migrations/0017).
 */
export async function withdrawClaim(
  tx: Tx,
  now: Date,
  claimId: string,
  by: { change: string; person?: string },
): Promise<void> {
  const claim = await lockForWithdrawal(tx, claimId)
  if (!claim || ['withdrawn', 'expired', 'erased'].includes(claim.state)) return
  await updateWithdrawn(tx, claimId, transition(claim.state, 'withdraw'))
  await appendEntry(tx, now, {
    kind: 'claim.withdrawn',
    claimId,
    private: { ...by, from: claim.state },
  })
}
