import type { ChangeHandler } from '../claims/changes/handler'
import { addMessage } from './add-message'
import { parseText } from './message-text'
import * as store from './messages.store'

const dayMs = 24 * 60 * 60 * 1000

/** Puts a claimant's question into the thread with the people they ask, who hear of it in their next digest. */
export const prepareQuestion: ChangeHandler<'message'> = async (deps, change) => {
  const { limits } = deps.config
  // Looked at again: the surface that sent it is not trusted with that.
  const parsed = parseText(change.content.text, limits.messageChars)
  if (!parsed.ok) return 'invalid'
  return async (tx, now, claim) => {
    const since = new Date(now.getTime() - dayMs)
    if ((await store.countQuestions(tx, claim.id, since)) >= limits.questionsPerDay) {
      return 'too_often'
    }
    // The firm before would not see it any more, and the new one must not yet.
    const { desk } = change.content
    if (desk === 'counsel' && !(await store.isFirmOfToday(tx, claim.id))) return 'firm_changed'
    await addMessage(tx, now, deps, {
      claimId: claim.id,
      from: null,
      desk,
      about: 'question',
      text: parsed.text,
    })
    return null
  }
}
