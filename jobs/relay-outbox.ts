import type { Db } from '../server/db/connections'
import type { Limits } from '../server/limits'
import { isJobName, type JobName } from '../server/outbox/intents'
import type { Log } from '../server/web/log'
import type { Queues, QueueOptions } from './queue'

export interface RelayDeps {
  db: Db
  queues: Pick<Queues, 'add'>
  limits: Limits
  log: Log
  optionsOf: (job: JobName) => QueueOptions
}

/**
 * Hands waiting outbox rows to the queue, oldest first, and marks them. Several relays share the work:
 * each skips the rows another has locked. A relay that dies after handing over and before the commit
 * leaves rows that are handed over again; the job id `outbox-<id>` absorbs that, and effects do after
 * the job's row is gone.
 * @returns how many rows it handed over
 */
export async function relayOutbox(deps: RelayDeps): Promise<number> {
  const { db, limits } = deps
  return db.transaction(async (tx) => {
    const rows = await tx<{ id: number; job: string; payload: unknown; handed_at: Date | null }>(
      'outbox',
    )
      .whereNull('handed_at')
      .orderBy('id')
      .limit(limits.outboxBatchRows)
      .forUpdate()
      .skipLocked()
      .select('id', 'job', 'payload')
    for (const job of new Set(rows.map((row) => row.job))) {
      const group = rows.filter((row) => row.job === job)
      if (isJobName(job)) {
        const entries = group.map(({ id, payload }) => ({ id: `outbox-${id}`, data: payload }))
        await deps.queues.add(job, job, entries, deps.optionsOf(job))
      } else {
        // Written by another release; kept back it would stop everything behind it.
        deps.log.error({ job, rows: group.length }, 'the outbox names a job that does not exist')
      }
    }
    if (rows.length > 0) {
      const ids = rows.map((row) => row.id)
      await tx('outbox').whereIn('id', ids).update({ handed_at: tx.fn.now() })
    }
    return rows.length
  })
}

/** Deletes a portion of the rows handed over longer ago than the queue remembers their job ids. */
export async function pruneOutbox({ db, limits }: Pick<RelayDeps, 'db' | 'limits'>) {
  await db.raw(
    `delete from outbox where id in (
       select id from outbox where handed_at < now() - ? * interval '1 hour'
       order by handed_at limit ?)`,
    [limits.jobKeepHours, limits.outboxBatchRows * 10],
  )
}
