import { queueMail } from '../../mail/queue-mail'
import { isFilingOpen } from '../../matters/filing-open'
import type { Answers, ClaimForm } from '../../matters/form-schema'
import { findMatterById } from '../../matters/list-matters'
import { typedValues } from '../../matters/forms/describe-answer'
import { parseWholeForm, rulingOut } from '../../matters/forms/parse-form'
import type { Matter } from '../../matters/matter-file'
import { copyKeyOf, putCopy } from '../../vault/claimant-copies'
import type { ChangeHandler } from './handler'
import { readClaim } from './read-claim'
import type { AnswersCopy } from './show-answers'
import { changedQuestions, writeAnswers } from './write-answers'

/**
 * Puts new answers in the place of those that were sent: a further sealed version and its entry, the
 * earlier ones stay as they were. An accepted claim goes back to its review unless only phone or postal
 * address changed; a review under way sees that the claim changed and must read it again.
 */
export const prepareReplacement: ChangeHandler<'replace_answers'> = async (deps, change) => {
  const { db } = deps
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
  const to = copyKeyOf(change.secret)!

  return async (tx, now, claim) => {
    const written = await writeAnswers(tx, now, deps, claim, {
      change: change.id,
      read: { form, content, version },
      answers,
    })
    if (written === 'stale') return 'stale'
    const copy: AnswersCopy = {
      version: written.version,
      formVersion: claim.form_version,
      answers,
      consents: content.consents.filter(({ given }) => given).map(({ id }) => id),
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
