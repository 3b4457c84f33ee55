import type { Db, Tx } from '../db/connections'
import type { ClaimState } from '../claims/claim-state'
import type { Manifest } from './manifest'

/** The tables of this feature: batches, batch_claims, batch_passphrases, claims_to_deliver. */

export type BatchState = 'requested' | 'building' | 'complete' | 'failed'

export interface BatchRow {
  id: string
  matter_id: string
  firm_id: string
  number: number
  state: BatchState
  requested_by: string
  requested_at: Date
  /** of the file that is there, or is made for the first time */
  edition: number
  /** who asked last for the same claims in a new file */
  reissue_by: string | null
  reissue_at: Date | null
  claim_count: number | null
  done_count: number
  file_bytes: number | null
  file_sha256: Buffer | null
  manifest: Manifest | null
  failure: string | null
  completed_at: Date | null
  downloaded_at: Date | null
  /** of so many claims that somebody else had to agree */
  approval_id: string | null
}

const columns = [
  'id',
  'matter_id',
  'firm_id',
  'number',
  'state',
  'requested_by',
  'requested_at',
  'edition',
  'reissue_by',
  'reissue_at',
  'claim_count',
  'done_count',
  'file_bytes',
  'file_sha256',
  'manifest',
  'failure',
  'completed_at',
  'downloaded_at',
  'approval_id',
]

export async function selectBatch(db: Db | Tx, id: string): Promise<BatchRow | undefined> {
  return db('batches').where({ id }).first<BatchRow | undefined>(columns)
}

/**
 * The same row, held against other writers until the transaction ends. Not against rows that point to it: a
 * claim that is withdrawn meanwhile notes a recall.
 */
export async function lockBatch(tx: Tx, id: string): Promise<BatchRow | undefined> {
  return tx('batches').where({ id }).forNoKeyUpdate().first<BatchRow | undefined>(columns)
}

/** Newest first; `before` is the last row of the page before. */
export async function selectBatches(
  tx: Tx,
  page: { firmId: string | null; before: { at: Date; id: string } | null; limit: number },
): Promise<BatchRow[]> {
  const query = tx('batches')
    .select<BatchRow[]>(columns)
    .orderBy([
      { column: 'requested_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(page.limit)
  if (page.firmId !== null) void query.where({ firm_id: page.firmId })
  if (page.before)
    void query.whereRaw('(requested_at, id) < (?, ?)', [page.before.at, page.before.id])
  return query
}

/** Accepted claims of each matter that its firm has not received, of people who agreed to that firm; counts no further than `most`. */
export async function countToDeliver(
  tx: Tx,
  matterIds: string[],
  most: number,
): Promise<Map<string, number>> {
  const found = await tx.raw<{ rows: { id: string; count: number }[] }>(
    `select m.id, counted.count
     from unnest(?::uuid[]) as m (id),
       lateral (select count(*) from (select from claims_to_deliver d
         join claims c on c.id = d.claim_id
         join matters o on o.id = d.matter_id and o.firm_id = c.firm_id
         where d.matter_id = m.id limit ?) as found) as counted`,
    [matterIds, most],
  )
  return new Map(found.rows.map((row) => [row.id, row.count]))
}

export async function isInTheMaking(tx: Tx, matterId: string): Promise<boolean> {
  const row = await tx('batches')
    .where({ matter_id: matterId })
    .whereIn('state', ['requested', 'building'])
    .first('id')
  return row !== undefined
}

export async function nextNumber(tx: Tx, matterId: string): Promise<number> {
  const row = await tx('batches')
    .where({ matter_id: matterId })
    .max<{ max: number | null }[]>('number')
  return (row[0]?.max ?? 0) + 1
}

export async function insertBatch(
  tx: Tx,
  row: Pick<
    BatchRow,
    'id' | 'matter_id' | 'firm_id' | 'number' | 'requested_by' | 'requested_at' | 'approval_id'
  >,
): Promise<void> {
  await tx('batches').insert({ ...row, state: 'requested', touched_at: row.requested_at })
}

export async function insertPassphrase(tx: Tx, batchId: string, box: Buffer): Promise<void> {
  await tx('batch_passphrases').insert({ batch_id: batchId, box })
}

export async function selectPassphrase(db: Db | Tx, batchId: string): Promise<Buffer | undefined> {
  const row = await db('batch_passphrases')
    .where({ batch_id: batchId })
    .first<{ box: Buffer } | undefined>('box')
  return row?.box
}

export async function deletePassphrase(tx: Tx, batchId: string): Promise<void> {
  await tx('batch_passphrases').where({ batch_id: batchId }).delete()
}

export interface BatchClaim {
  claim_id: string
  version: number
}

/** The claims of a batch in the order of their rows; last those that a newer edition had to leave out. */
export async function selectBatchClaims(db: Db | Tx, batchId: string): Promise<BatchClaim[]> {
  return db('batch_claims')
    .where({ batch_id: batchId })
    .orderBy([{ column: 'edition', order: 'desc' }, { column: 'row_number' }])
    .select<BatchClaim[]>('claim_id', 'version')
}

/**
 * Takes what is to be delivered, oldest filing first, at most `most`: of people who agreed to have their data
 * given to this firm, and not to one before it (PIPA 17).
 */
export async function takeClaims(tx: Tx, batch: BatchRow, most: number): Promise<void> {
  await tx.raw(
    `insert into batch_claims (batch_id, claim_id, firm_id, version, row_number)
     select :batch, c.id, :firm, c.version, row_number() over (order by d.filed_at, d.claim_id)
     from (select d.* from claims_to_deliver d
           join claims own on own.id = d.claim_id and own.firm_id = :firm
           where d.matter_id = :matter
           order by d.filed_at, d.claim_id limit :most) as d
     join claims c on c.id = d.claim_id and c.state = 'accepted'`,
    { batch: batch.id, firm: batch.firm_id, matter: batch.matter_id, most },
  )
}

/** What `takeClaims` would take now, for whoever has to agree to it first. */
export async function selectToDeliver(
  tx: Tx,
  { matterId, firmId, most }: { matterId: string; firmId: string; most: number },
): Promise<BatchClaim[]> {
  return tx('claims_to_deliver as d')
    .join('claims as c', 'c.id', 'd.claim_id')
    .where({ 'd.matter_id': matterId, 'c.firm_id': firmId, 'c.state': 'accepted' })
    .orderBy(['d.filed_at', 'd.claim_id'])
    .limit(most)
    .select<BatchClaim[]>('d.claim_id', 'c.version')
}

/** Takes, of the claims that an approval names, those that are still to be delivered as they were then. */
export async function takeNamedClaims(tx: Tx, batch: BatchRow, approvalId: string): Promise<void> {
  await tx.raw(
    `insert into batch_claims (batch_id, claim_id, firm_id, version, row_number)
     select :batch, c.id, :firm, c.version, row_number() over (order by d.filed_at, d.claim_id)
     from approval_claims a
     join claims_to_deliver d on d.claim_id = a.claim_id and d.matter_id = :matter
     join claims c on c.id = a.claim_id and c.version = a.version and c.state = 'accepted'
       and c.firm_id = :firm
     where a.approval_id = :approval`,
    { batch: batch.id, firm: batch.firm_id, matter: batch.matter_id, approval: approvalId },
  )
}

/** Lets every claim of a batch go, so that the next one takes it. */
export async function releaseClaims(tx: Tx, batchId: string): Promise<void> {
  await tx('batch_claims').where({ batch_id: batchId }).delete()
}

/** Puts down what the file really holds, where that differs from what was taken. */
export async function replaceBatchClaims(
  tx: Tx,
  batch: BatchRow,
  claims: BatchClaim[],
): Promise<void> {
  await releaseClaims(tx, batch.id)
  await tx.raw(
    `insert into batch_claims (batch_id, claim_id, firm_id, version, row_number)
     select ?, claim_id, ?, version, row_number
     from unnest(?::uuid[], ?::integer[]) with ordinality as t (claim_id, version, row_number)`,
    [batch.id, batch.firm_id, claims.map((one) => one.claim_id), claims.map((one) => one.version)],
  )
}

/**
 * Puts down what the file of a further edition holds. What it leaves out keeps its row: the firm has it
 * from the edition before, so it is not delivered as new.
 */
export async function moveBatchClaims(
  tx: Tx,
  batchId: string,
  edition: number,
  claims: BatchClaim[],
): Promise<void> {
  await tx.raw(
    `update batch_claims b set edition = ?, version = t.version, row_number = t.row_number
     from unnest(?::uuid[], ?::integer[]) with ordinality as t (claim_id, version, row_number)
     where b.batch_id = ? and b.claim_id = t.claim_id`,
    [edition, claims.map((one) => one.claim_id), claims.map((one) => one.version), batchId],
  )
}

/**
 * How many claims of an edition are accepted, held so until the transaction ends: a claim that is withdrawn
 * in this moment waits for it, and then finds the delivery that its recall is noted by.
 */
export async function countStillAccepted(
  tx: Tx,
  batchId: string,
  edition: number,
): Promise<number> {
  const held = tx('claims')
    .where({ state: 'accepted' })
    .whereIn('id', tx('batch_claims').where({ batch_id: batchId, edition }).select('claim_id'))
    .orderBy('id')
    .forShare()
    .select('id')
  const row = await tx.with('held', held).from('held').count<{ count: number }[]>()
  return row[0]!.count
}

/** How many claims that the file of a batch holds are not accepted any more. */
export async function countNoLonger(
  tx: Tx,
  { id, edition }: Pick<BatchRow, 'id' | 'edition'>,
): Promise<number> {
  const rows = await tx('batch_claims as b')
    .join('claims as c', 'c.id', 'b.claim_id')
    .where({ 'b.batch_id': id, 'b.edition': edition })
    .whereNot('c.state', 'accepted')
    .count<{ count: number }[]>()
  return rows[0]!.count
}

export async function updateBatch(
  db: Db | Tx,
  id: string,
  change: Partial<Omit<BatchRow, 'id' | 'manifest'>> & { touched_at?: Date; manifest?: string },
): Promise<void> {
  await db('batches').where({ id }).update(change)
}

export interface ClaimFacts {
  id: string
  number: string
  state: ClaimState
  form_version: number
  filed_at: Date
  verified_at: Date | null
  /** number of the newest delivery before this batch that holds it */
  earlier: number | null
}

export async function selectClaims(
  db: Db | Tx,
  batch: Pick<BatchRow, 'matter_id' | 'firm_id' | 'number'>,
  ids: string[],
): Promise<Map<string, ClaimFacts>> {
  const earlier = db.raw(
    `(select max(b.number) from batch_claims bc join batches b on b.id = bc.batch_id
      where bc.claim_id = c.id and bc.firm_id = ? and b.matter_id = ?
        and b.completed_at is not null and b.number < ?) as earlier`,
    [batch.firm_id, batch.matter_id, batch.number],
  )
  const rows = await db('claims as c')
    .whereIn('c.id', ids)
    .select<ClaimFacts[]>(
      'c.id',
      'c.number',
      'c.state',
      'c.form_version',
      'c.filed_at',
      'c.verified_at',
      earlier,
    )
  return new Map(rows.map((row) => [row.id, row]))
}

/** The form versions among the claims of a batch. */
export async function selectFormVersions(db: Db | Tx, batchId: string): Promise<number[]> {
  const rows = await db('batch_claims as b')
    .join('claims as c', 'c.id', 'b.claim_id')
    .where({ 'b.batch_id': batchId })
    .distinct<{ form_version: number }[]>('c.form_version')
  return rows.map((row) => row.form_version)
}

/** Batches that are not finished and have been silent since `before`. */
export async function selectSilent(db: Db | Tx, before: Date, limit: number): Promise<string[]> {
  const rows = await db('batches')
    .whereIn('state', ['requested', 'building'])
    .where('touched_at', '<', before)
    // Those wait for a person.
    .whereNotExists(
      db('approvals as a')
        .whereRaw('a.id = batches.approval_id')
        .where({ 'a.state': 'waiting' })
        .select(db.raw('1')),
    )
    .limit(limit)
    .select<{ id: string }[]>('id')
  return rows.map((row) => row.id)
}

/** Batches in the making that this person asked for last. */
export async function selectUnfinishedOf(db: Db | Tx, personId: string): Promise<string[]> {
  const rows = await db('batches')
    .whereIn('state', ['requested', 'building'])
    .whereRaw('coalesce(reissue_by, requested_by) = ?', [personId])
    .select<{ id: string }[]>('id')
  return rows.map((row) => row.id)
}

/** Who waits for a batch, while they may still receive it. */
export async function selectRequester(
  db: Db | Tx,
  personId: string,
): Promise<{ language: 'ko' | 'en' } | undefined> {
  return db('people').where({ id: personId, state: 'active' }).first('language')
}
