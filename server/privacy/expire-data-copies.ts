import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { deleteCopiesBefore } from '../vault/claimant-copies'

const dayMs = 24 * 60 * 60 * 1000

/** Deletes copies of people's data whose link has run out. @returns how many */
export async function expireDataCopies({
  db,
  clock,
  config,
}: {
  db: Db
  clock: Clock
  config: { limits: { dataCopyDays: number; sweepRows: number } }
}): Promise<number> {
  const { dataCopyDays, sweepRows } = config.limits
  const before = new Date(clock.now().getTime() - dataCopyDays * dayMs)
  return deleteCopiesBefore(db, 'data', before, sweepRows)
}
