import type { Count } from './ledger.store'

const koreaAheadMs = 9 * 60 * 60 * 1000

/** The calendar day in Korea (UTC+9, no summer time) of a moment, as `YYYY-MM-DD`. */
export function dayInKorea(moment: Date): string {
  return new Date(moment.getTime() + koreaAheadMs).toISOString().slice(0, 10)
}

/** How many of these public parts name their kind, by kind, matter and day. */
export function countEntries(entries: string[]): Count[] {
  const counts = new Map<string, Count>()
  for (const text of entries) {
    const { type, matter = '', at } = JSON.parse(text) as Record<string, string>
    if (type === 'private') continue
    const day = dayInKorea(new Date(at!))
    const key = `${type} ${matter} ${day}`
    const known = counts.get(key) ?? { type: type!, matter, day, count: 0 }
    known.count += 1
    counts.set(key, known)
  }
  return [...counts.values()]
}
