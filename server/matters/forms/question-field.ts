import type { Lang, Question } from '../form-schema'
import { againField } from './bank-account'
import { showDay } from '../../web/show-moment'
import { beforeField } from './trades'
import { fieldNames, type FieldErrors, type RawFields } from './parse-question'
import { fieldWords } from './words'

/** A question as a view draws it: which partial of views/partials, and what it gets. */
export interface QuestionField {
  partial: string
  f: Record<string, unknown>
  /** Drawn so that it shows only after some answers to an earlier question of the same page. */
  when?: { question: string; is: string[] }
}

const autocomplete: Partial<Record<NonNullable<Question['role']>, string>> = {
  name: 'name',
  email: 'email',
  phone: 'tel',
  birth_date: 'bday',
  // A browser would fill in whoever holds the phone.
  guardian_name: 'off',
  guardian_email: 'off',
}

/** Binds a question to what was typed, or kept, and to what is wrong with it. */
export function questionField(
  question: Question,
  {
    raw,
    errors,
    lang,
    onPage,
  }: {
    raw: RawFields
    errors: FieldErrors
    lang: Lang
    /** ids of the questions of the same page */
    onPage: ReadonlySet<string>
  },
): QuestionField {
  const { id } = question
  const common = {
    name: id,
    label: question.label[lang],
    optional: !question.required,
    value: raw[id],
    error: errors[id]?.sentence,
    ...hintOf(question, lang),
    ...(question.role && autocomplete[question.role]
      ? { autocomplete: autocomplete[question.role] }
      : {}),
  }
  const [partial, f] = drawn(question, common, { raw, errors, lang })
  const { when } = question
  return { partial, f, ...(when && onPage.has(when.question) ? { when } : {}) }
}

function sentencesOf(errors: FieldErrors): Record<string, string> {
  return Object.fromEntries(Object.entries(errors).map(([name, { sentence }]) => [name, sentence]))
}

/**
 * What is wrong on a step, for the list above its form, in the order of the page. A sentence that does
 * not say what it is about follows the question, or two would read the same.
 */
export function errorLines(questions: Question[], errors: FieldErrors, lang: Lang) {
  return questions.flatMap((question) =>
    fieldNames(question).flatMap((id) => {
      const wrong = errors[id]
      if (!wrong) return []
      if (!wrong.vague) return [{ id, message: wrong.sentence }]
      const label = question.label[lang]
      const joint = label.endsWith('?') ? ' ' : ': '
      return [{ id, message: `${label}${joint}${wrong.sentence}` }]
    }),
  )
}

/** Why we ask stands on a line of its own below the hint, or in its place. */
function hintOf(question: Question, lang: Lang): { hint?: string; why?: string } {
  const hint = question.hint?.[lang]
  const why = question.why?.[lang]
  if (hint === undefined) return why === undefined ? {} : { hint: why }
  return why === undefined ? { hint } : { hint, why }
}

const digits = { width: 'medium', inputmode: 'numeric', autocomplete: 'off' }

function drawn(
  question: Question,
  common: Record<string, unknown>,
  { raw, errors, lang }: { raw: RawFields; errors: FieldErrors; lang: Lang },
): [string, Record<string, unknown>] {
  switch (question.type) {
    case 'text':
      return ['text-input', { ...common, spellcheck: true }]
    case 'long_text':
      return ['textarea', { ...common, maxLength: question.maxLength }]
    case 'name':
      return [
        'text-input',
        { ...common, width: 'medium', ...(question.script === 'latin' ? { lang: 'en' } : {}) },
      ]
    case 'email':
      return ['email', common]
    case 'phone':
      return ['phone', common]
    case 'date':
      return ['date', common]
    case 'amount':
      return ['amount', { ...common, currency: question.currency }]
    case 'routing_number':
      // Digits, but no number: nothing is to be put between them, and no browser is to keep it.
      return ['text-input', { ...common, ...digits }]
    case 'account_number': {
      const name = againField(question)
      const label = fieldWords(lang, 'account_again_label')
      const again = { name, label, value: raw[name], error: errors[name]?.sentence }
      return ['account', { ...common, ...digits, again: { ...again, ...digits } }]
    }
    case 'yes_no':
      return ['yes-no', common]
    case 'choice':
    case 'choices': {
      const items = question.options.map((option) => ({
        value: option.id,
        text: option.label[lang],
        hint: option.hint?.[lang],
      }))
      // A long list of short options is quicker in one box than as a wall of cards.
      if (question.type === 'choice' && items.length > 8) return ['select', { ...common, items }]
      if (question.type === 'choice') return ['radios', { ...common, items }]
      return ['checkboxes', { ...common, items, none: question.none }]
    }
    case 'trades': {
      const before = beforeField(question)
      const held = { name: before, value: raw[before], error: errors[before]?.sentence }
      return ['trades', { ...common, before: held, from: showDay(question.from, lang) }]
    }
    case 'address':
      return [
        'address',
        { ...common, raw, errors: sentencesOf(errors), countries: question.countries },
      ]
  }
}
