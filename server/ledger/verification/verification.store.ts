import type { Tx } from '../../db/connections'

/** Reads for checking the whole ledger: everything comes in pieces, in the order of a primary key. */

/**
 * How the statements of this transaction are planned from now on: a piece has to be looked up row by row,
 * because a plan that reads a whole table for it would read that table once a piece; what compares whole
 * tables has to read each once.
 */
export async function planFor(tx: Tx, what: 'pieces' | 'whole tables'): Promise<void> {
  const whole = what === 'whole tables' ? 'on' : 'off'
  for (const setting of ['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan']) {
    await tx.raw(`set local ${setting} = ${whole}`)
  }
}

export interface LeafRow {
  index: number
  entry_id: string
  leaf_hash: Buffer
  /** null when the entry is gone */
  kind: string | null
  entry: string | null
  at: Date | null
  claim_id: string | null
  private: string | null
  salt: Buffer | null
}

export async function selectLeaves(
  tx: Tx,
  { from, limit }: { from: number; limit: number },
): Promise<LeafRow[]> {
  const found = await tx.raw<{ rows: LeafRow[] }>(
    `select l.index, l.entry_id, l.leaf_hash, e.kind, e.entry, e.at, p.claim_id, p.private, s.salt
     from (select * from ledger_leaves where index >= ? order by index limit ?) l
     left join ledger_entries e on e.id = l.entry_id
     left join ledger_private p on p.entry_id = l.entry_id
     left join ledger_salts s on s.entry_id = l.entry_id
     order by l.index`,
    [from, limit],
  )
  return found.rows
}

/** Entries that are neither in the tree nor waiting for it. */
export async function selectUnplaced(tx: Tx, limit: number): Promise<string[]> {
  const found = await tx.raw<{ rows: { id: string }[] }>(
    `select e.id from ledger_entries e
     left join ledger_leaves l on l.entry_id = e.id
     left join ledger_pending p on p.entry_id = e.id
     where l.entry_id is null and p.entry_id is null
     order by e.id limit ?`,
    [limit],
  )
  return found.rows.map(({ id }) => id)
}

/** The claims of one opening, sorted. */
export async function selectOpened(tx: Tx, entryId: string): Promise<string[]> {
  return tx('opening_claims').where({ entry_id: entryId }).orderBy('claim_id').pluck('claim_id')
}

/** The claims of openings of one claim each, which most are. */
export async function selectOpenedOnes(
  tx: Tx,
  entryIds: string[],
): Promise<{ entry_id: string; claim_id: string }[]> {
  return tx('opening_claims')
    .whereRaw('entry_id = any(?::uuid[])', [entryIds])
    .select<{ entry_id: string; claim_id: string }[]>('entry_id', 'claim_id')
}

export async function wasErased(tx: Tx, claimId: string): Promise<boolean> {
  const row = await tx('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .where({ 'p.claim_id': claimId, 'e.kind': 'claim.erased' })
    .first('p.entry_id')
  return row !== undefined
}

export interface TileRow {
  level: number
  index: number
  hashes: Buffer
}

export async function selectTiles(
  tx: Tx,
  wanted: { level: number; index: number }[],
): Promise<TileRow[]> {
  const found = await tx.raw<{ rows: TileRow[] }>(
    `select t.level, t.index, t.hashes
     from unnest(cast(? as smallint[]), cast(? as bigint[])) as wanted (level, index)
     join ledger_tiles t using (level, index)`,
    [wanted.map(({ level }) => level), wanted.map(({ index }) => index)],
  )
  return found.rows
}

export async function countTiles(tx: Tx): Promise<number> {
  const [row] = await tx('ledger_tiles').count<{ count: number }[]>()
  return row!.count
}

export async function selectCounts(
  tx: Tx,
): Promise<{ type: string; matter: string; day: string; count: number }[]> {
  return tx('ledger_counts').select('type', 'matter', 'day', 'count')
}

export interface CheckedClaim {
  id: string
  state: string
  version: number
}

export async function selectClaims(
  tx: Tx,
  { after, limit }: { after: string; limit: number },
): Promise<CheckedClaim[]> {
  return tx('claims')
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .select<CheckedClaim[]>('id', 'state', 'version')
}

export async function countClaims(tx: Tx): Promise<number> {
  const [row] = await tx('claims').count<{ count: number }[]>()
  return row!.count
}

export interface ClaimEntry {
  claim_id: string
  entry_id: string
  kind: string
  private: string
  /** place in the tree; null while it waits for one */
  index: number | null
}

/** The entries about some claims that are more than looks at them, in no order. */
export async function selectClaimEntries(tx: Tx, claimIds: string[]): Promise<ClaimEntry[]> {
  const found = await tx.raw<{ rows: ClaimEntry[] }>(
    `select p.claim_id, p.entry_id, e.kind, p.private, l.index
     from ledger_private p
     join ledger_entries e on e.id = p.entry_id
     left join ledger_leaves l on l.entry_id = p.entry_id
     where p.claim_id = any(cast(? as uuid[])) and e.kind <> 'claim.opened'`,
    [claimIds],
  )
  return found.rows
}

/** Entries that wait for their place, in the order in which they will get it. */
export async function selectPending(tx: Tx, limit: number): Promise<string[]> {
  return tx('ledger_pending').orderBy('seq').limit(limit).pluck('entry_id')
}

export interface RecordHash {
  claim_id: string
  version: number
  /** of the ciphertext that is there, computed now */
  sha256: Buffer
}

export async function selectRecordHashes(tx: Tx, claimIds: string[]): Promise<RecordHash[]> {
  const found = await tx.raw<{ rows: RecordHash[] }>(
    `select claim_id, version, sha256(ciphertext) as sha256 from sealed_records
     where claim_id = any(cast(? as uuid[]))`,
    [claimIds],
  )
  return found.rows
}

/** What was signed for each claim and still stands, by pack: the hash of what is sealed. */
export async function selectPackHashes(
  tx: Tx,
  claimIds: string[],
): Promise<{ claim_id: string; id: string; sha256: Buffer }[]> {
  const found = await tx.raw<{ rows: { claim_id: string; id: string; sha256: Buffer }[] }>(
    `select claim_id, id, coalesce(sha256(ciphertext), sha256) as sha256 from authority_packs
     where claim_id = any(cast(? as uuid[]))`,
    [claimIds],
  )
  return found.rows
}

/** Claims that the ledger knows as filed and the table of claims does not know. */
export async function selectMissingClaims(tx: Tx, limit: number): Promise<string[]> {
  const found = await tx.raw<{ rows: { claim_id: string }[] }>(
    `select p.claim_id from ledger_entries e
     join ledger_private p on p.entry_id = e.id
     left join claims c on c.id = p.claim_id
     where e.kind = 'claim.filed' and c.id is null
     order by p.claim_id limit ?`,
    [limit],
  )
  return found.rows.map(({ claim_id }) => claim_id)
}
