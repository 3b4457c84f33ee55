import type { Db } from '../db/connections'
import type { ClaimState } from './claim-state'
import { selectClaim } from './claims.store'

const hourMs = 60 * 60 * 1000

/** A mistyped address may be corrected by whoever filed, for some hours and until it is confirmed. */
export function isCorrectable(
  claim: { state: ClaimState; filed_at: Date },
  now: Date,
  { correctionHours }: { correctionHours: number },
): boolean {
  return (
    claim.state === 'unverified' &&
    now.getTime() < claim.filed_at.getTime() + correctionHours * hourMs
  )
}

/** How far a claim is, for the browser that filed it. */
export async function findClaimStatus(
  db: Db,
  claimId: string,
): Promise<{ state: ClaimState; filed_at: Date } | undefined> {
  return selectClaim(db, { id: claimId })
}
