import type {
  Address,
  Amount,
  Answer,
  Answers,
  ClaimForm,
  Lang,
  Question,
  Trades,
} from '../form-schema'
import { addressFields, showAddress } from './address'
import { showAmount } from './amount'
import { againField, maskAccount } from './bank-account'
import { showDay } from '../../web/show-moment'
import { allQuestions } from './parse-form'
import type { RawFields } from './parse-question'
import { showPhone } from './phone'
import { beforeField, describeTrades, typedTrades } from './trades'
import { fieldWords } from './words'

/**
 * An answer in words, for review pages, papers and exports; empty for none. An account number is known by its
 * last digits: in full it goes only to who pays, and to the person themselves.
 */
export function describeAnswer(question: Question, value: Answer | undefined, lang: Lang): string {
  if (value === undefined) return ''
  switch (question.type) {
    case 'date':
      return showDay(value as string, lang)
    case 'phone':
      return showPhone(value as string, question.country)
    case 'yes_no':
      return fieldWords(lang, value === 'yes' ? 'yes' : 'no')
    case 'choice':
      return question.options.find((one) => one.id === value)?.label[lang] ?? ''
    case 'choices':
      return question.options
        .filter((one) => (value as string[]).includes(one.id))
        .map((one) => one.label[lang])
        .join('; ')
    case 'address':
      return showAddress(value as Address, lang)
    case 'amount':
      return showAmount(value as Amount, lang)
    case 'trades':
      return describeTrades(value as Trades, lang)
    case 'account_number':
      return maskAccount(value as string)
    case 'text':
    case 'long_text':
    case 'name':
    case 'email':
    case 'routing_number':
      return value as string
  }
}

/**
 * Answers as a person would have typed them, by HTML field name: fills a form again, and parses back
 * to the same answers.
 */
export function typedValues(form: ClaimForm, answers: Answers): RawFields {
  const raw: RawFields = {}
  for (const question of allQuestions(form)) {
    if (!Object.hasOwn(answers, question.id)) continue
    const value = answers[question.id]!
    if (question.type === 'address') {
      const address = value as Address
      raw[`${question.id}_country`] = address.country
      for (const { part, name } of addressFields(question, address.country)) {
        if (address[part] !== undefined) raw[name] = address[part]
      }
    } else if (question.type === 'amount') {
      const { currency, minorUnits } = value as Amount
      raw[question.id] = currency === 'KRW' ? String(minorUnits) : (minorUnits / 100).toFixed(2)
    } else if (question.type === 'trades') {
      const typed = typedTrades(value as Trades)
      if (typed.before !== '') raw[beforeField(question)] = typed.before
      raw[question.id] = typed.lines
    } else if (question.type === 'account_number') {
      raw[question.id] = value as string
      raw[againField(question)] = value as string
    } else if (question.type === 'phone') {
      raw[question.id] = showPhone(value as string, question.country)
    } else raw[question.id] = value as string | string[]
  }
  return raw
}
