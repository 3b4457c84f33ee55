import { dateFormat } from './date-formats'

// Browsers run this file too: they show moments as the server does.
const locales = { ko: 'ko-KR', en: 'en-US' } as const
type Language = keyof typeof locales

/**
 * "2026년 3월 13일 14:03 (한국 시간)": a moment for a person, and never without its zone, whose words stay
 * on one line.
 */
export function showMoment(moment: Date, lang: Language, timeZone: string): string {
  const text = dateFormat(locales[lang], {
    dateStyle: 'long',
    timeStyle: 'short',
    // Whether Korean gets 오후 or PM differs with the version of the runtime; 24 hours are read alike.
    ...(lang === 'ko' ? { hourCycle: 'h23' as const } : {}),
    timeZone,
  }).format(moment)
  return `${text} (${zoneName(moment, lang, timeZone).replaceAll(' ', '\u00a0')})`
}

function zoneName(moment: Date, lang: Language, timeZone: string): string {
  if (timeZone === 'Asia/Seoul') return lang === 'ko' ? '한국 시간' : 'Korea time'
  // Runtimes differ: "Coordinated Universal Time", "GMT".
  if (timeZone === 'UTC') return 'UTC'
  const parts = dateFormat(locales[lang], {
    timeZoneName: 'longGeneric',
    timeZone,
  }).formatToParts(moment)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone
}

/** "2026년 3월 13일": a calendar day, written `YYYY-MM-DD`, that belongs to no zone. */
export function showDay(day: string, lang: Language): string {
  return dateFormat(locales[lang], { dateStyle: 'long', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  )
}

/** "2026년 10월": a month, written `YYYY-MM`. */
export function showMonth(month: string, lang: Language): string {
  return dateFormat(locales[lang], {
    year: 'numeric',
    month: 'long',
    timeZone: 'UTC',
  }).format(new Date(`${month}-01T00:00:00Z`))
}
