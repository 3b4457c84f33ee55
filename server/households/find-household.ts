import type { ClaimState } from '../claims/claim-state'
import type { Db, Tx } from '../db/connections'
import { householdIdOf, householdNumber, type DraftHousehold } from './household'
import * as store from './households.store'

export interface Household {
  id: string
  /** as it stands in deliveries */
  number: string
  founder: string
  /** of the claim that was asked about */
  role: store.HouseholdRow['role']
  how: store.HouseholdRow['how']
  /** in the order in which they came, the asked one among them */
  claims: store.HouseholdClaim[]
}

/** The household of a claim and its claims, as far as the login and who acts may see them; null for whoever is alone. */
export async function findHousehold(
  db: Db | Tx,
  claimId: string,
  limit: number,
): Promise<Household | null> {
  const found = await store.selectHousehold(db, claimId)
  if (!found) return null
  const { household_id: id, founder_claim_id: founder, role, how } = found
  const claims = await store.selectHouseholdClaims(db, id, limit)
  return { id, number: householdNumber(id), founder, role, how, claims }
}

const over: readonly ClaimState[] = ['expired', 'withdrawn', 'erased']

/** How many people of the household file in this case: what tells a family from abuse of one address. */
export function membersIn({ claims }: Pick<Household, 'claims'>, matterId: string): number {
  return claims.filter((one) => one.matter_id === matterId && !over.includes(one.state)).length
}

/** The same by claim, for those of these claims that are in a household. */
export async function findHouseholdSizes(
  db: Db | Tx,
  claimIds: string[],
): Promise<Map<string, number>> {
  return store.selectSizes(db, claimIds, over)
}

/** The numbers under which deliveries name households, by claim. */
export async function findHouseholdNumbers(
  db: Db | Tx,
  claimIds: string[],
): Promise<Map<string, string>> {
  const ids = await store.selectHouseholdIds(db, claimIds)
  return new Map([...ids].map(([claim, id]) => [claim, householdNumber(id)]))
}

/** The household in which something that begins with this claim will be, or would be. */
export async function householdOfClaim(
  db: Db | Tx,
  claim: { id: string; number: string },
): Promise<Pick<DraftHousehold, 'id' | 'founder' | 'filer'> & { isThere: boolean }> {
  const found = await store.selectHousehold(db, claim.id)
  return {
    id: found?.household_id ?? householdIdOf(claim.id),
    founder: found?.founder_claim_id ?? claim.id,
    filer: claim.number,
    isThere: found !== undefined,
  }
}
