import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import * as store from './worker.store'

/** Asks again for screening and requests whose job was lost, or failed too often: nothing stays pending for ever. */
export async function redriveClaims(deps: {
  db: Db
  clock: Clock
  config: { limits: { redriveMs: number; sweepRows: number } }
}): Promise<void> {
  const { redriveMs, sweepRows } = deps.config.limits
  const before = new Date(deps.clock.now().getTime() - redriveMs)
  await deps.db.transaction((tx) => store.redriveClaims(tx, before, sweepRows))
}
