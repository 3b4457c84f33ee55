import { isId } from '../kernel/ids'
import { containsResidentNumber } from '../matters/forms/resident-number'
import { lengthOf, oneLine, severalLines } from '../matters/forms/text'
import type { NewsTexts } from './news.store'

/** In the order in which the form asks for them. */
const fields = ['title_ko', 'text_ko', 'title_en', 'text_en'] as const
export type NewsField = (typeof fields)[number]

/** What was typed, to be shown again. */
export type TypedNews = NewsTexts & { id: string; matter: string }

export type NewsError = 'missing' | 'long' | 'resident_number' | 'matter'

export type ParsedNews =
  | { ok: true; id: string; matterId: string; texts: NewsTexts }
  | { ok: false; typed: TypedNews; errors: Partial<Record<NewsField | 'matter', NewsError>> }

/**
 * News as it was sent: both languages, title on one line, text in lines and paragraphs. A resident
 * registration number is refused, and not shown again.
 * @param matterIds those that may be chosen
 */
export function parseNews(
  body: Record<string, unknown>,
  matterIds: readonly string[],
  limits: { newsTitleChars: number; newsTextChars: number },
): ParsedNews {
  const typed = typedNews(body)
  const errors: Partial<Record<NewsField | 'matter', NewsError>> = {}
  if (!matterIds.includes(typed.matter)) errors.matter = 'matter'
  const texts = { ...typed }
  for (const field of fields) {
    const title = field.startsWith('title')
    const error = fieldError(typed[field], title ? limits.newsTitleChars : limits.newsTextChars)
    if (error) errors[field] = error
    if (error === 'resident_number') typed[field] = ''
    texts[field] = title ? oneLine(typed[field]) : severalLines(typed[field])
  }
  const { id, matter, ...kept } = texts
  if (Object.keys(errors).length > 0 || !isId(id)) return { ok: false, typed, errors }
  return { ok: true, id, matterId: matter, texts: kept }
}

export function typedNews(body: Record<string, unknown>): TypedNews {
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : '')
  return {
    id: text('id'),
    matter: text('matter'),
    title_ko: text('title_ko'),
    title_en: text('title_en'),
    text_ko: text('text_ko'),
    text_en: text('text_en'),
  }
}

function fieldError(raw: string, most: number): NewsError | undefined {
  if (containsResidentNumber(raw)) return 'resident_number'
  const text = severalLines(raw)
  if (text === '') return 'missing'
  return lengthOf(text) > most ? 'long' : undefined
}
