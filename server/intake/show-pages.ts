import type { Response } from 'express'
import { describeAnswer, typedValues } from '../matters/forms/describe-answer'
import { suggestEmail } from '../matters/forms/email'
import { questionWithRole, rulingOut, visibleQuestions } from '../matters/forms/parse-form'
import type { FieldErrors, RawFields } from '../matters/forms/parse-question'
import { tradesRead } from '../matters/forms/trades'
import type { Lang, Question, Step, Trades } from '../matters/form-schema'
import type { Matter } from '../matters/matter-file'
import type { DraftContent } from './draft-content'
import type { AppDeps } from '../web/deps'
import {
  errorList,
  filePath,
  filedPath,
  noticePath,
  stepBar,
  stepTitle,
  surroundings,
  type Filing,
} from './filing-page'
import { answerWithRole, firstUnfinished, signerOf, stepName, stepNames } from './filing-steps'
import {
  consentField,
  signatureField,
  signsWithConsents,
  type TypedConsents,
} from './parse-consents'
import { intentLink, type InAppBrowser } from './in-app-browser'
import { errorLines, questionField } from '../matters/forms/question-field'

/** `expired`: the form's token did not fit; nothing was saved and everything typed is shown again. */
export interface Given<Errors> {
  errors?: Errors
  expired?: boolean
}

export function statusOf({ errors, expired }: Given<unknown>): number {
  if (expired) return 403
  return errors ? 422 : 200
}

/** What the first page has to say, beside what is in the draft. */
interface About {
  takesNotices: boolean
  erased: boolean
  inApp: InAppBrowser | undefined
}

/**
 * Whether the first page says anything that the page of the case has not: that something is kept or erased, that
 * the browser forgets, that a notice can be typed, or what it means to leave a class.
 */
export function startSaysMore(
  { matter, found }: Filing,
  { takesNotices, erased, inApp }: About,
): boolean {
  const leaves = matter.content.kind !== 'claim'
  return found.kind !== 'none' || leaves || takesNotices || erased || inApp !== undefined
}

export function showStart(deps: AppDeps, res: Response, filing: Filing, given: About): void {
  const { matter, found, draft, lang } = filing
  const { erased, inApp } = given
  res.render('intake/start', {
    ...surroundings(deps, filing),
    erased,
    inApp: inApp && {
      app: inApp.app,
      href: inApp.android
        ? intentLink(`${deps.config.publicUrl}${filePath(matter)}?lang=${lang}`)
        : undefined,
    },
    next: filePath(
      matter,
      found.kind === 'draft' ? firstUnfinished(matter, draft) : stepNames(matter)[0]!,
    ),
    notice: given.takesNotices
      ? { href: noticePath(matter), proven: draft.notice?.proven?.id ?? null }
      : null,
    filed: found.kind === 'filed' ? { number: found.copy.number, href: filedPath(matter) } : null,
  })
}

/** A step of the form, filled with what was kept or with what was just sent. */
export function showStep(
  deps: AppDeps,
  res: Response,
  filing: Filing,
  step: Step,
  given: Given<FieldErrors> & { raw?: RawFields } = {},
): void {
  const { matter, lang, draft } = filing
  const { errors = {} } = given
  const unfinished = draft.typed?.[step.id]
  const fromNotice = draft.notice?.filled?.includes(step.id) ?? false
  const raw = given.raw ?? unfinished ?? typedValues(matter.form, draft.answers)
  const onPage = new Set(step.questions.map(({ id }) => id))
  const asked = new Set(visibleQuestions(matter.form, step.id, draft.answers).map(({ id }) => id))
  const questions = step.questions.filter(
    // What hangs on another question of this page is drawn in any case: without JavaScript nothing
    // can bring it up later.
    ({ id, when }) => asked.has(id) || (when !== undefined && onPage.has(when.question)),
  )
  const name = stepName(step.id)
  res.status(statusOf(given)).render('intake/step', {
    ...surroundings(deps, filing),
    name,
    bar: stepBar(filing, name),
    back: backFrom(filing, name),
    title: step.title[lang],
    intro: step.intro?.[lang],
    fields: questions.map((question) => questionField(question, { raw, errors, lang, onPage })),
    errors: errorLines(questions, errors, lang),
    expired: given.expired ?? false,
    formChanged: draft.formChanged ?? false,
    carried: carriedHere(step, draft),
    unfinished: given.raw === undefined && unfinished !== undefined && !fromNotice,
    fromNotice: given.raw === undefined && unfinished !== undefined && fromNotice,
  })
}

/** The number of the claim from which answers of this step come, until somebody has sent it. */
function carriedHere({ id, questions }: Step, { carried, done }: DraftContent): string | null {
  if (!carried || done.includes(id)) return null
  const taken = new Set(carried.questions)
  return questions.some((one) => taken.has(one.id)) ? carried.number : null
}

export function showConsents(
  deps: AppDeps,
  res: Response,
  filing: Filing,
  given: Given<Record<string, string>> & { typed?: TypedConsents } = {},
): void {
  const { matter, lang, draft, t } = filing
  const { errors = {} } = given
  const typed = given.typed ?? {
    given: draft.consents.filter((one) => one.given).map(({ id }) => id),
    signature: draft.signature?.text ?? draft.typedSignature ?? '',
  }
  const signs = signsWithConsents(matter)
  res.status(statusOf(given)).render('intake/consents', {
    ...surroundings(deps, filing),
    bar: stepBar(filing, 'consents'),
    back: backFrom(filing, 'consents'),
    consents: matter.content.consents.map((consent) => ({
      name: consentField(consent.id),
      required: consent.required,
      title: consent.title[lang],
      recipient: consent.recipient?.[lang],
      purpose: consent.purpose[lang],
      items: consent.items[lang],
      retention: consent.retention[lang],
      refusal: consent.refusal[lang],
      checked: typed.given.includes(consent.id),
      error: errors[consentField(consent.id)],
    })),
    title: stepTitle(matter, 'consents', t),
    statement: signs
      ? { title: matter.content.signature.title[lang], lines: statementLines(matter, lang) }
      : null,
    signature: {
      name: signatureField,
      value: typed.signature,
      error: errors[signatureField],
    },
    fullName: signerOf(matter, draft),
    unfinished: given.typed === undefined && draft.typedSignature !== undefined,
    errors: errorList(errors),
    expired: given.expired ?? false,
  })
}

/** What a person states by signing, in lines. */
export function statementLines({ content }: Matter, lang: Lang): string[] {
  return content.signature.statement[lang].split('\n').filter((line) => line.trim() !== '')
}

export function showReview(
  deps: AppDeps,
  res: Response,
  filing: Filing,
  given: { expired?: boolean } = {},
): void {
  const { matter, lang, draft, t } = filing
  const email = answerWithRole(matter, draft, 'email') ?? ''
  const sections = matter.form.steps.map((step) => ({
    title: step.title[lang],
    rows: visibleQuestions(matter.form, step.id, draft.answers).map((question) => ({
      key: question.label[lang],
      value: reviewValue(question, filing),
      href: hrefOf(filing, question),
    })),
  }))
  const consents = {
    title: stepTitle(matter, 'consents', t),
    rows: [
      ...matter.content.consents.map((consent) => ({
        key: consent.title[lang],
        value: draft.consents.some(({ id, given: yes }) => id === consent.id && yes)
          ? t('intake:review.agreed')
          : t('intake:review.notAgreed'),
        href: `${filePath(matter, 'consents')}#${consentField(consent.id)}`,
      })),
      ...(signsWithConsents(matter)
        ? [
            {
              key: t('intake:review.signature'),
              value: { text: draft.signature?.text ?? '', user: true },
              href: `${filePath(matter, 'consents')}#${signatureField}`,
            },
          ]
        : []),
    ],
  }
  res.status(given.expired ? 403 : 200).render('intake/review', {
    ...surroundings(deps, filing),
    bar: stepBar(filing, 'review'),
    back: backFrom(filing, 'review'),
    sections: [...noticeSection(filing), ...sections, consents, ...signedSection(filing)],
    email,
    suggested: suggestEmail(email),
    emailHref: hrefOf(filing, questionWithRole(matter.form, 'email')!),
    submit: filePath(matter, 'submit'),
    expired: given.expired ?? false,
  })
}

/** The notice that was found right. */
function noticeSection({ draft, t }: Filing) {
  const id = draft.notice?.proven?.id
  if (id === undefined) return []
  return [{ title: t('notices:confirmed'), rows: [{ key: t('notices:id'), value: id }] }]
}

/** What was signed, each document a row. */
function signedSection({ matter, lang, draft, t }: Filing) {
  if (!draft.signed) return []
  const { signature } = draft.signed
  const how = signature.kind === 'drawn' ? t('authority:signature.drawn') : signature.text
  return [
    {
      title: stepTitle(matter, 'sign', t),
      rows: matter.content.documents.map((document) => ({
        key: document.title[lang],
        value: { text: how, user: signature.kind === 'typed' },
        href: filePath(matter, 'sign'),
      })),
    },
  ]
}

export function showNotEligible(deps: AppDeps, res: Response, filing: Filing): void {
  const { matter, lang, draft } = filing
  const reasons = rulingOut(matter.form, draft.answers).map((question) => ({
    question: question.label[lang],
    answer: describeAnswer(question, draft.answers[question.id], lang),
    why: 'notEligible' in question ? question.notEligible?.[lang] : undefined,
    href: hrefOf(filing, question),
  }))
  res.render('intake/not-eligible', { ...surroundings(deps, filing), reasons })
}

/** Answers by itself where nothing can be filled in: a claim that is filed already, a closed matter. */
export function leaveEarly(
  deps: AppDeps,
  res: Response,
  filing: Filing,
  closedStatus: number,
): boolean {
  if (filing.found.kind === 'filed') res.redirect(303, filedPath(filing.matter))
  else if (!filing.open) showClosed(deps, res, filing, closedStatus)
  else return false
  return true
}

/** The matter takes no more claims; what was typed stays where it is until it expires. */
export function showClosed(deps: AppDeps, res: Response, filing: Filing, status: number): void {
  const filed =
    filing.found.kind === 'filed'
      ? { number: filing.found.copy.number, href: filedPath(filing.matter) }
      : null
  res.status(status).render('intake/closed', { ...surroundings(deps, filing), filed })
}

/** Where a question is asked. */
function hrefOf({ matter }: Filing, question: Question): string {
  const step = matter.form.steps.find((one) => one.questions.includes(question))!
  return `${filePath(matter, stepName(step.id))}#${question.id}`
}

/** The page before this one; before the first that of the case, as long as nothing is kept. */
export function backFrom({ matter, found }: Filing, name: string): string {
  const names = stepNames(matter)
  const before = names[names.indexOf(name) - 1]
  if (before === undefined && found.kind === 'none') return `/matters/${matter.slug}`
  return filePath(matter, before)
}

function reviewValue(question: Question, { draft, lang, t }: Filing) {
  const text = describeAnswer(question, draft.answers[question.id], lang)
  if (text === '') return t('common:notGiven')
  if (question.type === 'trades') {
    return { trades: tradesRead(draft.answers[question.id] as Trades, lang) }
  }
  if (question.type === 'choices') {
    const chosen = draft.answers[question.id] as string[]
    return {
      lines: question.options
        .filter(({ id }) => chosen.includes(id))
        .map(({ label }) => label[lang]),
    }
  }
  if (['choice', 'yes_no', 'date', 'amount'].includes(question.type)) return text
  return { lines: text.split('\n'), user: true }
}
