import type { Lang } from '../form-schema'
import en from '../../web/languages/en/matters.json'
import ko from '../../web/languages/ko/matters.json'

/**
 * The sentences of the form engine, from the language files. Read here directly because parsing also
 * happens where no page is drawn (a job, a command), and must say the same.
 */
export type FieldWord = keyof typeof ko.field

/**
 * Sentences that do not say what they are about. Beside their field that is clear; a list of errors has
 * to put the question before them.
 */
const vagueWords: ReadonlySet<FieldWord> = new Set<FieldWord>([
  'missing',
  'choose',
  'choose_some',
  'none_alone',
  'too_long',
  'date',
  'date_none',
  'date_century',
  'date_future',
  'date_late',
  'date_early',
  'amount_krw',
  'amount_usd',
  'amount_low',
  'amount_high',
  'resident_number',
])

/** What is wrong with a field, in the reader's language. */
export interface Complaint {
  sentence: string
  /** it does not name the question */
  vague: boolean
}

/** One of the general sentences as a complaint. */
export function complaint(
  lang: Lang,
  key: FieldWord,
  values: Record<string, string | number> = {},
): Complaint {
  return { sentence: fieldWords(lang, key, values), vague: vagueWords.has(key) }
}

export function fieldWords(
  lang: Lang,
  key: FieldWord,
  values: Record<string, string | number> = {},
): string {
  const text = (lang === 'ko' ? ko : en).field[key]
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ''))
}
