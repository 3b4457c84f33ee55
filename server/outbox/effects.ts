import type { Db, Tx } from '../db/connections'

/**
 * Runs `work` once for ever under this key: the mark is written in the caller's transaction, so it
 * stands exactly when the work does. A second run at the same moment waits for the first one's commit
 * and then does nothing.
 * @returns whether this call did the work
 */
export async function once(tx: Tx, key: string, work: () => Promise<void>): Promise<boolean> {
  const marked = await tx.raw<{ rowCount: number }>(
    `insert into effects (key, done_at) values (?, now()) on conflict (key) do nothing`,
    [key],
  )
  if (marked.rowCount === 0) return false
  await work()
  return true
}

/** 'claimed': act now. 'held': another run acts, or died within its lease. 'done': nothing to do. */
export type EffectClaim = 'claimed' | 'held' | 'done'

/**
 * Takes an effect that no transaction can hold, such as handing a mail to a server, for `leaseMs`
 * milliseconds. Whoever claimed it calls `finishEffect` or `releaseEffect`; if it dies instead, the
 * next one may claim after the lease. Judged by the database's clock, so that hosts agree.
 */
export async function claimEffect(db: Db, key: string, leaseMs: number): Promise<EffectClaim> {
  const taken = await db.raw<{ rowCount: number }>(
    `insert into effects (key, claimed_until) values (:key, now() + :lease * interval '1 ms')
     on conflict (key) do update
       set claimed_until = excluded.claimed_until, attempts = effects.attempts + 1
       where effects.done_at is null
         and (effects.claimed_until is null or effects.claimed_until <= now())`,
    { key, lease: leaseMs },
  )
  if (taken.rowCount === 1) return 'claimed'
  const row = await db<{ key: string; done_at: Date | null }>('effects').where({ key }).first()
  return row?.done_at === null ? 'held' : 'done'
}

/** The keys with this beginning that somebody has claimed and whose lease still runs. */
export async function heldEffects(db: Db, beginning: string): Promise<Set<string>> {
  const rows = await db<{ key: string }>('effects')
    .whereLike('key', `${beginning}%`)
    .whereRaw('claimed_until > now()')
    .select('key')
  return new Set(rows.map(({ key }) => key))
}

/** Marks a claimed effect as done, best in the transaction that records its outcome. */
export async function finishEffect(db: Db | Tx, key: string): Promise<void> {
  await db('effects').where({ key }).update({ done_at: db.fn.now(), claimed_until: null })
}

/** Gives a claimed effect back because nothing happened, so that the next try need not wait. */
export async function releaseEffect(db: Db | Tx, key: string): Promise<void> {
  await db('effects').where({ key }).whereNull('done_at').update({ claimed_until: null })
}

/** Deletes marks older than any job that could ask for them. */
export async function pruneEffects(db: Db, days: number): Promise<void> {
  await db.raw(
    `delete from effects
     where coalesce(done_at, claimed_until) < now() - ? * interval '1 day'`,
    [days],
  )
}
