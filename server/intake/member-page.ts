import { relations, type Relation } from '../households/household'
import { normaliseEmail } from '../matters/forms/email'
import { isWholeName, tidyName, unusableInName } from '../matters/forms/name'
import { containsResidentNumber } from '../matters/forms/resident-number'
import { lengthOf } from '../matters/forms/text'
import type { Translate } from '../web/languages'
import { unprintable } from '../web/printable'
import type { Member } from './begin-elsewhere'

/** What is asked before a form for another person begins, as it was sent. */
export interface TypedMember {
  who: string
  relation: string
  mail: string
  member_email: string
  heir: string
}

export type ParsedMember =
  | { ok: true; member: Member | null; heir: { relation: Relation; heir: string } | null }
  | { ok: false; errors: Record<string, string>; typed: TypedMember }

const longestHeir = 80

/** As it was sent, cut to a length; where a resident registration number stood, nothing, and what is wrong. */
export function typedMember(
  body: Record<string, unknown>,
  t: Translate,
): { typed: TypedMember; errors: Record<string, string> } {
  const errors: Record<string, string> = {}
  const text = (name: keyof TypedMember) => {
    const sent = body[name]
    const raw = typeof sent === 'string' ? sent.slice(0, 500) : ''
    if (!containsResidentNumber(raw)) return raw
    errors[name] = t('matters:field.resident_number')
    return ''
  }
  const typed = {
    who: text('who'),
    relation: text('relation'),
    mail: text('mail'),
    member_email: text('member_email'),
    heir: text('heir'),
  }
  return { typed, errors }
}

/** Who the form is for. `own`: the address of whoever files, which is nobody else's own. */
export function parseMember(
  body: Record<string, unknown>,
  { t, own }: { t: Translate; own: string | undefined },
): ParsedMember {
  const { typed, errors } = typedMember(body, t)
  const relation = relations.find((one) => one === typed.relation)
  if (!relation) errors['relation'] ??= t('households:ask.relationMissing')
  if (typed.who === 'heir') {
    const heir = tidyName(typed.heir)
    errors['heir'] ??= heirError(heir, t) ?? ''
    if (errors['heir'] === '') delete errors['heir']
    if (!relation || Object.keys(errors).length > 0) return { ok: false, errors, typed }
    return { ok: true, member: null, heir: { relation, heir } }
  }
  // What else is asked depends on it, and is not shown before.
  if (typed.who !== 'member') {
    errors['who'] ??= t('households:ask.whoMissing')
    return { ok: false, errors, typed }
  }
  if (typed.mail !== 'own' && typed.mail !== 'mine') {
    errors['mail'] ??= t('households:ask.mailMissing')
  }
  const email = typed.mail === 'own' ? normaliseEmail(typed.member_email) : undefined
  if (typed.mail === 'own' && !email) errors['member_email'] ??= t('matters:field.email')
  else if (email && email.toLowerCase() === own?.toLowerCase()) {
    errors['member_email'] ??= t('households:ask.sameMail')
  }
  if (!relation || Object.keys(errors).length > 0) return { ok: false, errors, typed }
  const mail = email === undefined ? ({ kind: 'mine' } as const) : ({ kind: 'own', email } as const)
  return { ok: true, member: { relation, mail }, heir: null }
}

function heirError(heir: string, t: Translate): string | undefined {
  if (heir === '') return t('households:ask.heirMissing')
  const wrong = unusableInName(heir, 'any') ?? unprintable(heir)
  if (wrong !== undefined) return t('matters:field.unprintable', { character: wrong })
  if (!isWholeName(heir) || lengthOf(heir) > longestHeir) return t('matters:field.name_short')
  return undefined
}
