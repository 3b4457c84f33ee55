import type { Request, Response } from 'express'
import { parseQuestions, rulingOut } from '../../matters/forms/parse-form'
import {
  fieldsWithResidentNumber,
  rawFields,
  residentNumberErrors,
  type FieldErrors,
  type ParseOptions,
  type RawFields,
} from '../../matters/forms/parse-question'
import { errorLines, questionField } from '../../matters/forms/question-field'
import type { Answers, ClaimForm, Question } from '../../matters/form-schema'
import type { Matter } from '../../matters/matter-file'
import { languageOf } from '../../web/choose-language'
import { showMoment } from '../../web/show-moment'
import type { NeedRow } from './find-needs'
import { questionsOfNeed } from './need-words'

/** The one question of a task, and the claim that it is about. */
export interface AnswerTask {
  need: NeedRow
  number: string
  matter: Matter
  form: ClaimForm
  /** where the form is sent */
  action: string
  /** the page it was come to from */
  back?: { href: string; text: string }
}

export type Typed =
  | { ok: true; answers: Answers }
  | { ok: false; raw: RawFields; errors: FieldErrors; ruledOut: Question[]; expired: boolean }

/** What was typed, checked as the form does; with a token that does not fit, only given back. */
export function readAnswer(
  req: Request<{ number: string } | { token: string }>,
  { form, need, matter }: AnswerTask,
  options: Omit<ParseOptions, 'timeZone'>,
): Typed {
  const body = req.body as Record<string, unknown>
  const questions = questionsOfNeed(form, need.ref)
  if (req.csrfFailed) {
    const sent: RawFields = Object.assign({}, ...questions.map((one) => rawFields(one, body)))
    const forbidden = fieldsWithResidentNumber(sent)
    const raw = Object.fromEntries(Object.entries(sent).filter(([id]) => !forbidden.includes(id)))
    const errors = residentNumberErrors(forbidden, options.lang)
    return { ok: false, raw, errors, ruledOut: [], expired: true }
  }
  const { timeZone } = matter.content
  const parsed = parseQuestions(questions, body, { ...options, timeZone }, {})
  if (!parsed.ok) {
    return { ok: false, raw: parsed.answers, errors: parsed.errors, ruledOut: [], expired: false }
  }
  const own = new Set(questions.map(({ id }) => id))
  const ruledOut = rulingOut(form, parsed.answers).filter(({ id }) => own.has(id))
  if (ruledOut.length === 0) return parsed
  const raw: RawFields = Object.assign({}, ...questions.map((one) => rawFields(one, body)))
  return { ok: false, raw, errors: {}, ruledOut, expired: false }
}

/** The form of one question: empty at first, for nothing here knows what was answered before. */
export function showAnswerForm(
  res: Response,
  { need, number, matter, form, action, back }: AnswerTask,
  given: (Typed & { ok: false }) | null,
  refused: string | null = null,
): void {
  const lang = languageOf(res)
  const { raw = {}, errors = {}, ruledOut = [], expired = false } = given ?? {}
  const questions = questionsOfNeed(form, need.ref)
  const onPage = new Set(questions.map(({ id }) => id))
  const lines = [
    ...errorLines(questions, errors, lang),
    ...ruledOut.map((question) => ({
      id: question.id,
      message: ('notEligible' in question && question.notEligible?.[lang]) || '',
    })),
  ]
  res.status(expired ? 403 : lines.length > 0 ? 422 : refused ? 409 : 200)
  res.render('claims/needs/answer', {
    number,
    case: { name: matter.content.title[lang], href: `/matters/${matter.slug}` },
    back,
    action,
    fields: questions.map((question) => questionField(question, { raw, errors, lang, onPage })),
    errors: lines,
    expired,
    refused,
    due: dueWords(need, matter, lang),
  })
}

/** Until when something is awaited, for a `time` that also shows the reader's own clock. */
export function dueWords({ due_at: due }: NeedRow, matter: Matter | null, lang: 'ko' | 'en') {
  if (due === null) return null
  const timeZone = matter?.content.timeZone ?? 'Asia/Seoul'
  return { iso: due.toISOString(), timeZone, text: showMoment(due, lang, timeZone) }
}
