import type { Db } from '../db/connections'
import type { ClaimState } from './claim-state'
import { isAskedSince, selectClaim } from './claims.store'

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
): Promise<{ state: ClaimState; filed_at: Date; mailBounced: boolean } | undefined> {
  const claim = await selectClaim(db, { id: claimId })
  if (!claim) return undefined
  const { state, filed_at, bounced_at: at } = claim
  // What was asked for since then is on its way, and may arrive.
  return { state, filed_at, mailBounced: at !== null && !(await isAskedSince(db, claimId, at)) }
}
