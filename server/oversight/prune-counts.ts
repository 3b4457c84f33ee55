import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { deleteCounts } from './alerts.store'

const keptMs = 2 * 24 * 3600_000

/** Deletes counters whose window is over: none is longer than a day. */
export async function pruneCounts({ db, clock }: { db: Db; clock: Clock }): Promise<void> {
  await deleteCounts(db, new Date(clock.now().getTime() - keptMs))
}
