import type { Address, Answer, Lang, Question } from '../form-schema'
import {
  addressFields,
  isOldPostcode,
  longestAddressLine,
  normalisePostcode,
  normaliseState,
} from './address'
import { normaliseAmount, showAmount } from './amount'
import { againField, normaliseAccount, normaliseRouting } from './bank-account'
import { showDay } from '../../web/show-moment'
import { ageOn, dayIn, readBirthDate, readDate } from './date'
import { mendEmail, normaliseEmail } from './email'
import { isWholeName, tidyName, unusableInName } from './name'
import { normalisePhone } from './phone'
import { unprintable } from '../../web/printable'
import { containsResidentNumber } from './resident-number'
import { halfWidth, lengthOf, oneLine, severalLines } from './text'
import { beforeField, longestTrades, parseTrades } from './trades'
import { complaint, type Complaint, type FieldWord } from './words'

/** What parsing needs to know of its surroundings. */
export interface ParseOptions {
  lang: Lang
  now: Date
  /** Where "today" is decided; the matter's own zone. Seoul when not said. */
  timeZone?: string
}

/** What a person sent for one question, by HTML field name. */
export type RawFields = Record<string, string | string[]>
/** What is wrong, by HTML field name. */
export type FieldErrors = Record<string, Complaint>

export type Parsed =
  { ok: true; answer: Answer | undefined } | { ok: false; errors: FieldErrors; answer?: undefined }

/**
 * No field of any form takes more than this many UTF-16 units; more is neither parsed nor shown again.
 * Generous against the longest question (5,000 code points, and line ends of two characters).
 */
const longestRaw = 12_000

/** The HTML field names of a question: its id, or one for each part of an address; what was held before trades; an account once more. */
export function fieldNames(question: Question): string[] {
  if (question.type === 'trades') return [beforeField(question), question.id]
  if (question.type === 'account_number') return [question.id, againField(question)]
  if (question.type !== 'address') return [question.id]
  const parts = question.countries.flatMap((country) => addressFields(question, country))
  return [`${question.id}_country`, ...parts.map((part) => part.name)]
}

/** Only this question's fields, only text, and none too long; anything else in a body is not looked at. */
export function rawFields(question: Question, body: Record<string, unknown>): RawFields {
  const raw: RawFields = {}
  const longest = question.type === 'trades' ? longestTrades : longestRaw
  for (const name of fieldNames(question)) {
    const value = Object.hasOwn(body, name) ? body[name] : undefined
    if (typeof value === 'string') raw[name] = value.slice(0, longest)
    else if (Array.isArray(value)) {
      const texts = value.filter((one): one is string => typeof one === 'string').slice(0, 100)
      raw[name] =
        question.type === 'choices'
          ? texts.map((one) => one.slice(0, 100))
          : (texts[0] ?? '').slice(0, longest)
    }
  }
  return raw
}

/** The names among these fields whose text holds a resident registration number. */
export function fieldsWithResidentNumber(raw: RawFields): string[] {
  return Object.keys(raw).filter((name) =>
    [raw[name]!].flat().some((text) => containsResidentNumber(text)),
  )
}

/** What to say of fields that hold one. */
export function residentNumberErrors(names: string[], lang: Lang): FieldErrors {
  return Object.fromEntries(names.map((name) => [name, complaint(lang, 'resident_number')]))
}

/** One question's answer, normalised, or what is wrong with it in the reader's language. */
export function parseQuestion(question: Question, raw: RawFields, options: ParseOptions): Parsed {
  const forbidden = fieldsWithResidentNumber(raw)
  if (forbidden.length > 0) {
    return { ok: false, errors: residentNumberErrors(forbidden, options.lang) }
  }
  if (question.type === 'address') return parseAddress(question, raw, options)
  if (question.type === 'trades') {
    const textOf = (name: string) => (typeof raw[name] === 'string' ? raw[name] : '')
    const sent = { before: textOf(beforeField(question)), lines: textOf(question.id) }
    if (!question.required && oneLine(sent.before + sent.lines).trim() === '') {
      return { ok: true, answer: undefined }
    }
    const read = parseTrades(question, sent, options.lang)
    return read.ok ? { ok: true, answer: read.trades } : read
  }
  if (question.type === 'account_number') return parseAccount(question, raw, options)

  const sent = raw[question.id]
  const text = typeof sent === 'string' ? sent : ''
  const empty = Array.isArray(sent) ? sent.length === 0 : oneLine(text) === ''
  if (empty) {
    if (!question.required) return { ok: true, answer: undefined }
    return refuse(question.id, missingWords(question, options.lang))
  }
  const result = parseFilled(question, text, Array.isArray(sent) ? sent : [text], options)
  return result.ok ? result : refuse(question.id, result.wrong)
}

type One = { ok: true; answer: Answer } | { ok: false; wrong: Complaint }
type OneField = Exclude<Question, { type: 'address' | 'trades' | 'account_number' }>

function parseFilled(question: OneField, text: string, list: string[], options: ParseOptions): One {
  const { lang } = options
  const no = (key: FieldWord, values?: Record<string, string | number>): One => ({
    ok: false,
    wrong: complaint(lang, key, values),
  })
  switch (question.type) {
    case 'text':
    case 'long_text': {
      const answer = question.type === 'text' ? oneLine(text) : severalLines(text)
      const length = lengthOf(answer)
      if (length > question.maxLength) return no('too_long', { max: question.maxLength, length })
      return { ok: true, answer }
    }
    case 'name': {
      const answer = tidyName(text)
      if (lengthOf(answer) > question.maxLength) {
        return no('too_long', { max: question.maxLength, length: lengthOf(answer) })
      }
      const character = unusableInName(answer, question.script)
      if (character) {
        return no(question.script === 'latin' ? 'name_latin' : 'name_characters', { character })
      }
      const unknown = unprintable(answer)
      if (unknown !== undefined) return no('unprintable', { character: unknown })
      return isWholeName(answer) ? { ok: true, answer } : no('name_short')
    }
    case 'email': {
      const answer = normaliseEmail(text)
      if (answer) return { ok: true, answer }
      const meant = mendEmail(text)
      return meant === undefined ? no('email') : no('email_meant', { meant })
    }
    case 'phone': {
      const answer = normalisePhone(text, question.country)
      return answer ? { ok: true, answer } : no(question.country === 'KR' ? 'phone_kr' : 'phone_us')
    }
    case 'date': {
      const today = dayIn(options.timeZone ?? 'Asia/Seoul', options.now)
      const answer =
        question.role === 'birth_date' ? readBirthDate(text, { lang, today }) : readDate(text, lang)
      if (answer === undefined) return no('date')
      if (answer === null) return no('date_none')
      if (typeof answer !== 'string') {
        return no('date_century', { first: answer.years[0], second: answer.years[1] })
      }
      const latest = question.max === 'today' ? today : question.max
      if (latest && answer > latest) {
        return question.max === 'today'
          ? no('date_future')
          : no('date_late', { date: showDay(latest, lang) })
      }
      if (question.min && answer < question.min) {
        return no('date_early', { date: showDay(question.min, lang) })
      }
      if (question.minAge && ageOn(today, answer) < question.minAge) {
        return question.tooYoung
          ? { ok: false, wrong: { sentence: question.tooYoung[lang], vague: false } }
          : no('too_young', { age: question.minAge })
      }
      return { ok: true, answer }
    }
    case 'choice':
      return question.options.some((one) => one.id === text)
        ? { ok: true, answer: text }
        : no('choose')
    case 'yes_no':
      return text === 'yes' || text === 'no' ? { ok: true, answer: text } : no('choose')
    case 'choices': {
      const chosen = question.options.map((one) => one.id).filter((id) => list.includes(id))
      if (list.some((id) => !chosen.includes(id))) return no('choose')
      if (question.none && chosen.includes(question.none) && chosen.length > 1) {
        const none = question.options.find(({ id }) => id === question.none)
        return no('none_alone', { option: none?.label[lang] ?? question.none })
      }
      return { ok: true, answer: chosen }
    }
    case 'routing_number': {
      const answer = normaliseRouting(text)
      return answer ? { ok: true, answer } : no('routing_number')
    }
    case 'amount': {
      const minorUnits = normaliseAmount(text, question.currency)
      if (minorUnits === undefined)
        return no(question.currency === 'KRW' ? 'amount_krw' : 'amount_usd')
      const { currency, min, max } = question
      if (minorUnits < min) {
        return no('amount_low', { amount: showAmount({ currency, minorUnits: min }, lang) })
      }
      if (minorUnits > max) {
        return no('amount_high', { amount: showAmount({ currency, minorUnits: max }, lang) })
      }
      return { ok: true, answer: { currency, minorUnits } }
    }
  }
}

function parseAddress(
  question: Extract<Question, { type: 'address' }>,
  raw: RawFields,
  { lang }: ParseOptions,
): Parsed {
  const textOf = (name: string) =>
    oneLine(halfWidth(typeof raw[name] === 'string' ? raw[name] : ''))
  const countryField = `${question.id}_country`
  const asked = textOf(countryField) || question.countries[0]
  const country = question.countries.find((one) => one === asked)
  if (!country) return refuse(countryField, complaint(lang, 'choose'))

  const isKorea = country === 'KR'
  const fields = addressFields(question, country)
  const sent = Object.fromEntries(fields.map(({ part, name }) => [part, textOf(name)]))
  if (!question.required && Object.values(sent).every((text) => text === '')) {
    return { ok: true, answer: undefined }
  }
  // Copied from an envelope: the postcode stands before the street.
  const copied = isKorea && sent['postcode'] === '' && /^\(?(\d{5})\)? +(?=\D)/.exec(sent['line1']!)
  if (copied) {
    sent['postcode'] = copied[1]!
    sent['line1'] = sent['line1']!.slice(copied[0].length)
  }
  const postcode = normalisePostcode(sent['postcode']!, country)
  const state = normaliseState(sent['state'] ?? '')
  const errors: FieldErrors = {}
  for (const { part, name } of fields) {
    const text = sent[part]!
    if (lengthOf(text) > longestAddressLine) {
      const values = { max: longestAddressLine, length: lengthOf(text) }
      errors[name] = complaint(lang, 'too_long', values)
    } else if (unprintable(text) !== undefined) {
      errors[name] = complaint(lang, 'unprintable', { character: unprintable(text)! })
    } else if (part === 'postcode' && !postcode && (!isKorea || text !== '')) {
      errors[name] = complaint(lang, postcodeWords(text, country))
    } else if (part === 'line1' && text === '') {
      errors[name] = complaint(lang, isKorea ? 'line1_kr' : 'line1_us')
    } else if (part === 'city' && text === '') errors[name] = complaint(lang, 'city')
    else if (part === 'state' && !state) errors[name] = complaint(lang, 'state')
  }
  if (Object.keys(errors).length > 0) return { ok: false, errors }

  const address: Address = { country, ...(postcode && { postcode }), line1: sent['line1']! }
  if (sent['line2'] !== '') address.line2 = sent['line2']!
  if (!isKorea) Object.assign(address, { city: sent['city'], state })
  return { ok: true, answer: address }
}

function postcodeWords(text: string, country: Address['country']): FieldWord {
  if (country === 'US') return 'postcode_us'
  return isOldPostcode(text) ? 'postcode_old' : 'postcode_kr'
}

function parseAccount(
  question: Extract<Question, { type: 'account_number' }>,
  raw: RawFields,
  { lang }: ParseOptions,
): Parsed {
  const textOf = (name: string) => oneLine(typeof raw[name] === 'string' ? raw[name] : '')
  const [first, again] = [textOf(question.id), textOf(againField(question))]
  if (!question.required && first + again === '') return { ok: true, answer: undefined }
  const answer = normaliseAccount(first)
  if (answer === undefined) return refuse(question.id, complaint(lang, 'account_number'))
  return normaliseAccount(again) === answer
    ? { ok: true, answer }
    : refuse(againField(question), complaint(lang, 'account_again'))
}

/** The question's own words for a missing answer, else those of its kind. */
function missingWords(question: OneField, lang: Lang): Complaint {
  if (question.missing) return { sentence: question.missing[lang], vague: false }
  switch (question.type) {
    case 'choice':
    case 'yes_no':
      return complaint(lang, 'choose')
    case 'choices':
      return complaint(lang, 'choose_some')
    case 'name':
      return complaint(lang, 'missing_name')
    case 'email':
      return complaint(lang, 'missing_email')
    case 'phone':
      return complaint(lang, 'missing_phone')
    case 'date':
      return complaint(lang, 'date')
    case 'amount':
      return complaint(lang, question.currency === 'KRW' ? 'amount_krw' : 'amount_usd')
    case 'routing_number':
      return complaint(lang, 'routing_number')
    case 'text':
    case 'long_text':
      return complaint(lang, 'missing')
  }
}

function refuse(name: string, wrong: Complaint): Parsed {
  return { ok: false, errors: { [name]: wrong } }
}
