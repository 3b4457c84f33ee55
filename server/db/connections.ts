import knex, { type Knex } from 'knex'
import { types } from 'pg'

/** A pool of connections of one login. */
export type Db = Knex
/** One transaction of it; verbs that write take this. */
export type Tx = Knex.Transaction

export interface ConnectOptions {
  /** Most connections of this pool. */
  poolMax: number
  /** Shows in pg_stat_activity. */
  applicationName: string
  /** Wait for a free connection, in milliseconds. */
  acquireMs?: number
}

/**
 * Opens a pool; no connection is made before the first query. `date` is read as its text, because
 * node-postgres would make a local midnight of it and shift the day east of UTC; `int8` is read as a number.
 */
export function connect(url: string, options: ConnectOptions): Db {
  return knex({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: options.applicationName,
      keepAlive: true,
      types: { getTypeParser },
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: options.poolMax },
    acquireConnectionTimeout: options.acquireMs ?? 5_000,
    // What goes wrong is thrown as well; knex would print it past the log, with what was in it.
    log: { warn: silent, error: silent, deprecate: silent, debug: silent },
  })
}

/**
 * Runs `work` in a transaction that row-level policies see as `actorId` (a staff account or a claim);
 * without it they show nothing.
 */
export async function asActor<T>(
  db: Db,
  actorId: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  if (actorId === '') throw new Error('asActor needs an actor')
  return db.transaction(async (tx) => {
    await tx.raw(`select set_config('joinder.actor', ?, true)`, [actorId])
    return work(tx)
  })
}

const silent = () => {}

const oidInt8 = 20
const oidDate = 1082

function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === oidDate) return (text: string) => text
  if (oid === oidInt8) return safeInteger
  return types.getTypeParser(oid, format as 'text')
}

function safeInteger(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) {
    throw new RangeError('int8 beyond 2^53 read from the database; select it as text')
  }
  return number
}
