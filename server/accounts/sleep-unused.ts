import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import { putToSleep } from './accounts.store'

const dayMs = 24 * 3600 * 1000

/**
 * Puts accounts to sleep that nobody used for `sleepDays`; an administrator wakes them. The administrator
 * who was here last stays awake: somebody has to.
 * @returns how many
 */
export async function sleepUnused({
  db,
  clock,
  config,
}: {
  db: Db
  clock: Clock
  config: { limits: { sleepDays: number } }
}): Promise<number> {
  const now = clock.now()
  const before = new Date(now.getTime() - config.limits.sleepDays * dayMs)
  return db.transaction(async (tx: Tx) => {
    const ids = await putToSleep(tx, before)
    for (const person of ids)
      await appendEntry(tx, now, { kind: 'person.asleep', private: { person } })
    return ids.length
  })
}
