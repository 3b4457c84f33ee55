import { tellAdministrators } from '../accounts/tell-administrators'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { once } from '../outbox/effects'
import { selectAlert } from './alerts.store'

/** Queues a mail about an alert to every active administrator, once. */
export async function tellOfAlert(
  { db, clock }: { db: Db; clock: Clock },
  alertId: string,
): Promise<void> {
  await db.transaction(async (tx) => {
    const alert = await selectAlert(tx, alertId)
    if (!alert) throw new Error('an alert is to be told of that is not stored')
    await once(tx, `alert:${alertId}`, () =>
      tellAdministrators(tx, { template: 'alert', subjectId: alertId, at: clock.now() }),
    )
  })
}
