import type { Db } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import * as store from './changes.store'

/** Asks again for changes whose job was lost, or failed too often: nothing stays pending for ever. */
export async function redriveChanges({
  db,
  clock,
  config,
}: {
  db: Db
  clock: Clock
  config: { limits: { redriveMs: number; sweepRows: number } }
}): Promise<void> {
  const { redriveMs, sweepRows } = config.limits
  const before = new Date(clock.now().getTime() - redriveMs)
  await db.transaction((tx) => store.redriveChanges(tx, before, sweepRows))
}
