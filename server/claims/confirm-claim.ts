import { timingSafeEqual } from 'node:crypto'
import { confirmPack, isWaiting } from '../authority/confirm-pack'
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

/** A code that does not fit; `unknown`: there is no such claim. */
export type WrongCode = { state: 'wrong'; unknown?: true }

/** Looks at a mailed link and changes nothing: programs that check mail open every link. */
export async function readLink({ db, clock }: ConfirmDeps, token: string): Promise<Link> {
  const verification = await store.selectVerificationByToken(db, digestToken(token))
  const claim = verification && (await store.selectClaim(db, { id: verification.claim_id }))
  if (!verification || !claim) return { state: 'unknown' }
  return linkOf(verification, claim, await waitingPack(db, verification), clock.now())
}

/**
 * Uses a mailed link: once, within its hours. The claim becomes verified, and what was signed confirmed, in
 * the same transaction.
 * @param seen the pack that the page with the button has shown; another one, or none, confirms nothing
 * @returns `confirmed` also when it was confirmed before
 */
export async function confirmByLink(
  deps: ConfirmDeps,
  token: string,
  seen: string | null,
): Promise<Link> {
  const now = deps.clock.now()
  return deps.db.transaction(async (tx) => {
    const verification = await store.lockVerificationByToken(tx, digestToken(token))
    const claim = verification && (await store.selectClaim(tx, { id: verification.claim_id }))
    if (!verification || !claim) return { state: 'unknown' }
    const pack = await waitingPack(tx, verification)
    const link = linkOf(verification, claim, pack, now)
    if (link.state !== 'usable' || (pack !== null && pack !== seen)) return link
    return confirm(tx, now, { verification, claim, pack, how: 'link' })
  })
}

/**
 * Uses the six-digit code of the newest mail. Anything that does not fit, from an unknown number to a
 * code that was guessed too often, is the same `wrong`: nobody learns which claims exist; `unknown` says that
 * there is none, to whoever counts and not to whoever asks. Typed where
 * nothing signed was shown (`seen`), it confirms the address alone.
 */
export async function confirmByCode(
  deps: ConfirmDeps,
  number: string | null,
  typedCode: string,
  seen: string | null = null,
): Promise<Link | WrongCode> {
  const now = deps.clock.now()
  const code = typedCode.normalize('NFKC').replace(/[\s-]/g, '')
  if (number === null || !/^\d{6}$/.test(code)) return { state: 'wrong' }
  return deps.db.transaction(async (tx): Promise<Link | WrongCode> => {
    const claim = await store.selectClaim(tx, { number })
    const verification = claim && (await store.lockNewestVerification(tx, claim.id))
    const digest = deps.digestCode(claim?.id ?? number, code)
    if (!claim) return { state: 'wrong', unknown: true }
    if (!verification?.code_hash) return { state: 'wrong' }
    if (verification.attempts >= deps.config.limits.verificationAttempts) {
      return { state: 'wrong' }
    }
    if (!timingSafeEqual(digest, verification.code_hash)) {
      // Returned, not thrown: the count has to be committed.
      await store.countWrongCode(tx, verification.id)
      return { state: 'wrong' }
    }
    const pack = await waitingPack(tx, verification)
    const link = linkOf(verification, claim, pack, now)
    if (link.state === 'confirmed') return link
    if (link.state !== 'usable') return { state: 'wrong' }
    const wanted = pack === seen ? pack : null
    return confirm(tx, now, { verification, claim, pack: wanted, how: 'code', left: pack })
  })
}

async function confirm(
  tx: Tx,
  now: Date,
  {
    verification,
    claim,
    pack,
    how,
    left = pack,
  }: {
    verification: store.VerificationRow
    claim: store.ClaimRow
    /** is confirmed with it */
    pack: string | null
    how: 'link' | 'code'
    /** waits, whether it is confirmed now or not */
    left?: string | null
  },
): Promise<Link> {
  if (claim.state === 'unverified') {
    transition(claim.state, 'verify')
    if (!(await store.updateVerified(tx, claim, now))) {
      // Something else changed the claim at this moment: look again at what it is now.
      const current = await store.selectClaim(tx, { id: claim.id })
      const link = current && linkOf(verification, current, left, now)
      return link && link.state !== 'usable' ? link : { state: 'unknown' }
    }
    await appendEntry(tx, now, {
      kind: 'claim.verified',
      claimId: claim.id,
      private: { verification: verification.id, how },
    })
  }
  // The link of the same mail stays good for what was signed.
  if (left !== null && pack === null) return { state: 'address', claim: shown(claim), pack: left }
  if (pack !== null) await confirmPack(tx, now, pack, { how, verification: verification.id })
  await store.consumeVerification(tx, verification.id, now)
  return { state: 'confirmed', claim: shown(claim) }
}

function linkOf(
  verification: store.VerificationRow,
  claim: store.ClaimRow,
  pack: string | null,
  now: Date,
): Link {
  const state = (): LinkState => {
    if (['expired', 'withdrawn', 'erased'].includes(claim.state)) return 'closed'
    const done = claim.state !== 'unverified' || verification.consumed_at !== null
    if (done && pack === null) return 'confirmed'
    if (verification.superseded_at) return 'superseded'
    return now < verification.expires_at ? 'usable' : 'expired'
  }
  return { state: state(), claim: shown(claim), ...(pack === null ? {} : { pack }) }
}

async function waitingPack(
  db: Db | Tx,
  { pack_id: id }: store.VerificationRow,
): Promise<string | null> {
  return id !== null && (await isWaiting(db, id)) ? id : null
}

function shown({ id, number, matter_id }: store.ClaimRow) {
  return { id, number, matterId: matter_id }
}
