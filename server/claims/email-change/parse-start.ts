import { normaliseEmail, suggestEmail } from '../../matters/forms/email'
import { containsResidentNumber } from '../../matters/forms/resident-number'
import type { Translate } from '../../web/languages'
import { identifiedWays, lostReasons, type IdentifiedBy, type LostReason } from './staff-codes'

const fields = ['email', 'email_again', 'reason', 'identified', 'note', 'sure'] as const
export type StartValues = Record<(typeof fields)[number], string>

export type ParsedStart =
  | {
      ok: true
      value: { email: string; reason: LostReason; identifiedBy: IdentifiedBy; note: string }
    }
  | { ok: false; values: StartValues; errors: Record<string, string>; suggested: string | null }

/** What was typed; a resident registration number is not given back to anybody. */
export function typedStart(body: Record<string, unknown>): StartValues {
  const values = Object.fromEntries(
    fields.map((name) => [name, typeof body[name] === 'string' ? body[name] : '']),
  ) as StartValues
  for (const name of fields) if (containsResidentNumber(values[name])) values[name] = ''
  return values
}

/** A change of address as one of the staff starts it: the address twice, codes, and what they checked. */
export function parseStart(
  body: Record<string, unknown>,
  t: Translate,
  { emailChangeNoteChars: chars }: { emailChangeNoteChars: number },
): ParsedStart {
  const values = typedStart(body)
  const errors: Record<string, string> = {}
  const forbidden = (name: 'email' | 'email_again' | 'note') => {
    const raw = body[name]
    return typeof raw === 'string' && containsResidentNumber(raw)
  }
  const email = normaliseEmail(values.email)
  if (forbidden('email')) errors['email'] = t('matters:field.resident_number')
  else if (values.email.trim() === '') errors['email'] = t('email:staff.form.emailMissing')
  else if (email === undefined) errors['email'] = t('matters:field.email')
  else if (forbidden('email_again') || normaliseEmail(values.email_again) !== email) {
    errors['email_again'] = t('email:staff.form.again')
  }
  const reason = lostReasons.find((one) => one === values.reason)
  if (!reason) errors['reason'] = t('email:staff.form.reasonMissing')
  const identifiedBy = identifiedWays.find((one) => one === values.identified)
  if (!identifiedBy) errors['identified'] = t('email:staff.form.identifiedMissing')
  const note = values.note.trim()
  if (forbidden('note')) errors['note'] = t('email:staff.form.number')
  else if (note === '') errors['note'] = t('email:staff.form.noteMissing')
  else if (note.length > chars) errors['note'] = t('email:staff.form.noteLong', { chars })

  if (Object.keys(errors).length > 0 || email === undefined || !reason || !identifiedBy) {
    return { ok: false, values, errors, suggested: null }
  }
  // Offered once, never imposed: sent again, the address is taken as it is.
  const suggested = suggestEmail(email)
  if (suggested !== undefined && values.sure !== email) {
    return { ok: false, values: { ...values, sure: email }, errors, suggested }
  }
  return { ok: true, value: { email, reason, identifiedBy, note } }
}
