import { dropUnsent } from '../../mail/drop-unsent'
import { queueMail } from '../../mail/queue-mail'
import { withdrawClaim } from '../withdraw-claim'
import type { ChangeHandler } from './handler'

/** Ends a claim because its person says so. */
export const prepareWithdrawal: ChangeHandler<'withdraw'> =
  async (_deps, { id }) =>
  async (tx, now, claim) => {
    await dropUnsent(tx, claim.id, 'all')
    await withdrawClaim(tx, now, claim.id, { change: id })
    await queueMail(tx, {
      template: 'claim-withdrawn',
      claimId: claim.id,
      language: claim.language,
      at: now,
    })
    return null
  }
