import { dateFormat } from '../../web/date-formats'
import type { Lang } from '../form-schema'
import { dashes } from './text'

const yearFirst = /^(\d{4})[-./,](\d{1,2})[-./,](\d{1,2})\.?$/
const spaced = /^(\d{4}) (\d{1,2}) (\d{1,2})$/
const korean = /^(\d{4})년(\d{1,2})월(\d{1,2})일?$/
const eightDigits = /^(\d{4})(\d{2})(\d{2})$/
const monthFirst = /^(\d{1,2})[-./](\d{1,2})[-./](\d{4})$|^(\d{2})(\d{2})(\d{4})$/
const nameFirst = /^([a-z]{3,9})\.?(\d{1,2})(?:st|nd|rd|th)?,?(\d{4})$/
const dayFirst = /^(\d{1,2})(?:st|nd|rd|th)?([a-z]{3,9})\.?,?(\d{4})$/
const shortYearFirst = /^(\d{2})[-./](\d{1,2})[-./](\d{1,2})\.?$|^(\d{2})(\d{2})(\d{2})$/
const shortKorean = /^(\d{2})년(\d{1,2})월(\d{1,2})일?$/
const shortMonthFirst = /^(\d{1,2})[-/](\d{1,2})[-/](\d{2})$/
const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
]

/**
 * `YYYY-MM-DD` of a date as people write it: 1985-3-4, 1985. 3. 4., 1985 3 4, 19850304, 1985년 3월 4일; in
 * English also 3/4/1985 and 03041985 (month first) and March 4, 1985. Nothing when it is no day of the calendar or
 * the year has two digits, which would be a guess. Text in, text out: no time zone can move it.
 */
export function normaliseDate(raw: string, lang: Lang): string | undefined {
  return readDate(raw, lang) ?? undefined
}

/** The same; null for what is written like a date and stands in no calendar. */
export function readDate(raw: string, lang: Lang): string | null | undefined {
  const trimmed = plainDate(raw)
  const text = trimmed.replace(/\s+/g, '')
  const [, y, m, d] =
    spaced.exec(trimmed) ??
    yearFirst.exec(text) ??
    korean.exec(text) ??
    eightDigits.exec(text) ??
    []
  const first = y === undefined ? undefined : calendarDay(y, m, d)
  if (first || lang !== 'en') return first ?? (y === undefined ? undefined : null)
  const us = parts(monthFirst.exec(text))
  if (us) return calendarDay(us[2], us[0], us[1]) ?? null
  const named = nameFirst.exec(text)
  if (named) return calendarDay(named[3], monthNumber(named[1]!), named[2])
  const european = dayFirst.exec(text)
  if (european) return calendarDay(european[3], monthNumber(european[2]!), european[1])
  return y === undefined ? undefined : null
}

/** Nobody has lived longer than some years more. */
const oldest = 110

/**
 * A birth date, which may have a year of two digits, as on a resident card: 850304, 85. 3. 4., 85년 3월 4일; in
 * English 3/4/85. The century is the one in which somebody who was born then is alive: where that could be both
 * (1920 and 2020), the two years. Else as readDate.
 */
export function readBirthDate(
  raw: string,
  { lang, today }: { lang: Lang; today: string },
): string | null | undefined | { years: [string, string] } {
  const plain = plainDate(raw).replace(/\s*생$/, '')
  const whole = readDate(plain, lang)
  if (whole !== undefined) return whole
  const text = plain.replace(/\s+/g, '')
  const short = lang === 'en' ? parts(shortMonthFirst.exec(text)) : undefined
  const [year, month, day] = short
    ? [short[2], short[0], short[1]]
    : (parts(shortKorean.exec(text)) ??
      (lang === 'ko' ? parts(shortYearFirst.exec(text)) : undefined) ??
      [])
  if (year === undefined) return undefined
  const days = ['19', '20'].map((century) => calendarDay(`${century}${year}`, month, day))
  // Six digits that make no day are as likely a year of four and something left out.
  if (days.every((one) => one === undefined)) return /^\d+$/.test(text) ? undefined : null
  const living = days.filter(
    (one): one is string => one !== undefined && one <= today && ageOn(today, one) <= oldest,
  )
  return living.length === 1 ? living[0] : { years: [`19${year}`, `20${year}`] }
}

/** Full width, dashes and commas aside, in lower case. */
function plainDate(raw: string): string {
  return raw.normalize('NFKC').replace(dashes, '-').replaceAll('\u1173', '-').trim().toLowerCase()
}

/** The three that matched, of whichever way to write it. */
function parts(match: RegExpExecArray | null): string[] | undefined {
  return match?.slice(1).filter((one) => one !== undefined)
}

function monthNumber(name: string): string {
  return String(months.findIndex((month) => month.startsWith(name)) + 1)
}

function calendarDay(year?: string, month?: string, day?: string): string | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(day)]
  const date = new Date(Date.UTC(y, m - 1, d))
  if (y < 1000 || date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) return undefined
  return date.toISOString().slice(0, 10)
}

/** The calendar day of a moment in a zone, as YYYY-MM-DD. */
export function dayIn(timeZone: string, now: Date): string {
  return dateFormat('en-CA', { dateStyle: 'short', timeZone }).format(now)
}

/** Full years between two days. */
export function ageOn(day: string, born: string): number {
  const years = Number(day.slice(0, 4)) - Number(born.slice(0, 4))
  return day.slice(5) < born.slice(5) ? years - 1 : years
}
