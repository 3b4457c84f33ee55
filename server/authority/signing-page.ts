import type { Request } from 'express'
import type { GivenConsent } from '../claims/claim-content'
import type { Answers, ClaimForm } from '../matters/form-schema'
import type { Consent, Matter } from '../matters/matter-file'
import type { Language, Translate } from '../web/languages'
import { addressOf } from '../web/rate-limit'
import { consentsOf } from './consents'
import { asksPlace, fillDocuments } from './fill-documents'
import { hashOf, places, type Place } from './pack-content'
import {
  parseSigning,
  typedSigning,
  type SignatureLimits,
  type TypedSigning,
} from './parse-signing'
import { signingForm } from './show-documents'
import type { SigningBox } from './signing-box'

/** What is signed on a page of its own, after the filing: what it asks and shows. */
export interface SigningPage {
  matter: Matter
  form: ClaimForm
  answers: Answers
  /** of whoever signs */
  name: string
  /** the same, where they inherit of whom the claim names */
  heir?: string | undefined
  /** asked again, or of a guardian for the first time */
  consents: Consent[]
  t: Translate
  lang: Language
  now: Date
  limits: SignatureLimits
}

export interface SentSigning {
  typed: TypedSigning
  given: string[]
  errors: Record<string, string>
  changed: boolean
  expired: boolean
}

/** Where the person signs, as the address or the form says; null where nobody asks, undefined until it is known. */
export function placeOf(matter: Matter, value: unknown): Place | null | undefined {
  if (!asksPlace(matter)) return null
  return places.find((one) => one === value)
}

/** The page in words, with what was just sent. */
export function signingView(page: SigningPage, place: Place | null, sent: SentSigning | null) {
  const { matter, lang, t } = page
  const documents = documentsOf(page, place)
  const errors = sent?.errors ?? {}
  return {
    place,
    sign: signingForm(documents, {
      t,
      name: page.name,
      shown: hashOf(documents).toString('hex'),
      typed: sent?.typed ?? null,
      before: null,
      errors,
    }),
    consents: page.consents.map((consent) => ({
      name: `consent_${consent.id}`,
      required: consent.required,
      title: consent.title[lang],
      recipient: consent.recipient?.[lang],
      purpose: consent.purpose[lang],
      items: consent.items[lang],
      retention: consent.retention[lang],
      refusal: consent.refusal[lang],
      checked: sent?.given.includes(consent.id) ?? false,
      error: errors[`consent_${consent.id}`],
    })),
    firm: matter.firm.content.name[lang],
    errors: Object.entries(errors).map(([id, message]) => ({ id, message })),
    changed: sent?.changed ?? false,
    expired: sent?.expired ?? false,
  }
}

/** What was sent, ready for the worker, or what is wrong with it. */
export function readSigning(
  page: SigningPage,
  req: Request<never> | Request,
  place: Place | null,
): { ok: true; content: Omit<SigningBox, 'secret'> } | { ok: false; sent: SentSigning } {
  const { matter, t, lang, now, limits } = page
  const body = req.body as Record<string, unknown>
  const given = page.consents.map(({ id }) => id).filter((id) => body[`consent_${id}`] === 'yes')
  const { typed, errors } = typedSigning(body, t, limits)
  const sent: SentSigning = { typed, given, errors: {}, changed: false, expired: false }
  if (req.csrfFailed) return { ok: false, sent: { ...sent, errors, expired: true } }
  const parsed = parseSigning(body, { name: page.name, t, limits })
  // As they stand on the page: consents, then the papers and the signature.
  for (const { id, required, title } of page.consents) {
    if (required && !given.includes(id)) {
      sent.errors[`consent_${id}`] = t('authority:again.consentNeeded', { title: title[lang] })
    }
  }
  Object.assign(sent.errors, errors, parsed.ok ? {} : parsed.errors)
  if (!parsed.ok || Object.keys(sent.errors).length > 0) return { ok: false, sent }
  const shown = hashOf(documentsOf(page, place)).toString('hex')
  if (parsed.shown !== shown) {
    return { ok: false, sent: { ...sent, typed: { ...typed, read: false }, changed: true } }
  }
  const asked = new Set(page.consents.map(({ id }) => id))
  const consents: GivenConsent[] = consentsOf(matter, given, now).filter(({ id }) => asked.has(id))
  return {
    ok: true,
    content: {
      consents,
      place,
      signed: {
        shown,
        signature: parsed.signature,
        at: now.toISOString(),
        language: lang,
        address: addressOf(req as Request),
        device: (req.headers['user-agent'] ?? '').slice(0, 300),
      },
    },
  }
}

function documentsOf({ matter, form, answers, now, lang, heir }: SigningPage, place: Place | null) {
  return fillDocuments(matter, { answers, form, place, at: now, language: lang, heir })
}
