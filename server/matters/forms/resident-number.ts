import { severalLines } from './text'

/**
 * Korean resident registration numbers (주민등록번호) and those of foreigners are never collected:
 * Personal Information Protection Act 24-2, which no consent cures. Anything a person types is looked
 * at before it is kept.
 */

// Besides every dash of Unicode: the minus signs, a bullet, box lines, and the vowel ㅡ, the prolonged
// sound mark and 一, which Korean keyboards and copied papers have in its place.
const dash = '[\\p{Pd}\\u2212\\u02d7\\u2043\\u2500\\u2501\\u1173\\u30fc\\u4e00]'
const shape = new RegExp(
  `(?<!\\d)(\\d{2})(\\d{2})(\\d{2})( ?${dash} ?| ?)([1-8])(\\d{6})(?!\\d)`,
  'gu',
)
const invisible =
  /(?![\t\n\r])[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{M}]/gu
const otherDigit = /(?![0-9])\p{Nd}/gu

/**
 * True when the text holds the shape of a resident registration number, `YYMMDD-[1-8]NNNNNN`, at digit
 * boundaries and with a real birth date. With a dash the shape is enough. Without one a 13-digit order
 * number looks the same, so it counts only when the check digit fits, or when the birth date is from
 * October 2020 on: numbers given since then have no check digit. Digits of every script and width are
 * read as digits. The text is looked at as it was typed and as it would be kept: what hides in it, or
 * holds it apart, may be gone by then.
 */
export function containsResidentNumber(text: string): boolean {
  return [text, severalLines(text), text.replaceAll('\u00ad', '-')].some(holdsOne)
}

function holdsOne(text: string): boolean {
  const plain = text
    .normalize('NFKC')
    .replace(invisible, '')
    .replace(otherDigit, asciiDigit)
    .replace(/\s+/gu, ' ')
  for (const match of plain.matchAll(shape)) {
    const [, year, month, day, between, kind, rest] = match as unknown as string[]
    const born = birthDate(Number(year), Number(month), Number(day), Number(kind))
    if (!born) continue
    if (between!.trim() !== '') return true
    const digits = `${year}${month}${day}${kind}${rest}`
    if (born >= '2020-10-01' || checkDigitFits(digits)) return true
  }
  return false
}

/** "3" for ٣ or ३: Unicode keeps the ten digits of a script together, and in order. */
function asciiDigit(digit: string): string {
  let before = 0
  while (/\p{Nd}/u.test(String.fromCodePoint(digit.codePointAt(0)! - before - 1))) before++
  return String(before % 10)
}

/** The birth date as YYYY-MM-DD, or nothing when the calendar has no such day. */
function birthDate(year: number, month: number, day: number, kind: number): string | undefined {
  const century = [1, 2, 5, 6].includes(kind) ? 1900 : 2000
  const date = new Date(Date.UTC(century + year, month - 1, day))
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return date.toISOString().slice(0, 10)
}

/** Weights 2…9, 2…5; for foreigners (5–8) the result is two higher. */
function checkDigitFits(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < 12; i++) sum += Number(digits[i]) * (2 + (i % 8))
  const base = Number(digits[6]) >= 5 ? 13 : 11
  return (base - (sum % 11)) % 10 === Number(digits[12])
}
