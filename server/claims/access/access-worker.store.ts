import type { Db, Tx } from '../../db/connections'
import type { WorkerClaim } from '../worker.store'
import { redrive } from '../../outbox/redrive'

/** What only the worker reads and writes of claimants' access. */

export interface WorkerRequestRow {
  id: string
  kind: 'link' | 'open'
  secret_hash: Buffer
  public_key: Buffer | null
  asked_by: string | null
  box: Buffer | null
  expires_at: Date
  handled_at: Date | null
}

export async function selectWorkerRequest(
  db: Db,
  id: string,
): Promise<WorkerRequestRow | undefined> {
  return db('claimant_requests')
    .where({ id })
    .first<WorkerRequestRow | undefined>(
      'id',
      'kind',
      'secret_hash',
      'public_key',
      'asked_by',
      'box',
      'expires_at',
      'handled_at',
    )
}

/** What was typed goes with the handling. An opened request lives as long as the session it began. */
export async function markHandled(
  tx: Tx,
  id: string,
  change: { outcome: 'answered' | 'opened' | 'refused'; handled_at: Date; expires_at?: Date },
): Promise<void> {
  await tx('claimant_requests')
    .where({ id })
    .update({ ...change, box: null })
}

const claimColumns = [
  'id',
  'number',
  'matter_id',
  'form_version',
  'language',
  'state',
  'filed_at',
] as const

export type ClaimOfAddress = Pick<WorkerClaim, (typeof claimColumns)[number]>

/**
 * Claims of every matter with this address (blind index), the newest first. Those whose address was never
 * confirmed are not the person's: whoever filed them may have mistyped it.
 */
export async function selectClaimsOfAddress(
  tx: Tx,
  emailIndex: Buffer,
  { confirmed, limit }: { confirmed: boolean; limit: number },
): Promise<ClaimOfAddress[]> {
  const claims = tx('blind_indexes as b')
    .join('claims as c', 'c.id', 'b.claim_id')
    .where({ 'b.kind': 'email', 'b.value': emailIndex })
    .orderBy(['c.filed_at', 'c.id'].map((column) => ({ column, order: 'desc' as const })))
    .limit(limit)
    .select<ClaimOfAddress[]>(claimColumns.map((column) => `c.${column}`))
  return confirmed
    ? claims.whereNotNull('c.verified_at').whereNotIn('c.state', ['expired', 'erased'])
    : claims.where({ 'c.state': 'unverified' })
}

/** Whether the browser with this secret has the claim open, in a session that has not run out. */
export async function isOpenIn(
  db: Db | Tx,
  secretHash: Buffer,
  claimId: string,
  now: Date,
): Promise<boolean> {
  const row = await db('claimant_copies as c')
    .join('claimant_requests as r', 'r.secret_hash', 'c.token_hash')
    .where({ 'c.token_hash': secretHash, 'c.claim_id': claimId, 'c.kind': 'claim' })
    .where({ 'r.outcome': 'opened' })
    .where('r.expires_at', '>', now)
    .first('c.claim_id')
  return row !== undefined
}

/** The address of a claim as its blind index; nothing once it was erased. */
export async function selectEmailIndex(db: Db, claimId: string): Promise<Buffer | undefined> {
  const row = await db('blind_indexes')
    .where({ claim_id: claimId, kind: 'email' })
    .first<{ value: Buffer } | undefined>('value')
  return row?.value
}

/** One at a time for an address, so that mails to it are counted one by one. */
export async function lockAddress(tx: Tx, emailIndex: Buffer): Promise<void> {
  await tx.raw(`select pg_advisory_xact_lock(hashtextextended('access ' || ?, 0))`, [
    emailIndex.toString('hex'),
  ])
}

/** Links mailed to an address since then, whichever of its claims they were about. */
export async function countLinks(tx: Tx, emailIndex: Buffer, since: Date): Promise<number> {
  const rows = await tx('claimant_links as l')
    .join('blind_indexes as b', 'b.claim_id', 'l.claim_id')
    .where({ 'b.kind': 'email', 'b.value': emailIndex })
    .where('l.created_at', '>', since)
    .count<{ count: number }[]>()
  return rows[0]!.count
}

export interface LinkRow {
  id: string
  claim_id: string
  expires_at: Date
  attempts: number
  consumed_at: Date | null
  consumed_by: string | null
}

export async function insertLink(
  tx: Tx,
  link: {
    id: string
    request_id: string
    claim_id: string
    token_hash: Buffer
    created_at: Date
    expires_at: Date
  },
): Promise<void> {
  await tx('claimant_links').insert(link)
}

/** The link with this token, or the one that was mailed for this request, locked until the transaction ends. */
export async function lockLink(
  tx: Tx,
  where: { token_hash: Buffer } | { request_id: string },
): Promise<LinkRow | undefined> {
  return tx('claimant_links')
    .where(where)
    .forUpdate()
    .first<LinkRow | undefined>(
      'id',
      'claim_id',
      'expires_at',
      'attempts',
      'consumed_at',
      'consumed_by',
    )
}

export async function countWrongCode(tx: Tx, linkId: string): Promise<void> {
  await tx('claimant_links').where({ id: linkId }).increment('attempts', 1)
}

export async function consumeLink(
  tx: Tx,
  linkId: string,
  by: { consumed_at: Date; consumed_by: string },
): Promise<void> {
  await tx('claimant_links').where({ id: linkId }).update(by)
}

/**
 * Deletes the copies of these claims that are open in browsers, and the links that were mailed about them; not
 * the receipt, nor what a guardian reads under a link mailed to them.
 */
export async function deleteAccess(tx: Tx, claimIds: string[]): Promise<void> {
  await tx('claimant_copies')
    .whereIn('claim_id', claimIds)
    .whereNotIn('kind', ['receipt', 'guardian'])
    .delete()
  await tx('claimant_links').whereIn('claim_id', claimIds).delete()
}

/** Those of these claims that have the address now, their rows held against whoever would change that. */
export async function holdClaimsOfAddress(
  tx: Tx,
  claimIds: string[],
  emailIndex: Buffer,
): Promise<string[]> {
  await tx('claims').whereIn('id', claimIds).orderBy('id').forShare().select('id')
  return tx('blind_indexes')
    .whereIn('claim_id', claimIds)
    .where({ kind: 'email', value: emailIndex })
    .pluck('claim_id')
}

/** Deletes what has expired, with the copies of sessions that are over. @returns how many requests */
export async function deleteExpired(tx: Tx, now: Date, limit: number): Promise<number> {
  await tx('claimant_links').where('expires_at', '<=', now).delete()
  const due = tx('claimant_requests as r')
    .where('r.expires_at', '<=', now)
    .whereNotExists(tx('claimant_links as l').whereRaw('l.request_id = r.id').select(tx.raw('1')))
    .orderBy('r.expires_at')
    .limit(limit)
    .select('r.id')
  const gone = await tx('claimant_requests')
    .whereIn('id', due)
    .delete()
    .returning<{ secret_hash: Buffer }[]>('secret_hash')
  await tx('claimant_copies')
    .whereIn(
      'token_hash',
      gone.map((row) => row.secret_hash),
    )
    .delete()
  return gone.length
}

/** Asks again, in the outbox, for what a lost job left undone: requests, and copies that lack an opening. */
export async function redriveAccess(tx: Tx, before: Date, limit: number): Promise<void> {
  await redrive(
    tx,
    { table: 'claimant_requests', job: 'answer-access', key: 'requestId' },
    before,
    limit,
  )
}

/**
 * Asks for copies that lack an opening. The triggers ask at once; this finds what they could not see, an
 * opening that was under way while the copy was first sealed, and what a failed job left behind.
 */
export async function renewIncomplete(tx: Tx, limit: number): Promise<void> {
  await tx.raw(
    `insert into outbox (job, payload, created_at)
     select 'renew-copies', jsonb_build_object('claimId', claim_id), now() from (
       select distinct c.claim_id from claimant_copies c
       where c.kind = 'looked' and c.openings <>
         (select count(*) from opening_claims o where o.claim_id = c.claim_id)
       limit ?) incomplete`,
    [limit],
  )
}

export interface ActRow {
  at: Date
  /** RFC 8785 JSON of ids and codes */
  private: string
}

export async function countOpenings(tx: Tx, claimId: string): Promise<number> {
  const rows = await tx('opening_claims').where({ claim_id: claimId }).count<{ count: number }[]>()
  return rows[0]!.count
}

/** Openings of this claim by people, newest first. */
export async function selectOpeningsByPeople(
  tx: Tx,
  claimId: string,
  limit: number,
): Promise<ActRow[]> {
  return tx('opening_claims as o')
    .join('ledger_entries as e', 'e.id', 'o.entry_id')
    .join('ledger_private as p', 'p.entry_id', 'o.entry_id')
    .where('o.claim_id', claimId)
    .whereRaw(`p.private::jsonb ->> 'person' is not null`)
    .orderBy('o.entry_id', 'desc')
    .limit(limit)
    .select<ActRow[]>('e.at', 'p.private')
}

export interface JobOpenings {
  purpose: string
  count: number
  first: Date
  last: Date
}

/** Openings of this claim by programs, a line for each purpose. */
export async function selectOpeningsByJobs(tx: Tx, claimId: string): Promise<JobOpenings[]> {
  const found = await tx.raw<{ rows: JobOpenings[] }>(
    `select p.private::jsonb ->> 'purpose' as purpose, count(*) as count,
       min(e.at) as first, max(e.at) as last
     from opening_claims o
     join ledger_entries e on e.id = o.entry_id
     join ledger_private p on p.entry_id = o.entry_id
     where o.claim_id = ? and p.private::jsonb ->> 'person' is null
     group by 1 order by last desc`,
    [claimId],
  )
  return found.rows
}

/** Batches that hold this claim, and the newest edition of each that does. */
export async function selectBatches(
  tx: Tx,
  claimId: string,
): Promise<{ batch_id: string; edition: number }[]> {
  return tx('batch_claims').where({ claim_id: claimId }).select('batch_id', 'edition')
}

/** Deliveries and downloads of these batches, newest first. */
export async function selectBatchActs(
  tx: Tx,
  batchIds: string[],
  limit: number,
): Promise<(ActRow & { kind: string })[]> {
  if (batchIds.length === 0) return []
  return tx('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .whereIn('e.kind', ['batch.delivered', 'batch.reissued', 'batch.downloaded'])
    .whereNull('p.claim_id')
    .whereRaw(`p.private::jsonb ->> 'batch' = any(?)`, [batchIds])
    .orderBy('p.entry_id', 'desc')
    .limit(limit)
    .select('e.kind', 'e.at', 'p.private')
}

/** What staff did about the address of this claim, newest first. */
export async function selectEmailActs(
  tx: Tx,
  claimId: string,
  limit: number,
): Promise<(ActRow & { kind: string })[]> {
  return tx('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .where('p.claim_id', claimId)
    .whereIn('e.kind', [
      'claim.email_change_requested',
      'claim.email_change_approved',
      'claim.email_change_declined',
      'claim.email_changed',
    ])
    .whereRaw(`p.private::jsonb ->> 'person' is not null`)
    .orderBy('p.entry_id', 'desc')
    .limit(limit)
    .select('e.kind', 'e.at', 'p.private')
}

/** When the review of this claim began, the first time. */
export async function selectReviewStart(tx: Tx, claimId: string): Promise<Date | undefined> {
  const row = await tx('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .where({ 'p.claim_id': claimId, 'e.kind': 'claim.review_started' })
    .orderBy('p.entry_id')
    .first<{ at: Date } | undefined>('e.at')
  return row?.at
}

export async function selectReason(tx: Tx, claimId: string): Promise<string | null> {
  const row = await tx('claims')
    .where({ id: claimId })
    .first<{ decision_reason: string | null } | undefined>('decision_reason')
  return row?.decision_reason ?? null
}

export interface RoleRow {
  id: string
  role: 'administrator' | 'moderator' | 'counsel'
  firm_id: string | null
}

/** What people are, without their names. */
export async function selectRoles(tx: Tx, ids: string[]): Promise<RoleRow[]> {
  return tx('people').whereIn('id', ids).select<RoleRow[]>('id', 'role', 'firm_id')
}
