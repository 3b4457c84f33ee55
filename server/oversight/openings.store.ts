import type { Knex } from 'knex'
import type { Tx } from '../db/connections'
import type { Cursor } from '../web/cursor'
import type { Role } from '../web/person'

/** Acts of opening, as columns: a table that a trigger keeps from the ledger. Numbers of claims, never who they are. */

export interface OpeningRow {
  entry_id: string
  at: Date
  /** who opened, or at whose request a job did; null: a job by itself */
  person_id: string | null
  name: string | null
  /** as they were then */
  role: Role | null
  firm_id: string | null
  job: string | null
  purpose: string
  claims: number
}

/** Which acts: by people (their own, and what was done at their request) or by one job by itself. */
export interface OpeningFilter {
  personId?: string | undefined
  firmId?: string | undefined
  claimId?: string | undefined
  job?: string | undefined
  /** of people and of jobs alike */
  everyone?: boolean | undefined
  from?: Date | undefined
  /** exclusive */
  to?: Date | undefined
}

const columns = [
  'o.entry_id',
  'o.at',
  'o.person_id',
  'p.name',
  'o.role',
  'o.firm_id',
  'o.job',
  'o.purpose',
  'o.claims',
] as const

/** Newest first. Each filter has its index, and so has their absence. */
export function selectOpenings(
  tx: Tx,
  filter: OpeningFilter,
  before: Cursor | null,
  limit: number,
): Promise<OpeningRow[]> {
  const rows = filtered(tx, filter)
    .leftJoin('people as p', 'p.id', 'o.person_id')
    .orderBy([
      { column: 'o.at', order: 'desc' },
      { column: 'o.entry_id', order: 'desc' },
    ])
    .limit(limit)
  if (before) void rows.whereRaw('(o.at, o.entry_id) < (?, ?::uuid)', [before.at, before.id])
  return rows.select<OpeningRow[]>(columns)
}

function filtered(tx: Tx, filter: OpeningFilter): Knex.QueryBuilder {
  const { personId, firmId, claimId, job, everyone, from, to } = filter
  const rows = tx('openings as o')
  if (claimId !== undefined) {
    void rows.join('opening_claims as c', 'c.entry_id', 'o.entry_id').where('c.claim_id', claimId)
  }
  if (job !== undefined) void rows.whereNull('o.person_id').where('o.job', job)
  else if (!everyone) void rows.whereNotNull('o.person_id')
  if (personId !== undefined) void rows.where('o.person_id', personId)
  if (firmId !== undefined) void rows.where('o.firm_id', firmId)
  if (from) void rows.where('o.at', '>=', from)
  if (to) void rows.where('o.at', '<', to)
  return rows
}

export interface JobCount {
  job: string
  count: number
}

/** How often each job opened by itself in a period, counted no further than `max`. */
export async function countJobs(
  tx: Tx,
  { from, to }: Pick<OpeningFilter, 'from' | 'to'>,
  max: number,
): Promise<JobCount[]> {
  const period = [from ?? '-infinity', to ?? 'infinity'] as const
  // From name to name by the index: there are a dozen of them, and millions of rows.
  const { rows } = await tx.raw<{ rows: JobCount[] }>(
    `with recursive names as (
       (select job from openings where person_id is null order by job limit 1)
       union all
       select (select o.job from openings o where o.person_id is null and o.job > n.job
               order by o.job limit 1)
       from names n where n.job is not null)
     select n.job, (select count(*) from (
         select from openings o where o.person_id is null and o.job = n.job
           and o.at >= cast(? as timestamptz) and o.at < cast(? as timestamptz) limit ?) counted) as count
     from names n where n.job is not null`,
    [...period, max],
  )
  return rows.filter(({ count }) => count > 0)
}

/** The same of one claim. */
export async function countJobsOfClaim(
  tx: Tx,
  claimId: string,
  { from, to }: Pick<OpeningFilter, 'from' | 'to'>,
): Promise<JobCount[]> {
  const rows = tx('opening_claims as c')
    .join('openings as o', 'o.entry_id', 'c.entry_id')
    .where('c.claim_id', claimId)
    .whereNull('o.person_id')
    .groupBy('o.job')
    .orderBy('o.job')
  if (from) void rows.where('o.at', '>=', from)
  if (to) void rows.where('o.at', '<', to)
  return rows.select<JobCount[]>('o.job', tx.raw('count(*) as count'))
}

export function selectOpening(tx: Tx, entryId: string): Promise<OpeningRow | undefined> {
  return tx('openings as o')
    .leftJoin('people as p', 'p.id', 'o.person_id')
    .where('o.entry_id', entryId)
    .first<OpeningRow | undefined>(columns)
}

export interface OpenedRow {
  claim_id: string
  number: string
}

/** The claims of one opening in the order of their ids. */
export async function selectOpened(
  tx: Tx,
  entryId: string,
  behind: string | null,
  limit: number,
): Promise<OpenedRow[]> {
  const rows = tx('opening_claims as o')
    .join('claims as c', 'c.id', 'o.claim_id')
    .where('o.entry_id', entryId)
    .orderBy('o.claim_id')
    .limit(limit)
  if (behind !== null) void rows.where('o.claim_id', '>', behind)
  return rows.select<OpenedRow[]>('o.claim_id', 'c.number')
}

/** The claims of these openings, by opening, each in the order of their ids. */
export async function selectClaimsOf(
  tx: Tx,
  entryIds: string[],
): Promise<Map<string, OpenedRow[]>> {
  const rows = await tx('opening_claims as o')
    .join('claims as c', 'c.id', 'o.claim_id')
    .whereIn('o.entry_id', entryIds)
    .orderBy('o.claim_id')
    .select<(OpenedRow & { entry_id: string })[]>('o.entry_id', 'o.claim_id', 'c.number')
  const found = new Map<string, OpenedRow[]>(entryIds.map((id) => [id, []]))
  for (const row of rows) found.get(row.entry_id)!.push(row)
  return found
}

export async function selectClaimId(tx: Tx, number: string): Promise<string | undefined> {
  const row = await tx('claims').where({ number }).first<{ id: string } | undefined>('id')
  return row?.id
}
