import { timingSafeEqual } from 'node:crypto'
import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import { digestToken } from '../vault/verification-secrets'
import { transition } from './claim-state'
import * as store from './claims.store'

export interface ConfirmDeps {
  db: Db
  clock: Clock
  config: { limits: { verificationAttempts: number } }
  digestCode: (claimId: string, code: string) => Buffer
}

/** What a mailed link is good for. `closed`: the claim expired, or was withdrawn or erased. */
export type LinkState = 'usable' | 'confirmed' | 'expired' | 'superseded' | 'closed' | 'unknown'

export interface Link {
  state: LinkState
  claim?: { id: string; number: string; matterId: string }
}

/** Looks at a mailed link and changes nothing: programs that check mail open every link. */
export async function readLink({ db, clock }: ConfirmDeps, token: string): Promise<Link> {
  const verification = await store.selectVerificationByToken(db, digestToken(token))
  if (!verification) return { state: 'unknown' }
  const claim = await store.selectClaim(db, { id: verification.claim_id })
  return claim ? linkOf(verification, claim, clock.now()) : { state: 'unknown' }
}

/**
 * Uses a mailed link: once, within its hours. The claim becomes verified in the same transaction.
 * @returns `confirmed` also when it was confirmed before
 */
export async function confirmByLink(deps: ConfirmDeps, token: string): Promise<Link> {
  const now = deps.clock.now()
  return deps.db.transaction(async (tx) => {
    const verification = await store.lockVerificationByToken(tx, digestToken(token))
    const claim = verification && (await store.selectClaim(tx, { id: verification.claim_id }))
    if (!verification || !claim) return { state: 'unknown' }
    const link = linkOf(verification, claim, now)
    if (link.state !== 'usable') return link
    return confirm(tx, now, verification, claim, 'link')
  })
}

/**
 * Uses the six-digit code of the newest mail. Anything that does not fit, from an unknown number to a
 * code that was guessed too often, is the same `wrong`: nobody learns which claims exist.
 */
export async function confirmByCode(
  deps: ConfirmDeps,
  number: string | null,
  typedCode: string,
): Promise<Link | { state: 'wrong' }> {
  const now = deps.clock.now()
  const code = typedCode.normalize('NFKC').replace(/[\s-]/g, '')
  if (number === null || !/^\d{6}$/.test(code)) return { state: 'wrong' }
  return deps.db.transaction(async (tx): Promise<Link | { state: 'wrong' }> => {
    const claim = await store.selectClaim(tx, { number })
    const verification = claim && (await store.lockNewestVerification(tx, claim.id))
    const digest = deps.digestCode(claim?.id ?? number, code)
    if (!claim || !verification?.code_hash) return { state: 'wrong' }
    if (verification.attempts >= deps.config.limits.verificationAttempts) {
      return { state: 'wrong' }
    }
    if (!timingSafeEqual(digest, verification.code_hash)) {
      // Returned, not thrown: the count has to be committed.
      await store.countWrongCode(tx, verification.id)
      return { state: 'wrong' }
    }
    const link = linkOf(verification, claim, now)
    if (link.state === 'confirmed') return link
    if (link.state !== 'usable') return { state: 'wrong' }
    return confirm(tx, now, verification, claim, 'code')
  })
}

async function confirm(
  tx: Tx,
  now: Date,
  verification: store.VerificationRow,
  claim: store.ClaimRow,
  how: 'link' | 'code',
): Promise<Link> {
  transition(claim.state, 'verify')
  if (!(await store.updateVerified(tx, claim, now))) {
    // Something else changed the claim at this moment: look again at what it is now.
    const current = await store.selectClaim(tx, { id: claim.id })
    const link = current && linkOf(verification, current, now)
    return link && link.state !== 'usable' ? link : { state: 'unknown' }
  }
  await store.consumeVerification(tx, verification.id, now)
  await appendEntry(tx, now, {
    kind: 'claim.verified',
    claimId: claim.id,
    private: { verification: verification.id, how },
  })
  return { state: 'confirmed', claim: shown(claim) }
}

function linkOf(verification: store.VerificationRow, claim: store.ClaimRow, now: Date): Link {
  const state = (): LinkState => {
    if (['expired', 'withdrawn', 'erased'].includes(claim.state)) return 'closed'
    if (claim.state !== 'unverified' || verification.consumed_at) return 'confirmed'
    if (verification.superseded_at) return 'superseded'
    return now < verification.expires_at ? 'usable' : 'expired'
  }
  return { state: state(), claim: shown(claim) }
}

function shown({ id, number, matter_id }: store.ClaimRow) {
  return { id, number, matterId: matter_id }
}
