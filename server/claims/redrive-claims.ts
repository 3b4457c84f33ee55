import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { deleteOldConfirmations, redriveConfirmations } from './confirmations.store'
import * as store from './worker.store'

const hourMs = 60 * 60 * 1000

/**
 * Asks again for screening, requests and confirmations whose job was lost, or failed too often: nothing
 * stays pending for ever. What was answered is forgotten after a day.
 */
export async function redriveClaims(deps: {
  db: Db
  clock: Clock
  config: { limits: { redriveMs: number; sweepRows: number; confirmationKeepHours: number } }
}): Promise<void> {
  const { redriveMs, sweepRows, confirmationKeepHours } = deps.config.limits
  const now = deps.clock.now().getTime()
  const before = new Date(now - redriveMs)
  await deps.db.transaction(async (tx) => {
    await store.redriveClaims(tx, before, sweepRows)
    await redriveConfirmations(tx, before, sweepRows)
    await deleteOldConfirmations(tx, new Date(now - confirmationKeepHours * hourMs))
  })
}
