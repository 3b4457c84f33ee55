import type { Count } from './ledger.store'
import { readJson } from './read-json'

const koreaAheadMs = 9 * 60 * 60 * 1000

/** The calendar day in Korea (UTC+9, no summer time) of a moment, as `YYYY-MM-DD`. */
export function dayInKorea(moment: Date): string {
  return new Date(moment.getTime() + koreaAheadMs).toISOString().slice(0, 10)
}

/**
 * How many of these public parts name their kind, by kind, matter and day. One that is no entry of ours is
 * not counted, and must not keep the others waiting.
 */
export function countEntries(entries: string[]): Count[] {
  const counts = new Map<string, Count>()
  for (const text of entries) {
    const { type, matter = '', at } = readJson(text) ?? {}
    if (typeof type !== 'string' || typeof matter !== 'string' || typeof at !== 'string') continue
    const moment = new Date(at)
    if (type === 'private' || Number.isNaN(moment.getTime())) continue
    const day = dayInKorea(moment)
    const key = `${type} ${matter} ${day}`
    const known = counts.get(key) ?? { type, matter, day, count: 0 }
    known.count += 1
    counts.set(key, known)
  }
  return [...counts.values()]
}
