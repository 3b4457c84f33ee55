import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { watchedKeys, type WatchedKey } from '../vault/key-fingerprints'
import * as store from './keys.store'

const dayMs = 24 * 3600_000

export interface KeyAge {
  name: WatchedKey
  /** since when it is known to be in use; null: no process with it has started since this is noted */
  since: Date | null
  /**
   * How that is known. `rotated`: the ledger tells of the exchange; `replaced`: another key was seen before it;
   * `seen`: it was there when the first one was noted, and may be older.
   */
  how: 'rotated' | 'replaced' | 'seen' | 'unknown'
  /** full days */
  days: number | null
  tooOld: boolean
}

/** The age of every key, as far as it can be known, the oldest first. */
export async function listKeyAges(
  { db, clock, config }: { db: Db; clock: Clock; config: { limits: { keyMaxDays: number } } },
  actorId: string,
): Promise<KeyAge[]> {
  return asActor(db, actorId, async (tx) => {
    const seen = await store.selectKeysSeen(tx)
    const rotated = rotationsByName(await store.selectRotations(tx, 200))
    const now = clock.now().getTime()
    const ages = watchedKeys.map((name): KeyAge => {
      const prints = seen.filter((one) => one.name === name)
      const known = sinceOf(prints, rotated.get(name))
      const days = known.since && Math.max(0, Math.floor((now - known.since.getTime()) / dayMs))
      return { name, ...known, days, tooOld: days !== null && days > config.limits.keyMaxDays }
    })
    return ages.toSorted((a, b) => (b.days ?? Infinity) - (a.days ?? Infinity))
  })
}

function sinceOf(
  prints: store.KeySeenRow[],
  rotatedAt: Date | undefined,
): Pick<KeyAge, 'since' | 'how'> {
  const current = prints[0]
  const first = current?.first_seen_at ?? null
  if (rotatedAt && (first === null || rotatedAt >= first)) {
    return { since: rotatedAt, how: 'rotated' }
  }
  if (first === null) return { since: null, how: 'unknown' }
  const earlier = prints.slice(1).some((one) => one.first_seen_at < first)
  return { since: first, how: earlier ? 'replaced' : 'seen' }
}

/** The newest rotation of each key; an entry names it by its setting (`VAULT_KEY`) or shortly (`vault`). */
function rotationsByName(rows: store.RotationRow[]): Map<WatchedKey, Date> {
  const found = new Map<WatchedKey, Date>()
  for (const row of rows) {
    const { key } = JSON.parse(row.private) as { key?: unknown }
    const name = watchedKeys.find(
      (one) => one === key || one === `${String(key).toUpperCase()}_KEY`,
    )
    if (name && !found.has(name)) found.set(name, row.at)
  }
  return found
}
