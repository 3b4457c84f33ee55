import { packState } from '../authority/confirm-pack'
import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { digestToken } from '../vault/verification-secrets'
import * as store from './claims.store'

/**
 * What a mailed link is good for. `closed`: the claim expired, or was withdrawn or erased. `address`: the
 * code was right and the address is confirmed, but what was signed has not been seen with it.
 */
export type LinkState =
  'usable' | 'confirmed' | 'address' | 'expired' | 'superseded' | 'closed' | 'unknown'

export interface Link {
  state: LinkState
  claim?: { id: string; number: string; matterId: string }
  /** what was signed and waits to be confirmed with it */
  pack?: string
}

/** Looks at a mailed link and changes nothing: programs that check mail open every link. */
export async function readLink(
  { db, clock }: { db: Db; clock: Clock },
  token: string,
): Promise<Link> {
  const verification = await store.selectVerificationByToken(db, digestToken(token))
  const claim = verification && (await store.selectClaim(db, { id: verification.claim_id }))
  if (!verification || !claim) return { state: 'unknown' }
  const pack = await packOf(db, verification)
  const { id, number, matter_id: matterId } = claim
  return {
    state: linkState(verification, claim, pack, clock.now()),
    claim: { id, number, matterId },
    ...(pack.waiting === null ? {} : { pack: pack.waiting }),
  }
}

/** How a link stands at this moment, by what the database says of it. */
export function linkState(
  verification: Pick<store.VerificationRow, 'consumed_at' | 'superseded_at' | 'expires_at'>,
  claim: Pick<store.ClaimRow, 'state'>,
  pack: PackOfLink,
  at: Date,
): LinkState {
  if (['expired', 'withdrawn', 'erased'].includes(claim.state)) return 'closed'
  const done = claim.state !== 'unverified' || verification.consumed_at !== null
  // Signed again, or replaced by other answers, before it was confirmed: nothing may say that it was.
  if (done && pack.waiting === null) return pack.lost ? 'superseded' : 'confirmed'
  if (verification.superseded_at) return 'superseded'
  return at < verification.expires_at ? 'usable' : 'expired'
}

/** What was signed and waits for this link or code; `lost`: it lost its force before it was confirmed. */
export interface PackOfLink {
  waiting: string | null
  lost: boolean
}

export async function packOf(
  db: Db | Tx,
  { pack_id: id }: Pick<store.VerificationRow, 'pack_id'>,
): Promise<PackOfLink> {
  const state = id === null ? null : await packState(db, id)
  return { waiting: state === 'waiting' ? id : null, lost: state === 'lost' }
}
