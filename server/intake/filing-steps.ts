import { isSigned } from '../authority/prepare-pack'
import type { StepId } from '../matters/form-schema'
import { findStep, missingAnswers, questionWithRole, rulingOut } from '../matters/forms/parse-form'
import type { Matter } from '../matters/matter-file'
import { consentsComplete, statementSigned } from './parse-consents'
import type { DraftContent } from './draft-content'

/** A page of the filing, as its address names it: `eligibility`, `about-you`, … , `consents`, `sign`, `review`. */
export type StepName = string

/** The page that comes after the form where its person goes on in a mailbox of their own. */
export const handOver: StepName = 'hand-over'

/** The step's place in the address. */
export function stepName(id: StepId): StepName {
  return id.replaceAll('_', '-')
}

/** All pages of a matter's filing, in order. */
export function stepNames(matter: Matter): StepName[] {
  const steps = matter.form.steps.map((step) => stepName(step.id))
  const sign = matter.content.documents.length > 0 ? ['sign'] : []
  return [...steps, 'consents', ...sign, 'review']
}

/** The step of the form that an address names, or nothing for `consents`, `sign`, `review` and nonsense. */
export function formStep(matter: Matter, name: StepName) {
  return findStep(matter.form, name.replaceAll('-', '_'))
}

/** The first page that still needs something; `review` when everything is there. */
export function firstUnfinished(matter: Matter, draft: DraftContent): StepName {
  const missing = new Set(missingAnswers(matter.form, draft.answers).map(({ step }) => step))
  const step = matter.form.steps.find(({ id }) => !draft.done.includes(id) || missing.has(id))
  if (step) return stepName(step.id)
  // Whoever has a mailbox of their own agrees and signs from there, and nobody does it for them.
  if (draft.household?.handOverTo !== undefined) return handOver
  if (!consentsComplete(matter, draft)) return 'consents'
  return allSigned(matter, draft) ? 'review' : 'sign'
}

/** Today's documents are signed, and today's statement, with today's name. */
export function allSigned(matter: Matter, draft: DraftContent): boolean {
  return isSigned(matter, draft) && statementSigned(matter, draft)
}

/** Where a person who asks for `name` has to go instead, or nothing when they may see it. */
export function detour(matter: Matter, draft: DraftContent, name: StepName): StepName | undefined {
  const order = stepNames(matter)
  const asked = order.indexOf(name)
  const ruledOutAt = rulingOut(matter.form, draft.answers).map((question) =>
    matter.form.steps.findIndex((step) => step.questions.includes(question)),
  )
  if (ruledOutAt.length > 0 && asked > Math.min(...ruledOutAt)) return 'not-eligible'
  const first = firstUnfinished(matter, draft)
  const at = first === handOver ? matter.form.steps.length - 1 : order.indexOf(first)
  return asked > at ? first : undefined
}

/** Who signs: the person whose form it is, or, of one who has died, whoever inherits. */
export function signerOf(matter: Matter, draft: DraftContent): string {
  return draft.household?.heir ?? answerWithRole(matter, draft, 'name') ?? ''
}

/** The answer to the question with that role, when it is given. */
export function answerWithRole(
  matter: Matter,
  draft: DraftContent,
  role: 'name' | 'email',
): string | undefined {
  const question = questionWithRole(matter.form, role)
  const answer = question && draft.answers[question.id]
  return typeof answer === 'string' ? answer : undefined
}
