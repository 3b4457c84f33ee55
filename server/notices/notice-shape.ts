import type { QuestionRole } from '../matters/form-schema'

/** An ID and a PIN as they are compared: capitals and digits, however people set spaces and dashes. */
export const noticeIdShape = /^[A-Z0-9]{6,32}$/
export const noticePinShape = /^[A-Z0-9]{4,32}$/

/** The characters of what was typed, or copied from a letter: full width, small letters, any dash. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Pd}_.]/gu, '')
}

/** The ID as it is compared, or null for what can be none. */
export function normaliseNoticeId(text: string): string | null {
  const id = plain(text)
  return noticeIdShape.test(id) ? id : null
}

/** The same of a PIN. */
export function normaliseNoticePin(text: string): string | null {
  const pin = plain(text)
  return noticePinShape.test(pin) ? pin : null
}

/** What a list may hold besides, by the role of the question that it fills in. */
export const fillingRoles = [
  'name',
  'romanised_name',
  'email',
  'phone',
  'birth_date',
  'address',
] as const satisfies readonly QuestionRole[]
export type FillingRole = (typeof fillingRoles)[number]

/** The columns that make up an address. */
export const addressColumns = ['country', 'postcode', 'line1', 'line2', 'city', 'state'] as const

/** Every column that a list may have; the first two it must have. */
export const listColumns = [
  'notice_id',
  'pin',
  'name',
  'romanised_name',
  'email',
  'phone',
  'birth_date',
  ...addressColumns,
] as const
export type ListColumn = (typeof listColumns)[number]
