import { listCounsel } from '../accounts/list-counsel'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { queueMail } from '../mail/queue-mail'
import * as store from './recalls.store'

/**
 * Mails the people of each firm that claims they have were withdrawn or are no longer accepted: one mail
 * for whatever has come together, and not more often than `recallMailMs`.
 */
export async function tellFirms({
  db,
  clock,
  config,
}: {
  db: Db
  clock: Clock
  config: { limits: { recallMailMs: number; sweepRows: number } }
}): Promise<void> {
  const now = clock.now()
  const before = new Date(now.getTime() - config.limits.recallMailMs)
  const firms = await store.selectUntoldFirms(db, before, config.limits.sweepRows)
  for (const { firm_id: firmId } of firms) {
    await db.transaction(async (tx) => {
      const counsel = await listCounsel(tx, firmId)
      // Told once somebody is there to be told.
      if (counsel.length === 0) return
      const subjectId = await store.updateTold(tx, firmId, now)
      if (subjectId === undefined) return
      for (const { id: personId, language } of counsel) {
        await queueMail(tx, { template: 'recall', personId, subjectId, language, at: now })
      }
    })
  }
}
