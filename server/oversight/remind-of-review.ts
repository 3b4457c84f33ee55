import { tellAdministrators } from '../accounts/tell-administrators'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { monthBefore, monthOf, overdueFrom } from './period'
import * as store from './reviews.store'

/** Mails every administrator, once, that nobody has reviewed the log of last month by its day. */
export async function remindOfReview({
  db,
  clock,
  config,
}: {
  db: Db
  clock: Clock
  config: { limits: { logReviewDay: number } }
}): Promise<void> {
  const now = clock.now()
  const month = monthBefore(monthOf(now))
  if (now < overdueFrom(month, config.limits.logReviewDay)) return
  await db.transaction(async (tx) => {
    const first = await store.selectFirstAccount(tx)
    // Nobody could have opened anything.
    if (!first || monthOf(first) > month) return
    if (await store.isReviewed(tx, month)) return
    const id = await store.takeReminder(tx, newId(now.getTime()), month, now)
    if (id === null) return
    await tellAdministrators(tx, { template: 'log-review-due', subjectId: id, at: now })
  })
}

/** The month that a reminder is about, or null once somebody has reviewed it. */
export async function monthToReview(db: Db, reminderId: string): Promise<string | null> {
  return db.transaction(async (tx) => {
    const month = await store.selectReminder(tx, reminderId)
    return month === undefined || (await store.isReviewed(tx, month)) ? null : month
  })
}
