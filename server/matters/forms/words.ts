import type { Lang } from '../form-schema'
import en from '../../web/languages/en/matters.json'
import ko from '../../web/languages/ko/matters.json'

/**
 * The sentences of the form engine, from the language files. Read here directly because parsing also
 * happens where no page is drawn (a job, a command), and must say the same.
 */
export type FieldWord = keyof typeof ko.field

export function fieldWords(
  lang: Lang,
  key: FieldWord,
  values: Record<string, string | number> = {},
): string {
  const text = (lang === 'ko' ? ko : en).field[key]
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ''))
}
