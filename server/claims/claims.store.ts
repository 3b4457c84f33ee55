import type { Db, Tx } from '../db/connections'
import type { ClaimState } from './claim-state'
import type { AskedFrom, RequestKind } from './request-limits'

/** What the public surface may know of a claim; what was answered it cannot read. */

export interface ClaimRow {
  id: string
  number: string
  matter_id: string
  state: ClaimState
  revision: number
  filed_at: Date
  /** when the newest mail came back */
  bounced_at: Date | null
}

export interface VerificationRow {
  id: string
  claim_id: string
  /** what was signed and is confirmed with it */
  pack_id: string | null
  expires_at: Date
  consumed_at: Date | null
  superseded_at: Date | null
}

const claimColumns = [
  'id',
  'number',
  'matter_id',
  'state',
  'revision',
  'filed_at',
  'bounced_at',
] as const
const verificationColumns = [
  'id',
  'claim_id',
  'pack_id',
  'expires_at',
  'consumed_at',
  'superseded_at',
] as const

export async function selectClaim(
  db: Db | Tx,
  where: { id: string } | { number: string },
): Promise<ClaimRow | undefined> {
  return db('claims')
    .where(where)
    .first<ClaimRow | undefined>(...claimColumns)
}

/** An unconfirmed claim, held until the transaction ends, so that what is asked of it is counted one by one. */
export async function lockUnverified(tx: Tx, id: string): Promise<ClaimRow | undefined> {
  return tx('claims')
    .where({ id, state: 'unverified' })
    .forNoKeyUpdate()
    .first<ClaimRow | undefined>(...claimColumns)
}

/** When something was asked for of a claim, oldest first. */
export async function selectRequestMoments(
  db: Db | Tx,
  asked: { claimId: string; kind: RequestKind; from: AskedFrom },
  since: Date | null,
): Promise<Date[]> {
  const { claimId, kind, from } = asked
  const rows = db('claim_requests').where({ claim_id: claimId, kind, asked_from: from })
  if (since) void rows.where('created_at', '>', since)
  return rows.orderBy('created_at').pluck('created_at')
}

/** Whether anything was asked of a claim after `moment`. */
export async function isAskedSince(db: Db, claimId: string, moment: Date): Promise<boolean> {
  const row = await db('claim_requests')
    .where({ claim_id: claimId })
    .where('created_at', '>', moment)
    .first('created_at')
  return row !== undefined
}

export async function selectVerificationByToken(
  db: Db | Tx,
  tokenHash: Buffer,
): Promise<VerificationRow | undefined> {
  return db('verifications')
    .where({ token_hash: tokenHash })
    .first<VerificationRow | undefined>(...verificationColumns)
}

/** A link that was pressed or a code that was typed, which only the worker can read. */
export async function insertConfirmation(
  tx: Tx,
  given: { id: string; claim_id: string | null; box: Buffer; created_at: Date },
): Promise<void> {
  await tx('confirmations').insert(given)
}

export interface ConfirmationRow {
  id: string
  claim_id: string | null
  created_at: Date
  outcome: 'confirmed' | 'address' | 'refused' | null
}

export async function selectConfirmation(db: Db, id: string): Promise<ConfirmationRow | undefined> {
  return db('confirmations')
    .where({ id })
    .first<ConfirmationRow | undefined>('id', 'claim_id', 'created_at', 'outcome')
}

/** Where a claim is, held until the transaction ends; rows may still refer to it. */
export async function lockForWithdrawal(
  tx: Tx,
  id: string,
): Promise<{ state: ClaimState } | undefined> {
  return tx('claims')
    .where({ id })
    .forNoKeyUpdate()
    .first<{ state: ClaimState } | undefined>('state')
}

export async function updateWithdrawn(tx: Tx, id: string, state: ClaimState): Promise<void> {
  await tx('claims')
    .where({ id })
    .update({ state, revision: tx.raw('revision + 1') })
}

export async function insertRequest(
  tx: Tx,
  request: {
    id: string
    claimId: string
    kind: RequestKind
    from: AskedFrom
    box: Buffer | null
    now: Date
  },
): Promise<void> {
  await tx('claim_requests').insert({
    id: request.id,
    claim_id: request.claimId,
    kind: request.kind,
    asked_from: request.from,
    box: request.box,
    created_at: request.now,
  })
}
