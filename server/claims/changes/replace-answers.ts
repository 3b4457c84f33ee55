import { isDeepStrictEqual } from 'node:util'
import { appendEntry } from '../../ledger/append-entry'
import { queueMail } from '../../mail/queue-mail'
import { isFilingOpen } from '../../matters/filing-open'
import type { Answers, ClaimForm, QuestionRole } from '../../matters/form-schema'
import { findMatterById } from '../../matters/list-matters'
import { typedValues } from '../../matters/forms/describe-answer'
import { allQuestions, parseWholeForm, rulingOut } from '../../matters/forms/parse-form'
import type { Matter } from '../../matters/matter-file'
import { copyKeyOf, putCopy } from '../../vault/claimant-copies'
import { transition } from '../claim-state'
import { findEarlierClaim, updateClaim } from '../worker.store'
import { writeVersion } from '../write-version'
import type { ChangeHandler } from './handler'
import { readClaim } from './read-claim'
import type { AnswersCopy } from './show-answers'

/** Who moves house or gets another number says nothing else than before: no decision hangs on it. */
const contact: readonly (QuestionRole | undefined)[] = ['phone', 'address']

/** The questions that are answered differently. The address for mail is changed in a way of its own. */
export function changedQuestions(form: ClaimForm, before: Answers, after: Answers) {
  return allQuestions(form).filter(({ id }) => !isDeepStrictEqual(before[id], after[id]))
}

/** Whether a claim that was accepted with the answers before has to be looked at again. */
export function needsReview(form: ClaimForm, before: Answers, after: Answers): boolean {
  return changedQuestions(form, before, after).some(({ role }) => !contact.includes(role))
}

/**
 * Puts new answers in the place of those that were sent: a further sealed version and its entry, the
 * earlier ones stay as they were. An accepted claim goes back to its review unless only phone or postal
 * address changed; a review under way sees that the claim changed and must read it again.
 */
export const prepareReplacement: ChangeHandler<'replace_answers'> = async (deps, change) => {
  const { db, vault } = deps
  const matter = await findMatterById(db, change.claim.matter_id)
  if (!matter) throw new Error('a claim names a matter that is not stored')
  if (!mayReplace(matter, change.claim.state, change.at)) return 'too_late'
  const { form, content, version } = await readClaim(deps, change)
  if (version !== change.content.version) return 'stale'
  const answers = checkedAnswers(form, matter, change.content.answers, change)
  if (answers === null) return 'invalid'
  const changed = changedQuestions(form, content.answers, answers)
  if (changed.length === 0) return 'unchanged'
  if (changed.some(({ role }) => role === 'email')) return 'invalid'
  const again = needsReview(form, content.answers, answers)
  const to = copyKeyOf(change.secret)!

  return async (tx, now, claim) => {
    if (claim.version !== version) return 'stale'
    const next = { ...content, answers }
    const facts = await writeVersion(tx, now, { vault }, claim, { form, content: next })
    const earlier = await findEarlierClaim(tx, claim)
    await updateClaim(tx, claim.id, { duplicate_of: earlier?.id ?? null })
    await appendEntry(tx, now, {
      kind: 'claim.answers_replaced',
      claimId: claim.id,
      private: { change: change.id, ...facts, questions: changed.map(({ id }) => id).join(',') },
    })
    if (claim.state === 'accepted' && again) {
      await updateClaim(tx, claim.id, {
        state: transition(claim.state, 'reopen'),
        assigned_to: null,
        decided_by: null,
        decided_at: null,
        decision_reason: null,
      })
      await appendEntry(tx, now, {
        kind: 'claim.reopened',
        claimId: claim.id,
        private: { change: change.id, reason: 'answers_replaced' },
      })
    }
    const copy: AnswersCopy = {
      version: facts.version,
      formVersion: claim.form_version,
      answers,
      consents: next.consents.filter(({ given }) => given).map(({ id }) => id),
    }
    await putCopy(tx, now, to, { kind: 'answers', claimId: claim.id, content: copy })
    await queueMail(tx, {
      template: 'claim-changed',
      claimId: claim.id,
      subjectId: change.id,
      language: claim.language,
      at: now,
    })
    return null
  }
}

/** While the case takes claims; what staff asked for may be mended after that too. */
export function mayReplace(matter: Matter, state: string, at: Date): boolean {
  return state === 'deficient' || isFilingOpen(matter, at)
}

/** The answers as the form takes them, or null: the surface that sent them is not trusted with that. */
function checkedAnswers(
  form: ClaimForm,
  matter: Matter,
  sent: Answers,
  { at, claim }: { at: Date; claim: { language: 'ko' | 'en' } },
): Answers | null {
  try {
    const parsed = parseWholeForm(form, typedValues(form, sent), {
      lang: claim.language,
      now: at,
      timeZone: matter.content.timeZone,
    })
    if (!parsed.ok || rulingOut(form, parsed.answers).length > 0) return null
    return parsed.answers
  } catch {
    return null
  }
}
