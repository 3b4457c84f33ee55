import { ageOn, normaliseDate } from '../matters/forms/date'
import { normaliseEmail } from '../matters/forms/email'
import { isWholeName, unusableInName } from '../matters/forms/name'
import { normalisePhone } from '../matters/forms/phone'
import { containsResidentNumber } from '../matters/forms/resident-number'
import { oneLine } from '../matters/forms/text'
import type { Looked } from '../vault/vault'

export type ParsedSearch =
  { ok: true; looked: Looked } | { ok: false; error: 'missing' | 'unreadable' | 'resident_number' }

/** Nobody older telephones: a year of two digits is not taken for one of theirs. */
const oldest = 110

/**
 * What somebody said on the telephone, as it was typed into one box: an address, a number to call, or a name
 * with a date of birth, in whatever way people write them. `today` is YYYY-MM-DD.
 */
export function parseSearch(raw: string, today: string): ParsedSearch {
  if (containsResidentNumber(raw)) return { ok: false, error: 'resident_number' }
  const typed = oneLine(raw.normalize('NFKC'))
  if (typed === '') return { ok: false, error: 'missing' }
  const looked = parseEmail(typed) ?? parsePhone(typed) ?? parseNameAndBirth(typed, today)
  return looked ? { ok: true, looked } : { ok: false, error: 'unreadable' }
}

/** Whether it looks like a claim's number, though perhaps a wrong one: letters and digits in groups of four. */
export function looksLikeNumber(raw: string): boolean {
  const typed = raw.normalize('NFKC').trim()
  return (
    /^([0-9a-z]{4}[ -]?){2}[0-9a-z]{4}$/i.test(typed) && /[a-z]/i.test(typed) && /\d/.test(typed)
  )
}

function parseEmail(typed: string): Looked | null {
  if (!typed.includes('@')) return null
  const email = normaliseEmail(typed.replace(/\s/g, ''))
  return email === undefined ? null : { kind: 'email', email }
}

/** A number is read as a Korean and as an American one; 0082 and a forgotten + are what people say, too. */
function parsePhone(typed: string): Looked | null {
  if (!/^[+\d\s().-]+$/.test(typed)) return null
  const number = typed.replace(/^00(?=\s*[1-9])/, '+')
  const read = (['KR', 'US'] as const).map((country) => normalisePhone(number, country))
  const phones = [...new Set(read.filter((one) => one !== undefined))]
  return phones.length === 0 ? null : { kind: 'phone', phones }
}

/** The box is cut wherever a name can end and a date begin, or the other way round. */
function parseNameAndBirth(typed: string, today: string): Looked | null {
  const cuts = [...typed.matchAll(/[\s,/]+|(?<=\D)(?=\d)|(?<=\d)(?=[^\d\s])/gu)]
  for (const cut of cuts) {
    const before = typed.slice(0, cut.index).trim()
    const after = typed.slice(cut.index + cut[0].length).trim()
    for (const [name, date] of [
      [before, after],
      [after, before],
    ] as const) {
      const births = birthsOf(date, today)
      if (births.length > 0 && isName(name)) return { kind: 'name_birth', name, births }
    }
  }
  return null
}

function isName(text: string): boolean {
  return isWholeName(text) && unusableInName(text, 'any') === undefined
}

const twoDigitYear =
  /^(\d{2})(?:(\d{2})(\d{2})|[-./](\d{1,2})[-./](\d{1,2})\.?|년(\d{1,2})월(\d{1,2})일?)$/
const americanTwoDigitYear = /^(\d{1,2})[-/](\d{1,2})[-/](\d{2})$/

/** Every day that it can mean, as YYYY-MM-DD: 850304 is one, 03/04/05 are several. */
function birthsOf(date: string, today: string): string[] {
  const text = date.replace(/\s+/g, '').replace(/생$/, '')
  const whole = normaliseDate(text, 'ko') ?? normaliseDate(text, 'en')
  if (whole !== undefined) return whole <= today ? [whole] : []
  const days: string[] = []
  const add = (year: string, month: string, day: string) => {
    for (const century of ['19', '20']) {
      const one = normaliseDate(`${century}${year}-${month}-${day}`, 'ko')
      if (one !== undefined && one <= today && ageOn(today, one) <= oldest) days.push(one)
    }
  }
  const yearFirst = twoDigitYear.exec(text)
  if (yearFirst) {
    const [month, day] = yearFirst.slice(2).filter((part) => part !== undefined)
    add(yearFirst[1]!, month!, day!)
  }
  const american = americanTwoDigitYear.exec(text)
  if (american) add(american[3]!, american[1]!, american[2]!)
  return [...new Set(days)]
}
