import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { deleteExpiredChecks, redriveChecks } from './notices.store'

interface UpkeepDeps {
  db: Db
  clock: Clock
  config: { limits: { sweepRows: number; redriveMs: number } }
}

/** Deletes checks past their time. @returns how many; as many as `sweepRows` means there may be more */
export async function expireNoticeChecks({ db, clock, config }: UpkeepDeps): Promise<number> {
  return deleteExpiredChecks(db, clock.now(), config.limits.sweepRows)
}

/** Asks again for checks whose job was lost. */
export async function redriveNoticeChecks({ db, clock, config }: UpkeepDeps): Promise<void> {
  const { redriveMs, sweepRows } = config.limits
  const before = new Date(clock.now().getTime() - redriveMs)
  await db.transaction((tx) => redriveChecks(tx, before, sweepRows))
}
