import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import type { Limits } from '../limits'
import { redriveMails } from './mail.store'

/**
 * Hands mails to the queue again: deferred ones whose time has come, and those a lost job left behind.
 * The only retrying of mail there is.
 * @returns how many it handed on
 */
export async function sweepMails(deps: {
  db: Db
  clock: Clock
  config: { limits: Limits }
}): Promise<number> {
  const now = deps.clock.now()
  return deps.db.transaction((tx) => redriveMails(tx, now, deps.config.limits))
}
