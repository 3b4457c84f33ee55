import { appendEntry } from '../../ledger/append-entry'
import { dropUnsent } from '../../mail/drop-unsent'
import { queueMail } from '../../mail/queue-mail'
import { transition } from '../claim-state'
import { updateClaim } from '../worker.store'
import type { ChangeHandler } from './handler'

/**
 * Ends a claim because its person says so. What was sent stays, unread, until the law lets it go or the
 * person asks for its erasure; a firm that has it is told by a trigger (migrations/0010).
 */
export const prepareWithdrawal: ChangeHandler<'withdraw'> =
  async (_deps, { id }) =>
  async (tx, now, claim) => {
    await dropUnsent(tx, claim.id, 'all')
    await updateClaim(tx, claim.id, { state: transition(claim.state, 'withdraw') })
    await appendEntry(tx, now, {
      kind: 'claim.withdrawn',
      claimId: claim.id,
      private: { change: id, from: claim.state },
    })
    await queueMail(tx, {
      template: 'claim-withdrawn',
      claimId: claim.id,
      language: claim.language,
      at: now,
    })
    return null
  }
