import type { Tx } from '../db/connections'
import type { JobName, Payload } from './intents'

/** Rows that a job handles one by one, and by which name its payload calls a row's id. */
export interface Handled<Name extends JobName> {
  table: string
  /** null until the row was handled */
  doneAt?: 'handled_at' | 'answered_at'
  job: Name
  key: keyof Payload<Name> & string
}

/**
 * Asks again, in the outbox, for what a lost job left undone: rows made before then that nobody has handled, the
 * oldest first.
 */
export async function redrive<Name extends JobName>(
  tx: Tx,
  { table, doneAt = 'handled_at', job, key }: Handled<Name>,
  before: Date,
  limit: number,
): Promise<void> {
  await tx.raw(
    `insert into outbox (job, payload, created_at)
     select cast(? as text), jsonb_build_object(cast(? as text), id), now() from (
       select id from ?? where ?? is null and created_at < ?
       order by created_at limit ?) stuck`,
    [job, key, table, doneAt, before, limit],
  )
}
