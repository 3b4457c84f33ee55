import type { ClaimContent, GivenConsent, Signature } from '../claims/claim-content'
import type { DraftSigning } from '../authority/draft-signing'
import type { PackCore, Place } from '../authority/pack-content'
import type { DraftHousehold } from '../households/household'
import type { KeptReceipt } from '../ledger/receipts/kept-receipt'
import type { Answer, Answers, ClaimForm, Question, StepId } from '../matters/form-schema'
import { typedValues } from '../matters/forms/describe-answer'
import { allQuestions } from '../matters/forms/parse-form'
import {
  parseQuestion,
  rawFields,
  type ParseOptions,
  type RawFields,
} from '../matters/forms/parse-question'
import type { Matter } from '../matters/matter-file'
import type { NoticeCheck } from '../notices/ask-notice'

/** What a person has told so far; encrypted as a whole under the key in their cookie. */
export interface DraftContent {
  answers: Answers
  /** The steps that were sent with the form of `formVersion`. */
  done: StepId[]
  consents: GivenConsent[]
  signature?: Signature
  formVersion: number
  /** Where the person signs, once they have said so; asked where a document has two endings. */
  signPlace?: Place
  /** The documents as they were signed. */
  signed?: DraftSigning
  /** What stood in the fields of steps that were left unfinished: as it was typed, not yet checked. */
  typed?: Partial<Record<StepId, RawFields>>
  /** The same of a signature. */
  typedSignature?: string
  /** The last link that was asked for to continue elsewhere, and where it goes. */
  link?: { requestId: string; email: string }
  /** Of the notice that was mailed to the person: what was asked of it last, and what was found right. */
  notice?: DraftNotice
  /** The form changed since these answers were given, and not every step was looked at again. */
  formChanged?: boolean
  /** Answers that were taken over from another claim of this browser: from which case, and which. */
  carried?: Carried
  /** Set by the server alone: the household of whoever began this for another of its people, or another case. */
  household?: DraftHousehold
}

export interface Carried {
  /** slug of the case, and number of the claim */
  from: string
  number: string
  /** ids of the questions, in the order of this form */
  questions: string[]
}

export interface DraftNotice {
  /** asked of the worker; `typed` is the ID as it was typed */
  check?: NoticeCheck & { typed: string }
  proven?: NonNullable<ClaimContent['notice']>
  /** steps that were filled in from it and not sent yet */
  filled?: StepId[]
}

/** What stays of a draft for a day after its claim was filed. */
export interface FiledCopy {
  claimId: string
  number: string
  email: string
  /** ISO, UTC */
  filedAt: string
  language: 'ko' | 'en'
  /** so that the receipt is there as soon as the claim is filed, also when no mail ever comes */
  receipt: KeptReceipt
  /** what was signed, so that the code from the mail can be typed under it */
  pack?: { id: string; core: PackCore }
  /** what was answered, for other cases and others of the household; copies of an earlier release have none */
  answers?: Answers
  formVersion?: number
  household?: DraftHousehold
}

export function emptyDraft(form: ClaimForm): DraftContent {
  return { answers: {}, done: [], consents: [], formVersion: form.version }
}

/**
 * The draft under the matter's current form and words. When the form has changed, answers that it
 * still takes are kept and each step is shown again; consents and a signature given to other words do
 * not count.
 */
export function fitDraft(draft: DraftContent, matter: Matter, options: ParseOptions): DraftContent {
  const { form, content } = matter
  const current = (one: GivenConsent) =>
    content.consents.some(({ id, version }) => id === one.id && version === one.version) &&
    (one.firm === undefined || one.firm === matter.firm.id)
  const { signature, ...rest } = draft
  const fitted: DraftContent = { ...rest, consents: draft.consents.filter(current) }
  if (signature?.statementVersion === content.signature.version) fitted.signature = signature
  if (draft.formVersion === form.version) return fitted

  const answers: Answers = {}
  for (const question of allQuestions(form)) {
    const answer = stillFits(form, question, draft.answers[question.id], options)
    if (answer !== undefined) answers[question.id] = answer
  }
  if (draft.typed) fitted.typed = typedThatFits(form, draft.typed)
  return { ...fitted, answers, done: [], formVersion: form.version, formChanged: true }
}

/** Of what was typed, the fields that the form still has. */
function typedThatFits(form: ClaimForm, typed: NonNullable<DraftContent['typed']>) {
  const fitting: NonNullable<DraftContent['typed']> = {}
  for (const { id, questions } of form.steps) {
    const fields = typed[id]
    if (fields) fitting[id] = Object.assign({}, ...questions.map((one) => rawFields(one, fields)))
  }
  return fitting
}

/** The answer as the question takes it today, or nothing. */
export function stillFits(
  form: ClaimForm,
  question: Question,
  answer: Answer | undefined,
  options: ParseOptions,
): Answer | undefined {
  if (answer === undefined) return undefined
  try {
    const parsed = parseQuestion(question, typedValues(form, { [question.id]: answer }), options)
    return parsed.ok ? parsed.answer : undefined
  } catch {
    // The question asks for something of another shape now.
    return undefined
  }
}
