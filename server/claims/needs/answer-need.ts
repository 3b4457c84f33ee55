import type { Answers, ClaimForm } from '../../matters/form-schema'
import { findMatterById } from '../../matters/list-matters'
import { typedValues } from '../../matters/forms/describe-answer'
import { allQuestions, parseQuestions, rulingOut } from '../../matters/forms/parse-form'
import type { ParseOptions } from '../../matters/forms/parse-question'
import type { ChangeHandler } from '../changes/handler'
import { readClaim } from '../changes/read-claim'
import { changedQuestions, writeAnswers } from '../changes/write-answers'
import { findNeed, isOpenNeed } from './find-needs'
import { meetNeed } from './meet-need'
import { questionsOfNeed } from './need-words'
import * as store from './needs.store'
import { tokenHashOf } from './task-links'

/**
 * Takes the answer to one question that a claim lacks, with those that follow from it, and leaves every other as
 * it was. The rest of the form need not be complete: it is asked for by tasks of its own. Nothing is sealed
 * to who answers: the link to a task shows nobody what else was answered.
 */
export const prepareAnswerNeed: ChangeHandler<'answer_need'> = async (deps, change) => {
  const { db } = deps
  const need = await findNeed(db, change.claim.id, change.content.need)
  if (need?.kind !== 'answer') return 'invalid'
  if (!isOpenNeed(need)) return 'unchanged'
  const matter = await findMatterById(db, change.claim.matter_id)
  if (!matter) throw new Error('a claim names a matter that is not stored')
  const read = await readClaim(deps, change)
  const { form, content } = read
  const answers = withAnswer(form, need.ref, content.answers, change.content.answers, {
    lang: change.claim.language,
    now: change.at,
    timeZone: matter.content.timeZone,
  })
  if (answers === null) return 'invalid'
  const same = changedQuestions(form, content.answers, answers).length === 0

  return async (tx, now, claim) => {
    // The same once more is an answer too, and changes nothing that was sent.
    const written = same
      ? null
      : await writeAnswers(tx, now, deps, claim, { change: change.id, read, answers })
    if (written === 'stale') return 'stale'
    await meetNeed(tx, now, { claimId: claim.id, kind: 'answer', ref: need.ref })
    await store.markUsed(tx, tokenHashOf(change.secret), now)
    return null
  }
}

/** All answers with this one in its place, or null: the surface that sent it is not trusted with that. */
function withAnswer(
  form: ClaimForm,
  ref: string,
  before: Answers,
  sent: Answers,
  options: ParseOptions,
): Answers | null {
  const group = new Set(questionsOfNeed(form, ref).map(({ id }) => id))
  const others = Object.fromEntries(Object.entries(before).filter(([id]) => !group.has(id)))
  const questions = allQuestions(form).filter(({ id }) => group.has(id))
  // The address of the claim is changed in a way of its own, with both mailboxes' say.
  if (questions.some(({ role }) => role === 'email')) return null
  try {
    const parsed = parseQuestions(questions, typedValues(form, sent), options, others)
    if (!parsed.ok || !Object.hasOwn(parsed.answers, ref)) return null
    const answers = { ...others, ...parsed.answers }
    return rulingOut(form, answers).length > 0 ? null : answers
  } catch {
    // What was sealed has not the shape of an answer.
    return null
  }
}
