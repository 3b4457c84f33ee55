import type { Db } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import type { Limits } from '../../limits'
import { isAgreed, isOver } from './change-state'
import { stopEmailChange } from './stop-email-change'
import * as store from './worker.store'

interface UpkeepDeps {
  db: Db
  clock: Clock
  config: { limits: Limits }
}

const hourMs = 60 * 60 * 1000

/** Ends changes that nobody confirmed or approved in time. @returns how many it took up */
export async function expireEmailChanges({ db, clock, config }: UpkeepDeps): Promise<number> {
  const now = clock.now()
  const { sweepRows, emailChangeAnswerHours } = config.limits
  const ids = await store.selectExpired(db, now, sweepRows)
  for (const id of ids) {
    await db.transaction(async (tx) => {
      const change = await store.lockEmailChange(tx, { id })
      // Confirmed at the last moment.
      if (change && !isOver(change) && !isAgreed(change)) {
        await stopEmailChange(tx, now, change, 'time')
      }
    })
  }
  const before = new Date(now.getTime() - emailChangeAnswerHours * hourMs)
  await db.transaction((tx) => store.deleteOldAnswers(tx, before))
  return ids.length
}

/** Asks for what is due: most of all changes whose holding time is over, and whatever a lost job left undone. */
export async function redriveEmailChanges({ db, clock, config }: UpkeepDeps): Promise<void> {
  const now = clock.now()
  const { redriveMs, sweepRows, mailBackoffMaxMs, mailAttempts } = config.limits
  const before = new Date(now.getTime() - redriveMs)
  // No mail is tried for longer than that.
  const given = new Date(now.getTime() - mailBackoffMaxMs * mailAttempts)
  await db.transaction(async (tx) => {
    await store.askForDue(tx, now, sweepRows)
    await store.redriveEmailChanges(tx, before, sweepRows)
    await store.deleteLeftAddresses(tx, given)
  })
}
