import type { Db, Tx } from '../db/connections'

export interface KeySeenRow {
  name: string
  fingerprint: Buffer
  first_seen_at: Date
  last_seen_at: Date
}

/** Through a function of the database, which takes the moment itself and no key that the login does not hold. */
export async function noteKey(db: Db, name: string, fingerprint: Buffer): Promise<void> {
  await db.raw('select note_key(?, ?)', [name, fingerprint])
}

/** The one that a process started with last comes first, for each name. */
export function selectKeysSeen(tx: Tx): Promise<KeySeenRow[]> {
  return tx('keys_seen')
    .orderBy([
      { column: 'name' },
      { column: 'last_seen_at', order: 'desc' },
      { column: 'first_seen_at', order: 'desc' },
    ])
    .select<KeySeenRow[]>('*')
}

export interface RotationRow {
  at: Date
  private: string
}

/** Rotations that the ledger tells of, the newest. */
export async function selectRotations(tx: Tx, limit: number): Promise<RotationRow[]> {
  const { rows } = await tx.raw<{ rows: RotationRow[] }>(
    `select e.at, p.private from ledger_entries e join ledger_private p on p.entry_id = e.id
     where e.kind = 'key.rotated' order by e.at desc, e.id desc limit ?`,
    [limit],
  )
  return rows
}
