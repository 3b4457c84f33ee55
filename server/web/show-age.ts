import type { Language } from './languages'

const minuteMs = 60_000

/** "3시간", "2 days": how long (in ms) as a person would say it, in one unit and rounded down. */
export function showAge(ms: number, lang: Language): string {
  const minutes = Math.max(0, Math.floor(ms / minuteMs))
  const [value, unit] =
    minutes < 90
      ? [minutes, 'minute']
      : minutes < 48 * 60
        ? [Math.floor(minutes / 60), 'hour']
        : [Math.floor(minutes / (24 * 60)), 'day']
  return new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
}
