import type { AppDeps } from './deps'
import { Problem } from '../kernel/problem'
import { dailyDigest } from './rate-limit'

export interface GrowingWait {
  /**
   * Counts a try before it is known whether it is right, so that fifty at once are fifty.
   * @throws Problem too_many_requests while the subject has to wait
   */
  consume(subject: string): Promise<void>
  /** Forgets what was counted, after a right try. */
  forgive(subject: string): Promise<void>
}

/**
 * So many `free` tries, then a wait before each further one that doubles from `firstSeconds` to
 * `mostSeconds`: never for good. Kept in the database, for all processes, by keyed hashes that change
 * daily.
 */
export function growingWait(
  deps: Pick<AppDeps, 'config' | 'db' | 'clock'>,
  options: { name: string; free: number; firstSeconds: number; mostSeconds: number },
): GrowingWait {
  const { db, clock } = deps
  const { name, free, firstSeconds, mostSeconds } = options
  const keyOf = (subject: string) => dailyDigest(deps, `wait ${name}\0${subject}`)

  return {
    async consume(subject) {
      const key = keyOf(subject)
      const now = clock.now()
      const counted = await db.raw<{ rowCount: number }>(
        `insert into growing_waits as w (key, failures, until_at, seen_at)
         values (:key, 1, null, cast(:now as timestamptz))
         on conflict (key) do update set
           failures = w.failures + 1,
           until_at = case when w.failures + 1 >= :free then cast(:now as timestamptz)
             + least(:most, :first * 2 ^ least(w.failures + 1 - :free, 20)) * interval '1 second' end,
           seen_at = excluded.seen_at
         where w.until_at is null or w.until_at <= cast(:now as timestamptz)`,
        { key, now, free, first: firstSeconds, most: mostSeconds },
      )
      if (counted.rowCount === 1) return
      const row = await db('growing_waits')
        .where({ key })
        .first<{ until_at: Date | null }>('until_at')
      const leftMs = (row?.until_at?.getTime() ?? 0) - now.getTime()
      throw new Problem('too_many_requests', {
        retryAfterSeconds: Math.max(1, Math.ceil(leftMs / 1000)),
      })
    },
    async forgive(subject) {
      // Yesterday's keys are never asked for again.
      const old = new Date(clock.now().getTime() - 2 * 24 * 3600 * 1000)
      await db('growing_waits')
        .where({ key: keyOf(subject) })
        .orWhere('seen_at', '<', old)
        .delete()
    },
  }
}
