import type { Db, Tx } from '../db/connections'
import type { ClaimState } from '../claims/claim-state'
import type { HouseholdRole } from './household'

/** Households: which claims belong together, by ids alone. */

export interface HouseholdRow {
  household_id: string
  founder_claim_id: string
  role: 'founder' | HouseholdRole
  how: 'link' | 'device' | null
}

/** The household of a claim, as far as the login may see it. */
export async function selectHousehold(
  db: Db | Tx,
  claimId: string,
): Promise<HouseholdRow | undefined> {
  return db('household_claims as c')
    .join('households as h', 'h.id', 'c.household_id')
    .where('c.claim_id', claimId)
    .first<HouseholdRow | undefined>('c.household_id', 'h.founder_claim_id', 'c.role', 'c.how')
}

export interface HouseholdClaim {
  id: string
  number: string
  matter_id: string
  state: ClaimState
  filed_at: Date
  role: HouseholdRow['role']
  how: HouseholdRow['how']
}

/** The claims of a household in the order in which they came, at most `limit`. */
export async function selectHouseholdClaims(
  db: Db | Tx,
  householdId: string,
  limit: number,
): Promise<HouseholdClaim[]> {
  return db('household_claims as h')
    .join('claims as c', 'c.id', 'h.claim_id')
    .where('h.household_id', householdId)
    .orderBy(['h.joined_at', 'c.filed_at', 'c.id'])
    .limit(limit)
    .select<HouseholdClaim[]>(
      'c.id',
      'c.number',
      'c.matter_id',
      'c.state',
      'c.filed_at',
      'h.role',
      'h.how',
    )
}

/** The households of these claims, by claim. */
export async function selectHouseholdIds(
  db: Db | Tx,
  claimIds: string[],
): Promise<Map<string, string>> {
  const rows = await db('household_claims')
    .whereIn('claim_id', claimIds)
    .select<{ claim_id: string; household_id: string }[]>('claim_id', 'household_id')
  return new Map(rows.map((row) => [row.claim_id, row.household_id]))
}

/** How many claims of the same matter and household there are, by claim; those that are over not counted. */
export async function selectSizes(
  db: Db | Tx,
  claimIds: string[],
  over: readonly ClaimState[],
): Promise<Map<string, number>> {
  const { rows } = await db.raw<{ rows: { claim_id: string; size: number }[] }>(
    `select mine.claim_id, count(*)::int as size
     from household_claims mine
     join claims c on c.id = mine.claim_id
     join household_claims theirs on theirs.household_id = mine.household_id
     join claims other on other.id = theirs.claim_id and other.matter_id = c.matter_id
     where mine.claim_id = any(?) and other.state <> all(?)
     group by mine.claim_id`,
    [claimIds, [...over]],
  )
  return new Map(rows.map(({ claim_id: id, size }) => [id, size]))
}
