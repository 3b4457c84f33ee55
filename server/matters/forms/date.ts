import { dateFormat } from '../../web/date-formats'
import type { Lang } from '../form-schema'

const yearFirst = /^(\d{4})[-./](\d{1,2})[-./](\d{1,2})\.?$/
const korean = /^(\d{4})년(\d{1,2})월(\d{1,2})일?$/
const eightDigits = /^(\d{4})(\d{2})(\d{2})$/
const monthFirst = /^(\d{1,2})[-./](\d{1,2})[-./](\d{4})$/
const nameFirst = /^([a-z]{3,9})\.?(\d{1,2})(?:st|nd|rd|th)?,?(\d{4})$/
const dayFirst = /^(\d{1,2})(?:st|nd|rd|th)?([a-z]{3,9})\.?,?(\d{4})$/
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
 * `YYYY-MM-DD` of a date as people write it: 1985-3-4, 1985. 3. 4., 19850304, 1985년 3월 4일; in English
 * also 3/4/1985 (month first) and March 4, 1985. Nothing when it is no day of the calendar or the year
 * has two digits, which would be a guess. Text in, text out: no time zone can move it.
 */
export function normaliseDate(raw: string, lang: Lang): string | undefined {
  const text = raw.normalize('NFKC').replace(/\s+/g, '').toLowerCase()
  const first = yearFirst.exec(text) ?? korean.exec(text) ?? eightDigits.exec(text)
  if (first) return calendarDay(first[1], first[2], first[3])
  if (lang !== 'en') return undefined
  const us = monthFirst.exec(text)
  if (us) return calendarDay(us[3], us[1], us[2])
  const named = nameFirst.exec(text)
  if (named) return calendarDay(named[3], monthNumber(named[1]!), named[2])
  const european = dayFirst.exec(text)
  if (european) return calendarDay(european[3], monthNumber(european[2]!), european[1])
  return undefined
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
