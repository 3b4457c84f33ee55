import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import * as store from './authority-worker.store'

/** Asks again for papers, signatures and guardians' mails whose job was lost: nothing stays pending for ever. */
export async function redriveAuthority(deps: {
  db: Db
  clock: Clock
  config: { limits: { redriveMs: number; sweepRows: number } }
}): Promise<void> {
  const { redriveMs, sweepRows } = deps.config.limits
  const before = new Date(deps.clock.now().getTime() - redriveMs)
  await deps.db.transaction((tx) => store.redriveAuthority(tx, before, sweepRows))
}
