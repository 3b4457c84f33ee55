import type { Db } from '../db/connections'
import { dayInKorea } from './count-entries'
import * as store from './ledger.store'

export interface LedgerPage {
  /** entries in the tree */
  size: number
  checkpoint: { note: string; signedAt: Date } | null
  /** claims registered so far, of all matters */
  claims: number
  /** one for each matter that has a claim */
  matters: Map<string, RegisteredClaims>
  /** the days that are counted, YYYY-MM-DD in Korea, today last */
  days: string[]
  /** the newest first */
  latest: PublicEntry[]
}

export interface RegisteredClaims {
  total: number
  /** by day, days without any left out */
  byDay: Map<string, number>
}

/** What an entry shows of itself. */
export interface PublicEntry {
  /** place in the tree */
  index: number
  at: Date
  type: string
  /** slug, where the kind names one */
  matter: string | null
}

const dayMs = 24 * 60 * 60 * 1000
const registered = 'claim.filed'

/**
 * What the ledger's page shows, all of one moment. Counts come from the counters that the sequencer
 * keeps; no entry is read but the newest few.
 */
export async function readLedgerPage(
  db: Db,
  { now, days, entries }: { now: Date; days: number; entries: number },
): Promise<LedgerPage> {
  const counted = Array.from({ length: days }, (_, at) =>
    dayInKorea(new Date(now.getTime() - (days - 1 - at) * dayMs)),
  )
  return db.transaction(
    async (tx) => {
      const size = await store.selectSize(tx)
      const origin = await store.selectNewestOrigin(tx)
      const newest = origin && (await store.selectNewestCheckpoint(tx, origin.id))
      const totals = await store.selectTotals(tx, registered)
      const byDay = await store.selectDays(tx, { type: registered, since: counted[0]! })
      const matters = totals.map(({ matter, count }): [string, RegisteredClaims] => {
        const own = byDay.filter((row) => row.matter === matter)
        return [
          matter,
          { total: count, byDay: new Map(own.map((row) => [row.day, row.count] as const)) },
        ]
      })
      const first = Math.max(0, size - entries)
      const latest = await store.selectEntries(tx, { first, limit: entries })
      return {
        size,
        checkpoint: newest ? { note: newest.note, signedAt: newest.signed_at } : null,
        claims: totals.reduce((sum, { count }) => sum + count, 0),
        matters: new Map(matters),
        days: counted,
        latest: latest.map(publicEntry).toReversed(),
      }
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  )
}

function publicEntry({ index, entry }: { index: number; entry: string }): PublicEntry {
  const { at, type, matter } = JSON.parse(entry) as { at: string; type: string; matter?: string }
  return { index, at: new Date(at), type, matter: matter ?? null }
}
