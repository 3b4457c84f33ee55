import type { ChangeHandler } from '../claims/changes/handler'
import { appendEntry } from '../ledger/append-entry'
import { queueMail } from '../mail/queue-mail'
import * as store from './privacy.store'

const dayMs = 24 * 60 * 60 * 1000

/**
 * Takes down that a person wants all that is kept of a claim erased (PIPA 36), acknowledges it by mail and
 * puts it before the staff, who owe an answer within days. Nothing is erased here.
 */
export const prepareErasure: ChangeHandler<'erasure'> = async ({ config }, change) => {
  return async (tx, now, claim) => {
    if (await store.hasOpenErasure(tx, claim.id)) return 'unchanged'
    const due = new Date(change.at.getTime() + config.limits.erasureAnswerDays * dayMs)
    await store.insertErasure(tx, {
      id: change.id,
      claim_id: claim.id,
      matter_id: claim.matter_id,
      asked_at: change.at,
      due_at: due,
    })
    await appendEntry(tx, now, {
      kind: 'erasure.requested',
      claimId: claim.id,
      private: { change: change.id },
    })
    await queueMail(tx, {
      template: 'erasure-asked',
      claimId: claim.id,
      subjectId: change.id,
      language: claim.language,
      at: now,
    })
    return null
  }
}
