import type { Db, Tx } from '../db/connections'

/** The tables of the tree. All hashes are 32 bytes. */

export interface HeadRow {
  size: number
  /** roots of the complete subtrees, largest first */
  peaks: Buffer[]
}

/** The head, locked until the transaction ends; nothing while another process places entries. */
export async function lockHead(tx: Tx): Promise<HeadRow | undefined> {
  const row = await tx('ledger_head')
    .forUpdate()
    .skipLocked()
    .first<{ size: number; peaks: Buffer } | undefined>('size', 'peaks')
  return row && { size: row.size, peaks: splitHashes(row.peaks) }
}

export async function selectSize(db: Db | Tx): Promise<number> {
  const row = await db('ledger_head').first<{ size: number }>('size')
  return row.size
}

export async function updateHead(tx: Tx, { size, peaks }: HeadRow): Promise<void> {
  await tx('ledger_head').update({ size, peaks: Buffer.concat(peaks) })
}

export interface OriginRow {
  id: number
  origin: string
  public_key: Buffer
  opened_at: Date
  from_size: number
  previous: string | null
}

const originColumns = ['id', 'origin', 'public_key', 'opened_at', 'from_size', 'previous'] as const

/** Every name the log has had, the newest last. */
export async function selectOrigins(db: Db | Tx): Promise<OriginRow[]> {
  return db('ledger_origins')
    .orderBy('id')
    .select<OriginRow[]>(...originColumns)
}

export async function selectNewestOrigin(db: Db | Tx): Promise<OriginRow | undefined> {
  return db('ledger_origins')
    .orderBy('id', 'desc')
    .first<OriginRow | undefined>(...originColumns)
}

export async function insertOrigin(tx: Tx, row: OriginRow): Promise<void> {
  await tx('ledger_origins').insert(row)
}

export interface CheckpointRow {
  origin_id: number
  size: number
  note: string
  signed_at: Date
}

/** The newest checkpoint under a name. */
export async function selectNewestCheckpoint(
  db: Db | Tx,
  originId: number,
): Promise<CheckpointRow | undefined> {
  return db('ledger_checkpoints')
    .where({ origin_id: originId })
    .orderBy('size', 'desc')
    .first<CheckpointRow | undefined>('origin_id', 'size', 'note', 'signed_at')
}

/** Checkpoints under a name that are larger than `size`, smallest first. */
export async function selectCheckpointsAfter(
  tx: Tx,
  { originId, size, limit }: { originId: number; size: number; limit: number },
): Promise<CheckpointRow[]> {
  return tx('ledger_checkpoints')
    .where({ origin_id: originId })
    .where('size', '>', size)
    .orderBy('size')
    .limit(limit)
    .select<CheckpointRow[]>('origin_id', 'size', 'note', 'signed_at')
}

/** The first checkpoint, under the oldest name that has one, of a tree that holds an entry, and its place. */
export async function selectFirstCheckpoint(
  tx: Tx,
  entryId: string,
): Promise<{ index: number; note: string; signed_at: Date } | undefined> {
  const found = await tx.raw<{ rows: { index: number; note: string; signed_at: Date }[] }>(
    `select l.index, c.note, c.signed_at from ledger_leaves l
     cross join ledger_origins o
     cross join lateral (select note, signed_at from ledger_checkpoints
       where origin_id = o.id and size > l.index order by size limit 1) c
     where l.entry_id = ? order by o.id limit 1`,
    [entryId],
  )
  return found.rows[0]
}

export async function insertCheckpoint(tx: Tx, row: CheckpointRow): Promise<void> {
  await tx('ledger_checkpoints').insert(row)
}

export interface PendingEntry {
  id: string
  /** public part, the bytes that are hashed */
  entry: string
}

/** Takes entries out of the waiting list, in the order they were appended. */
export async function takePending(tx: Tx, limit: number): Promise<PendingEntry[]> {
  const taken = await tx.raw<{ rows: PendingEntry[] }>(
    `with taken as (
       delete from ledger_pending
       where seq in (select seq from ledger_pending order by seq limit ?)
       returning seq, entry_id
     )
     select e.id, e.entry from taken t join ledger_entries e on e.id = t.entry_id order by t.seq`,
    [limit],
  )
  return taken.rows
}

export async function insertLeaves(
  tx: Tx,
  firstIndex: number,
  leaves: { id: string; leafHash: Buffer }[],
): Promise<void> {
  await tx.raw(
    `insert into ledger_leaves (index, entry_id, leaf_hash)
     select cast(:first as bigint) + n - 1, id, hash
     from unnest(cast(:ids as uuid[]), cast(:hashes as bytea[])) with ordinality as leaf (id, hash, n)`,
    {
      first: firstIndex,
      ids: leaves.map(({ id }) => id),
      hashes: leaves.map(({ leafHash }) => leafHash),
    },
  )
}

export interface TileGrowth {
  level: number
  index: number
  /** what is added at its end */
  hashes: Buffer
}

export async function growTiles(tx: Tx, growth: TileGrowth[]): Promise<void> {
  await tx.raw(
    `insert into ledger_tiles as tile (level, index, hashes)
     select * from unnest(cast(:levels as smallint[]), cast(:indexes as bigint[]), cast(:hashes as bytea[]))
     on conflict (level, index) do update set hashes = tile.hashes || excluded.hashes`,
    {
      levels: growth.map(({ level }) => level),
      indexes: growth.map(({ index }) => index),
      hashes: growth.map(({ hashes }) => hashes),
    },
  )
}

export async function selectTile(
  db: Db | Tx,
  level: number,
  index: number,
): Promise<Buffer | undefined> {
  const row = await db('ledger_tiles')
    .where({ level, index })
    .first<{ hashes: Buffer } | undefined>('hashes')
  return row?.hashes
}

export interface Count {
  type: string
  /** slug, or empty */
  matter: string
  /** YYYY-MM-DD, in Korea */
  day: string
  count: number
}

export async function addCounts(tx: Tx, counts: Count[]): Promise<void> {
  if (counts.length === 0) return
  await tx.raw(
    `insert into ledger_counts as known (type, matter, day, count)
     select * from unnest(cast(:types as text[]), cast(:matters as text[]), cast(:days as date[]),
       cast(:counts as bigint[]))
     on conflict (type, matter, day) do update set count = known.count + excluded.count`,
    {
      types: counts.map(({ type }) => type),
      matters: counts.map(({ matter }) => matter),
      days: counts.map(({ day }) => day),
      counts: counts.map(({ count }) => count),
    },
  )
}

/** Entries of one kind since the beginning, by matter; as many rows are read as there are matters and days. */
export async function selectTotals(
  db: Db | Tx,
  type: string,
): Promise<{ matter: string; count: number }[]> {
  const found = await db.raw<{ rows: { matter: string; count: number }[] }>(
    `select matter, cast(sum(count) as bigint) as count from ledger_counts where type = ? group by matter`,
    [type],
  )
  return found.rows
}

/** Entries of one kind a day, by matter, from a day in Korea on. */
export async function selectDays(
  db: Db | Tx,
  { type, since }: { type: string; since: string },
): Promise<Omit<Count, 'type'>[]> {
  return db('ledger_counts')
    .where({ type })
    .where('day', '>=', since)
    .select<Omit<Count, 'type'>[]>('matter', 'day', 'count')
}

/** Entries `first` up to `first + limit` in the order of the tree. */
export async function selectEntries(
  db: Db | Tx,
  { first, limit }: { first: number; limit: number },
): Promise<{ index: number; entry: string }[]> {
  return db('ledger_leaves as l')
    .join('ledger_entries as e', 'e.id', 'l.entry_id')
    .where('l.index', '>=', first)
    .where('l.index', '<', first + limit)
    .orderBy('l.index')
    .select<{ index: number; entry: string }[]>('l.index', 'e.entry')
}

/** Where an entry stands in the tree, once it does. */
export async function selectIndex(db: Db | Tx, entryId: string): Promise<number | undefined> {
  const row = await db('ledger_leaves')
    .where({ entry_id: entryId })
    .first<{ index: number } | undefined>('index')
  return row?.index
}

function splitHashes(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length / 32 }, (_, at) =>
    Buffer.from(bytes.subarray(at * 32, at * 32 + 32)),
  )
}
