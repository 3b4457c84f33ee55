import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import * as store from './leaks.store'

const dayMs = 24 * 3600_000

/**
 * Deletes the claims of lists that have been kept long enough; what they counted stays.
 * @returns how many rows it deleted; as many as `sweepRows` means there may be more
 */
export function expireLeakLists({
  db,
  clock,
  config,
}: {
  db: Db
  clock: Clock
  config: { limits: { leakListDays: number; sweepRows: number } }
}): Promise<number> {
  const { leakListDays, sweepRows } = config.limits
  const before = new Date(clock.now().getTime() - leakListDays * dayMs)
  return db.transaction((tx) => store.deleteOldClaims(tx, before, sweepRows))
}
