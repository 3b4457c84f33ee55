import type { Db, Tx } from '../db/connections'
import { redrive } from '../outbox/redrive'
import type { ClaimState } from './claim-state'

/** What the worker reads and writes when somebody confirms a claim. */

export interface GivenRow {
  claim_id: string | null
  box: Buffer | null
  created_at: Date
}

export interface LockedClaim {
  id: string
  state: ClaimState
}

export interface LockedVerification {
  id: string
  claim_id: string
  /** what was signed and is confirmed with it */
  pack_id: string | null
  expires_at: Date
  /** wrong codes so far */
  attempts: number
  consumed_at: Date | null
  superseded_at: Date | null
}

const columns = [
  'id',
  'claim_id',
  'pack_id',
  'expires_at',
  'attempts',
  'consumed_at',
  'superseded_at',
] as const

export async function selectGiven(db: Db, id: string): Promise<GivenRow | undefined> {
  return db('confirmations')
    .where({ id })
    .first<GivenRow | undefined>('claim_id', 'box', 'created_at')
}

/** Locked until the transaction ends: one link is used once, however often it is sent. */
export async function lockByToken(
  tx: Tx,
  tokenHash: Buffer,
): Promise<LockedVerification | undefined> {
  return tx('verifications')
    .where({ token_hash: tokenHash })
    .forUpdate()
    .first<LockedVerification | undefined>(...columns)
}

/** The verification that was mailed last for a claim, locked: wrong codes are counted one by one. */
export async function lockNewestMailed(
  tx: Tx,
  claimId: string,
): Promise<LockedVerification | undefined> {
  return tx('verifications')
    .where({ claim_id: claimId })
    .whereNull('superseded_at')
    .whereNotNull('token_hash')
    .orderBy('created_at', 'desc')
    .forUpdate()
    .first<LockedVerification | undefined>(...columns)
}

export async function countWrongCode(tx: Tx, verificationId: string): Promise<void> {
  await tx('verifications').where({ id: verificationId }).increment('attempts', 1)
}

export async function consumeVerification(
  tx: Tx,
  verificationId: string,
  now: Date,
): Promise<void> {
  await tx('verifications').where({ id: verificationId }).update({ consumed_at: now })
}

/** Where a claim is, held until the transaction ends; rows may still refer to it. */
export async function lockForConfirmation(tx: Tx, id: string): Promise<LockedClaim | undefined> {
  return tx('claims').where({ id }).forNoKeyUpdate().first<LockedClaim | undefined>('id', 'state')
}

export async function updateVerified(tx: Tx, id: string, now: Date): Promise<void> {
  await tx('claims')
    .where({ id })
    .update({ state: 'verified', verified_at: now, revision: tx.raw('revision + 1') })
}

export async function markConfirmation(
  tx: Tx,
  id: string,
  outcome: 'confirmed' | 'address' | 'refused',
  now: Date,
): Promise<void> {
  await tx('confirmations').where({ id }).update({ outcome, handled_at: now, box: null })
}

/** Asks again for what a lost job left unanswered. */
export async function redriveConfirmations(tx: Tx, before: Date, limit: number): Promise<void> {
  await redrive(
    tx,
    { table: 'confirmations', job: 'confirm-claim', key: 'confirmationId' },
    before,
    limit,
  )
}

/** What was answered long ago; the ledger keeps what came of it. */
export async function deleteOldConfirmations(tx: Tx, before: Date): Promise<void> {
  await tx('confirmations').where('handled_at', '<', before).delete()
}
