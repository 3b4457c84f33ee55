import type { Tx } from '../db/connections'
import type { Cursor } from '../web/cursor'

export const leakScopes = ['firm', 'person', 'matter', 'everything'] as const
export type LeakScope = (typeof leakScopes)[number]

export interface LeakCount {
  matter: string
  form: number
  /** 1 answers, 2 documents, 4 signed papers, 8 messages */
  items: number
  claims: number
}

export interface LeakRow {
  id: string
  what: LeakScope
  firm_id: string | null
  person_id: string | null
  matter_id: string | null
  since: Date | null
  /** exclusive */
  until: Date
  asked_by: string
  asked_at: Date
  claims: number
  counts: LeakCount[]
}

/** Fixes the list of the claims and counts them by form and items; in one statement, however many they are. */
export async function listClaims(
  tx: Tx,
  {
    id,
    what,
    whom,
    since,
    until,
  }: { id: string; what: LeakScope; whom: string | null; since: Date | null; until: Date },
  timeoutMs: number,
): Promise<LeakCount[]> {
  await tx.raw(`select set_config('statement_timeout', ?, true)`, [String(timeoutMs)])
  const { rows } = await tx.raw<{ rows: LeakCount[] }>(
    `select matter_id as matter, form_version as form, items, claims
     from list_leak(?, ?, ?, ?, ?)`,
    [id, what, whom, since, until],
  )
  return rows
}

export async function insertLeak(tx: Tx, row: LeakRow): Promise<void> {
  await tx('leaks').insert({ ...row, counts: JSON.stringify(row.counts) })
}

export function selectLeak(
  tx: Tx,
  id: string,
): Promise<(LeakRow & { asked_name: string }) | undefined> {
  return tx('leaks as l')
    .join('people as p', 'p.id', 'l.asked_by')
    .where('l.id', id)
    .first<(LeakRow & { asked_name: string }) | undefined>('l.*', 'p.name as asked_name')
}

export function selectLeaks(
  tx: Tx,
  before: Cursor | null,
  limit: number,
): Promise<(LeakRow & { asked_name: string })[]> {
  const rows = tx('leaks as l')
    .join('people as p', 'p.id', 'l.asked_by')
    .orderBy([
      { column: 'l.asked_at', order: 'desc' },
      { column: 'l.id', order: 'desc' },
    ])
    .limit(limit)
  if (before) void rows.whereRaw('(l.asked_at, l.id) < (?, ?::uuid)', [before.at, before.id])
  return rows.select<(LeakRow & { asked_name: string })[]>('l.*', 'p.name as asked_name')
}

export interface LeakClaimRow {
  claim_id: string
  number: string
  matter_id: string
  form_version: number
  items: number
  language: 'ko' | 'en'
  state: string
  /** the mail address was confirmed; the newest mail came back */
  confirmed: boolean
  bounced: boolean
}

export async function selectLeakClaims(
  tx: Tx,
  leakId: string,
  behind: string | null,
  limit: number,
): Promise<LeakClaimRow[]> {
  const first = '00000000-0000-0000-0000-000000000000'
  const { rows } = await tx.raw<{ rows: LeakClaimRow[] }>('select * from leak_page(?, ?, ?)', [
    leakId,
    behind ?? first,
    limit,
  ])
  return rows
}

/** @returns how many rows of lists from before that moment it deleted */
export async function deleteOldClaims(tx: Tx, before: Date, limit: number): Promise<number> {
  const { rowCount } = await tx.raw<{ rowCount: number }>(
    `delete from leak_claims where (leak_id, claim_id) in (
       select c.leak_id, c.claim_id from leaks l
       cross join lateral (select leak_id, claim_id from leak_claims where leak_id = l.id limit :limit) c
       where l.asked_at < :before limit :limit)`,
    { before, limit },
  )
  return rowCount
}
