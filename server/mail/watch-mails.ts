import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import type { Limits } from '../limits'
import type { Log } from '../web/log'
import { selectOldestWaiting } from './mail.store'

/**
 * Writes a line to the log, for whatever alerts the operator, while the oldest mail that is still being
 * tried has waited too long: the mail server is away, or refuses all of it.
 */
export async function watchMails(deps: {
  db: Db
  clock: Clock
  log: Log
  config: { limits: Pick<Limits, 'mailAlertMs'> }
}): Promise<void> {
  const now = deps.clock.now()
  const oldest = await selectOldestWaiting(deps.db, now)
  const waitedMs = oldest === null ? 0 : now.getTime() - oldest.getTime()
  if (waitedMs <= deps.config.limits.mailAlertMs) return
  deps.log.error({ minutes: Math.floor(waitedMs / 60_000) }, 'mail is not going out')
}
