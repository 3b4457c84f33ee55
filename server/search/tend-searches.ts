import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import type { Limits } from '../limits'
import { lapseSearch } from './answer-search'
import * as store from './search.store'

/**
 * Forgets, with what was typed, searches that nobody has answered in time: who is on the telephone has hung up.
 * @returns how many; as many as `sweepRows` means there may be more
 */
export async function tendSearches(deps: {
  db: Db
  clock: Clock
  config: { limits: Pick<Limits, 'searchWaitMinutes' | 'sweepRows'> }
}): Promise<number> {
  const { searchWaitMinutes, sweepRows } = deps.config.limits
  const now = deps.clock.now()
  const before = new Date(now.getTime() - searchWaitMinutes * 60_000)
  const late = await store.selectWaitingSince(deps.db, before, sweepRows)
  for (const id of late) {
    await deps.db.transaction(async (tx) => {
      const search = await store.lockWaiting(tx, id)
      if (search) await lapseSearch(tx, now, search, 'late')
    })
  }
  return late.length
}
