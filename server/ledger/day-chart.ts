import { showDay } from '../web/show-moment'
import type { Language, Translate } from '../web/languages'
import type { RegisteredClaims } from './read-ledger-page'

/** The claims of one matter, drawn and in words. */
export interface DayChart {
  title: string
  /** claims since the beginning, in words */
  total: string
  /** whether there was ever one */
  any: boolean
  /** claims in the days shown, in words; null when there are none to draw */
  recent: string | null
  /** the picture in one sentence */
  alt: string
  /** scale from the top: full, half, 0 */
  ticks: string[]
  /** size of the drawing, in its own units */
  width: number
  height: number
  bars: { x: number; y: number; width: number; height: number; text: string }[]
  /** first and last day */
  ends: [string, string]
  /** days with claims, the newest first */
  rows: { day: string; count: string }[]
}

const step = 10
const barWidth = 7
const chartHeight = 100
/** A single claim among thousands is still seen. */
const leastHeight = 2

export function dayChart(
  { title, claims, days }: { title: string; claims: RegisteredClaims | undefined; days: string[] },
  t: Translate,
  lang: Language,
): DayChart {
  const number = new Intl.NumberFormat(lang)
  const short = shortDays(lang)
  const many = (count: number) => t('ledger:claims', { count, shown: number.format(count) })
  const counts = days.map((day) => ({ day, count: claims?.byDay.get(day) ?? 0 }))
  const sum = counts.reduce((all, { count }) => all + count, 0)
  const most = counts.reduce((best, one) => (one.count > best.count ? one : best))
  const top = scaleTop(most.count)
  const bars = counts.flatMap(({ day, count }, at) => {
    if (count === 0) return []
    const height = Math.max(leastHeight, (count / top) * chartHeight)
    const place = { x: at * step + (step - barWidth) / 2, y: chartHeight - height }
    return [{ ...place, width: barWidth, height, text: `${short(day)}: ${many(count)}` }]
  })
  return {
    title,
    total: many(claims?.total ?? 0),
    any: claims !== undefined,
    recent: sum > 0 ? many(sum) : null,
    alt: t('ledger:chart.alt', {
      title,
      days: days.length,
      sum: many(sum),
      mostDay: short(most.day),
      most: many(most.count),
      today: many(counts.at(-1)!.count),
    }),
    ticks: [top, top / 2, 0].map((value) => number.format(value)),
    width: days.length * step,
    height: chartHeight,
    bars,
    ends: [short(days[0]!), short(days.at(-1)!)],
    rows: counts
      .filter(({ count }) => count > 0)
      .map(({ day, count }) => ({ day: showDay(day, lang), count: number.format(count) }))
      .toReversed(),
  }
}

const roundTops = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8]

/** The end of a scale that holds `most`: round, and a whole number when halved. */
function scaleTop(most: number): number {
  for (let unit = 1; ; unit *= 10) {
    const fitting = roundTops
      .map((one) => Math.round(one * unit))
      .find((top) => top >= most && top % 2 === 0)
    if (fitting !== undefined) return fitting
  }
}

function shortDays(lang: Language): (day: string) => string {
  const month = lang === 'ko' ? 'long' : 'short'
  const format = new Intl.DateTimeFormat(lang, { month, day: 'numeric', timeZone: 'UTC' })
  return (day) => format.format(new Date(`${day}T00:00:00Z`))
}
