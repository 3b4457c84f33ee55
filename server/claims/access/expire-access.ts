import type { Db } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import * as store from './access-worker.store'

interface UpkeepDeps {
  db: Db
  clock: Clock
  config: { limits: { sweepRows: number; redriveMs: number } }
}

/**
 * Deletes requests, links and sessions past their time, and the copies that were open in them.
 * @returns how many it deleted; as many as `sweepRows` means there may be more
 */
export async function expireAccess({ db, clock, config }: UpkeepDeps): Promise<number> {
  return db.transaction((tx) => store.deleteExpired(tx, clock.now(), config.limits.sweepRows))
}

/** Asks again for requests whose job was lost. */
export async function redriveAccess({ db, clock, config }: UpkeepDeps): Promise<void> {
  const { redriveMs, sweepRows } = config.limits
  const before = new Date(clock.now().getTime() - redriveMs)
  await db.transaction((tx) => store.redriveAccess(tx, before, sweepRows))
}
