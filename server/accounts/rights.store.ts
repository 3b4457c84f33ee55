import type { Tx } from '../db/connections'
import type { Role } from '../web/person'
import type { AccountState } from './accounts.store'

/** Who may do what since when, and that an administrator looked it through: rights_history, access_reviews. */

export interface RightsRow {
  /** rises with time */
  id: number
  person_id: string
  name: string
  at: Date
  /** null: no person acted */
  by_name: string | null
  login: string
  role: Role
  role_before: Role | null
  state: AccountState
  state_before: AccountState | null
}

/** Newest first, behind the row with that id; of one person, or of all. */
export function selectRights(
  tx: Tx,
  personId: string | null,
  behind: number | null,
  limit: number,
): Promise<RightsRow[]> {
  const rows = tx('rights_history as r')
    .join('people as p', 'p.id', 'r.person_id')
    .leftJoin('people as b', 'b.id', 'r.by_id')
    .orderBy('r.id', 'desc')
    .limit(limit)
  if (personId !== null) void rows.where({ 'r.person_id': personId })
  if (behind !== null) void rows.where('r.id', '<', behind)
  return rows.select<RightsRow[]>(
    'r.id',
    'r.person_id',
    'p.name',
    'r.at',
    'b.name as by_name',
    'r.login',
    'r.role',
    'r.role_before',
    'r.state',
    'r.state_before',
  )
}

export interface ReviewRow {
  id: string
  signed_by: string
  signed_name: string
  signed_at: Date
  accounts: number
  list_sha256: Buffer
}

export async function insertReview(tx: Tx, row: ReviewRow): Promise<void> {
  await tx('access_reviews').insert(row)
}

export function selectLastReview(
  tx: Tx,
): Promise<Pick<ReviewRow, 'signed_name' | 'signed_at'> | undefined> {
  return tx('access_reviews')
    .orderBy('signed_at', 'desc')
    .first<Pick<ReviewRow, 'signed_name' | 'signed_at'> | undefined>('signed_name', 'signed_at')
}

/** When the first account was made: from then on somebody has to review. */
export async function selectFirstAccount(tx: Tx): Promise<Date | undefined> {
  const row = await tx('people').min<{ min: Date | null }[]>('created_at')
  return row[0]?.min ?? undefined
}
