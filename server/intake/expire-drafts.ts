import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'

/**
 * Deletes drafts past their date, and the copies that stay for a day after filing.
 * @returns how many it deleted; as many as `sweepRows` means there may be more
 */
export async function expireDrafts(deps: {
  db: Db
  clock: Clock
  config: { limits: { sweepRows: number } }
}): Promise<number> {
  const due = deps
    .db('drafts')
    .where('expires_at', '<', deps.clock.now())
    .orderBy('expires_at')
    .limit(deps.config.limits.sweepRows)
    .select('id')
  return deps.db('drafts').whereIn('id', due).delete()
}
