import type { Db, Tx } from '../db/connections'
import type { Cursor } from '../web/cursor'

/** The tables of this feature: approvals, approval_claims. */

export type ApprovalState =
  'waiting' | 'approved' | 'refused' | 'withdrawn' | 'expired' | 'carried_out' | 'void'

export interface ApprovalRow {
  id: string
  kind: string
  object: string
  firm_id: string | null
  /** RFC 8785 JSON */
  params: string
  params_sha256: Buffer
  reason: string
  asked_by: string
  asked_at: Date
  expires_at: Date
  /** nobody else could decide: carried out then, unless it is stopped */
  solo_due_at: Date | null
  state: ApprovalState
  /** null as well where nobody else could */
  decided_by: string | null
  decided_at: Date | null
  closed_at: Date | null
  outcome: string | null
}

const open = ['waiting', 'approved'] as const

/** False when the same is asked for already. */
export async function insertApproval(
  tx: Tx,
  row: Pick<
    ApprovalRow,
    | 'id'
    | 'kind'
    | 'object'
    | 'firm_id'
    | 'params'
    | 'params_sha256'
    | 'reason'
    | 'asked_by'
    | 'asked_at'
    | 'expires_at'
  >,
): Promise<boolean> {
  const columns = Object.keys(row)
  const added = await tx.raw<{ rowCount: number }>(
    `insert into approvals (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})
     on conflict (kind, object) where state in ('waiting', 'approved') do nothing`,
    Object.values(row),
  )
  return added.rowCount === 1
}

export async function selectOpenId(
  tx: Tx,
  kind: string,
  object: string,
): Promise<string | undefined> {
  const row = await tx('approvals')
    .where({ kind, object })
    .whereIn('state', open)
    .first<{ id: string } | undefined>('id')
  return row?.id
}

export function selectApproval(db: Db | Tx, id: string): Promise<ApprovalRow | undefined> {
  return db('approvals').where({ id }).first<ApprovalRow | undefined>()
}

/** The same, held against whoever decides at the same moment. */
export function lockApproval(tx: Tx, id: string): Promise<ApprovalRow | undefined> {
  return tx('approvals').where({ id }).forUpdate().first<ApprovalRow | undefined>()
}

export async function updateApproval(
  tx: Tx,
  id: string,
  change: Partial<
    Pick<
      ApprovalRow,
      'state' | 'decided_by' | 'decided_at' | 'closed_at' | 'outcome' | 'solo_due_at'
    >
  >,
): Promise<void> {
  await tx('approvals').where({ id }).update(change)
}

/** One page: those that wait, asked last first, or those that are over, closed last first. */
export async function selectApprovals(
  tx: Tx,
  page: { view: 'open' | 'closed'; behind: Cursor | null; limit: number },
): Promise<ApprovalRow[]> {
  const moment = page.view === 'open' ? 'asked_at' : 'closed_at'
  const rows = tx('approvals')
    .orderBy([moment, 'id'].map((column) => ({ column, order: 'desc' as const })))
    .limit(page.limit)
    .select<ApprovalRow[]>()
  void (page.view === 'open' ? rows.whereIn('state', open) : rows.whereNotNull('closed_at'))
  if (page.behind) void rows.whereRaw(`(${moment}, id) < (?, ?)`, [page.behind.at, page.behind.id])
  return rows
}

/** Those that wait too long for somebody, in portions: who can decide did not, in time. */
export function selectLate(db: Db | Tx, now: Date, limit: number): Promise<string[]> {
  return db('approvals')
    .where({ state: 'waiting' })
    .whereNull('solo_due_at')
    .where('expires_at', '<=', now)
    .orderBy('asked_at')
    .limit(limit)
    .pluck('id')
}

/** Those that nobody stopped in their time. */
export function selectSoloDue(db: Db | Tx, now: Date, limit: number): Promise<string[]> {
  return db('approvals')
    .where({ state: 'waiting' })
    .where('solo_due_at', '<=', now)
    .orderBy('asked_at')
    .limit(limit)
    .pluck('id')
}

/** Those that wait (or this one, if it does) and that no other administrator than who asked could decide. */
export function selectLonely(
  db: Db | Tx,
  { limit, id }: { limit: number; id?: string },
): Promise<string[]> {
  const others = db('people as p')
    .where({ 'p.role': 'administrator', 'p.state': 'active' })
    .whereRaw('p.id <> a.asked_by')
    .select(db.raw('1'))
  return db('approvals as a')
    .where({ 'a.state': 'waiting', ...(id !== undefined && { 'a.id': id }) })
    .whereNull('a.solo_due_at')
    .whereNotExists(others)
    .orderBy('a.asked_at')
    .limit(limit)
    .pluck('a.id')
}

/** What somebody asked for and that has not been carried out. */
export function selectOpenOf(db: Db | Tx, personId: string): Promise<string[]> {
  return db('approvals').where({ asked_by: personId, state: 'waiting' }).pluck('id')
}

/** Those that were decided and not carried out, asked for before then: their job was lost. */
export function selectUnsettled(db: Db | Tx, before: Date, limit: number): Promise<string[]> {
  return db('approvals')
    .where({ state: 'approved' })
    .where('decided_at', '<', before)
    .limit(limit)
    .pluck('id')
}

/** Whether this was approved for this person and carried out since then. */
export async function existsGrant(
  tx: Tx,
  of: { kind: string; object: string; askedBy: string; since: Date },
): Promise<boolean> {
  const row = await tx('approvals')
    .where({ kind: of.kind, object: of.object, asked_by: of.askedBy, state: 'carried_out' })
    .where('closed_at', '>', of.since)
    .first('id')
  return row !== undefined
}

export interface NamedClaim {
  claim_id: string
  version: number
}

export async function insertNamedClaims(
  tx: Tx,
  approvalId: string,
  claims: readonly NamedClaim[],
): Promise<void> {
  await tx.raw(
    `insert into approval_claims (approval_id, claim_id, version)
     select ?, claim_id, version from unnest(?::uuid[], ?::integer[]) as t (claim_id, version)`,
    [approvalId, claims.map((one) => one.claim_id), claims.map((one) => one.version)],
  )
}

export function selectNamedClaims(tx: Tx, approvalId: string): Promise<NamedClaim[]> {
  return tx('approval_claims')
    .where({ approval_id: approvalId })
    .select<NamedClaim[]>('claim_id', 'version')
}
