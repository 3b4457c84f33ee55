import { appendEntry } from '../../ledger/append-entry'
import { addMessage } from '../../messages/add-message'
import { parseText } from '../../messages/message-text'
import { transition } from '../claim-state'
import { selectDecidedAt, updateClaim } from '../worker.store'
import { countMade } from './find-change'
import type { ChangeHandler } from './handler'

const dayMs = 24 * 60 * 60 * 1000

/** Whether a rejection of that moment can still be appealed; one that was never dated can. */
export function mayAppeal(
  decidedAt: Date | null,
  at: Date,
  { appealDays }: { appealDays: number },
): boolean {
  return decidedAt === null || at.getTime() < decidedAt.getTime() + appealDays * dayMs
}

/**
 * Has a rejected claim looked at again, and says why: the text stands in the thread of the claim, where
 * whoever reviews it next finds it. Nobody is assigned, so that it need not be the same person.
 */
export const prepareAppeal: ChangeHandler<'appeal'> = async (deps, change) => {
  const { limits } = deps.config
  const parsed = parseText(change.content.text, limits.appealChars)
  if (!parsed.ok) return 'invalid'
  const { text } = parsed
  return async (tx, now, claim) => {
    if ((await countMade(tx, claim.id, 'appeal', null)) >= limits.appeals) return 'too_often'
    if (!mayAppeal(await selectDecidedAt(tx, claim.id), change.at, limits)) return 'too_late'
    const messageId = await addMessage(tx, now, deps, {
      claimId: claim.id,
      from: null,
      desk: 'moderators',
      about: 'appeal',
      text,
    })
    await updateClaim(tx, claim.id, {
      state: transition(claim.state, 'appeal'),
      assigned_to: null,
      decided_by: null,
      decided_at: null,
      decision_reason: null,
    })
    await appendEntry(tx, now, {
      kind: 'claim.appealed',
      claimId: claim.id,
      private: { change: change.id, message: messageId },
    })
    return null
  }
}
