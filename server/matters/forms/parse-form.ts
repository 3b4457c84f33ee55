import type { Answers, ClaimForm, Condition, Question, Step, StepId } from '../form-schema'
import { ageOn, dayIn } from './date'
import {
  fieldsWithResidentNumber,
  parseQuestion,
  rawFields,
  type FieldErrors,
  type Parsed,
  type ParseOptions,
  type RawFields,
} from './parse-question'
import { complaint } from './words'

export type ParseResult =
  { ok: true; answers: Answers } | { ok: false; errors: FieldErrors; answers: RawFields }

/** The step of that id, or nothing: ids come from URLs. */
export function findStep(form: ClaimForm, stepId: string): Step | undefined {
  return form.steps.find((step) => step.id === stepId)
}

/** Every question of the form, in the order asked. */
export function allQuestions(form: ClaimForm): Question[] {
  return form.steps.flatMap((step) => step.questions)
}

/** The question with a role the system needs (name, email, phone, …), if the form asks it. */
export function questionWithRole(
  form: ClaimForm,
  role: NonNullable<Question['role']>,
): Question | undefined {
  return allQuestions(form).find((question) => question.role === role)
}

/** The questions of a step that the answers so far call for. */
export function visibleQuestions(form: ClaimForm, stepId: StepId, answers: Answers): Question[] {
  const visible = new Set(visibleIds(form, answers))
  return (findStep(form, stepId)?.questions ?? []).filter((question) => visible.has(question.id))
}

/** A hidden question has no answer, so what hangs on it is hidden too. */
function visibleIds(form: ClaimForm, answers: Answers): string[] {
  const counted: Answers = {}
  const ids: string[] = []
  for (const question of allQuestions(form)) {
    if (!holds(question.when, counted)) continue
    ids.push(question.id)
    if (Object.hasOwn(answers, question.id)) counted[question.id] = answers[question.id]!
  }
  return ids
}

/** Whether the answers are such as a condition names; without one they are. */
export function holds(condition: Condition | undefined, answers: Answers): boolean {
  if (!condition) return true
  const answer = Object.hasOwn(answers, condition.question)
    ? answers[condition.question]
    : undefined
  if (typeof answer === 'string') return condition.is.includes(answer)
  return Array.isArray(answer) && answer.some((one) => condition.is.includes(one))
}

/**
 * A posted step. `earlier` are the answers of the other steps, which conditions may look at. Answers to
 * questions that are not asked are dropped, fields that the form does not know are not looked at. On
 * errors the raw text comes back for the page, except where a resident registration number stood.
 */
export function parseStep(
  form: ClaimForm,
  stepId: StepId,
  body: Record<string, unknown>,
  options: ParseOptions & { earlier?: Answers },
): ParseResult {
  return parseQuestions(
    findStep(form, stepId)?.questions ?? [],
    body,
    options,
    options.earlier ?? {},
  )
}

/** The whole form from one flat body: ids are unique in a form. */
export function parseWholeForm(
  form: ClaimForm,
  body: Record<string, unknown>,
  options: ParseOptions,
): ParseResult {
  return parseQuestions(allQuestions(form), body, options, {})
}

/** Some questions of a form; `earlier` are the answers to the others, which conditions may look at. */
export function parseQuestions(
  questions: Question[],
  body: Record<string, unknown>,
  options: ParseOptions,
  earlier: Answers,
): ParseResult {
  const answers: Answers = {}
  const errors: FieldErrors = {}
  const kept: RawFields = {}
  const own = new Set(questions.map((question) => question.id))
  // An older answer to a question of this step must not decide what is asked now.
  const known: Answers = Object.fromEntries(Object.entries(earlier).filter(([id]) => !own.has(id)))
  for (const question of questions) {
    const raw = rawFields(question, body)
    const forbidden = fieldsWithResidentNumber(raw)
    for (const [name, text] of Object.entries(raw)) if (!forbidden.includes(name)) kept[name] = text
    if (!holds(question.when, known)) continue
    const parsed = parseKnowing(question, raw, options, known)
    if (!parsed.ok) Object.assign(errors, parsed.errors)
    else if (parsed.answer !== undefined) {
      answers[question.id] = parsed.answer
      known[question.id] = parsed.answer
    }
  }
  if (Object.keys(errors).length > 0) return { ok: false, errors, answers: kept }
  return { ok: true, answers }
}

/** A question whose answer depends on earlier ones: whether somebody not of age has a guardian, and who that is. */
function parseKnowing(
  question: Question,
  raw: RawFields,
  options: ParseOptions,
  known: Answers,
): Parsed {
  if (question.type === 'date' && question.withGuardian && holds(question.withGuardian, known)) {
    const { minAge, ...without } = question
    const parsed = parseQuestion(without, raw, options)
    const { answer } = parsed
    const today = dayIn(options.timeZone ?? 'Asia/Seoul', options.now)
    if (typeof answer !== 'string' || minAge === undefined || ageOn(today, answer) < minAge) {
      return parsed
    }
    const wrong = complaint(options.lang, 'adult_by_date', { age: minAge })
    return { ok: false, errors: { [question.id]: wrong } }
  }
  const parsed = parseQuestion(question, raw, options)
  if (question.role !== 'guardian_email' || parsed.answer === undefined) return parsed
  // One mailbox for both would show nothing about who signed what.
  return Object.values(known).includes(parsed.answer)
    ? { ok: false, errors: { [question.id]: complaint(options.lang, 'guardian_same') } }
    : parsed
}

/** Required questions that are asked but not answered, with their step: what the review page links to. */
export function missingAnswers(
  form: ClaimForm,
  answers: Answers,
): { step: StepId; question: Question }[] {
  return form.steps.flatMap((step) =>
    visibleQuestions(form, step.id, answers)
      .filter((question) => question.required && !Object.hasOwn(answers, question.id))
      .map((question) => ({ step: step.id, question })),
  )
}

/** The questions whose answers rule the person out; each has a `notEligible` text. Open ones rule nobody out. */
export function rulingOut(form: ClaimForm, answers: Answers): Question[] {
  const visible = new Set(visibleIds(form, answers))
  return allQuestions(form).filter((question) => {
    if (!('eligibleIf' in question) || !question.eligibleIf || !visible.has(question.id))
      return false
    const answer = Object.hasOwn(answers, question.id) ? answers[question.id] : undefined
    return typeof answer === 'string' && !question.eligibleIf.includes(answer)
  })
}
