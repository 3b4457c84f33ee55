import type { GivenConsent, Signature } from '../claims/claim-content'
import { consentsOf, isGiven } from '../authority/consents'
import type { Matter } from '../matters/matter-file'
import { sameName } from '../matters/forms/name'
import { questionWithRole } from '../matters/forms/parse-form'
import { containsResidentNumber } from '../matters/forms/resident-number'
import { lengthOf, oneLine } from '../matters/forms/text'
import type { Language, Translate } from '../web/languages'
import type { DraftContent } from './draft-content'

/** The HTML field of a consent. */
export function consentField(id: string): string {
  return `consent_${id}`
}

export const signatureField = 'signature'

const longestSignature = 80

export interface TypedConsents {
  /** ids of the ticked ones */
  given: string[]
  signature: string
}

export type ConsentsResult =
  | { ok: true; consents: GivenConsent[]; signature: Signature | undefined }
  | { ok: false; errors: Record<string, string>; typed: TypedConsents }

/** Whether the statement of a matter is signed here: where documents are, one signature below them is for both. */
export function signsWithConsents(matter: Matter): boolean {
  return matter.content.documents.length === 0
}

/** What was ticked and typed, to be shown again; in place of a resident registration number what is wrong. */
export function typedConsents(
  matter: Matter,
  body: Record<string, unknown>,
  t: Translate,
): { typed: TypedConsents; errors: Record<string, string> } {
  const raw = signsWithConsents(matter) ? body[signatureField] : undefined
  const text = typeof raw === 'string' ? raw.slice(0, 500) : ''
  const given = matter.content.consents
    .map(({ id }) => id)
    .filter((id) => body[consentField(id)] === 'yes')
  if (!containsResidentNumber(text)) return { typed: { given, signature: text }, errors: {} }
  return {
    typed: { given, signature: '' },
    errors: { [signatureField]: t('matters:field.resident_number') },
  }
}

/**
 * Consents and signature as sent. Each consent is a box of its own; only the required ones have to be
 * ticked. The signature, where it is asked here, is the full name given before, typed again: spaces and
 * capitals may differ, because people write their own name both ways.
 */
export function parseConsents(
  matter: Matter,
  body: Record<string, unknown>,
  { name, now, t, lang }: { name: string; now: Date; t: Translate; lang: Language },
): ConsentsResult {
  const { typed, errors: forbidden } = typedConsents(matter, body, t)
  const errors: Record<string, string> = {}
  for (const consent of matter.content.consents) {
    if (consent.required && !typed.given.includes(consent.id)) {
      errors[consentField(consent.id)] = t('intake:consents.needed', { title: consent.title[lang] })
    }
  }
  const text = oneLine(typed.signature)
  const signs = signsWithConsents(matter)
  const wrong = signs && (forbidden[signatureField] ?? signatureError(text, name, t))
  if (wrong) errors[signatureField] = wrong
  if (Object.keys(errors).length > 0) return { ok: false, errors, typed }
  return {
    ok: true,
    consents: consentsOf(matter, typed.given, now),
    signature: signs ? signStatement(matter, text, now) : undefined,
  }
}

function signatureError(text: string, name: string, t: Translate): string | undefined {
  if (text === '') return t('intake:consents.signatureMissing')
  return lengthOf(text) > longestSignature || !sameName(text, name)
    ? t('intake:consents.signatureDiffers', { name })
    : undefined
}

/** The statement of today, signed by that name. */
export function signStatement(matter: Matter, text: string, now: Date): Signature {
  return { text, statementVersion: matter.content.signature.version, at: now.toISOString() }
}

/** Every required consent was given to today's words; with it the statement, where it is signed on the same page. */
export function consentsComplete(matter: Matter, draft: DraftContent): boolean {
  return (
    matter.content.consents.every((one) => !one.required || isGiven(draft.consents, one, matter)) &&
    (!signsWithConsents(matter) || statementSigned(matter, draft))
  )
}

/** Today's statement is signed with today's name. */
export function statementSigned(matter: Matter, draft: DraftContent): boolean {
  const question = questionWithRole(matter.form, 'name')
  const name = draft.household?.heir ?? (question && draft.answers[question.id])
  return (
    draft.signature?.statementVersion === matter.content.signature.version &&
    typeof name === 'string' &&
    sameName(draft.signature.text, name)
  )
}
