import type { Db, Tx } from '../../db/connections'
import type { CopyKey } from '../../vault/claimant-copies'
import type { ClaimState } from '../claim-state'

/** What the public surface writes and reads of claimants' access: requests, and nothing of a claim but its state. */

export interface AccessRequestRow {
  id: string
  kind: 'link' | 'open'
  asked_by: string | null
  created_at: Date
  expires_at: Date
  /** null while the worker has not answered */
  outcome: 'answered' | 'opened' | 'refused' | null
}

/** The request of the browser with this secret, expired ones left out. */
export async function selectRequest(
  db: Db,
  secretHash: Buffer,
  now: Date,
): Promise<AccessRequestRow | undefined> {
  return db('claimant_requests')
    .where({ secret_hash: secretHash })
    .where('expires_at', '>', now)
    .first<AccessRequestRow | undefined>(
      'id',
      'kind',
      'asked_by',
      'created_at',
      'expires_at',
      'outcome',
    )
}

export async function insertRequest(
  tx: Tx,
  request: {
    id: string
    kind: 'link' | 'open'
    key: CopyKey
    askedBy: string | null
    box: Buffer
    now: Date
    expiresAt: Date
  },
): Promise<void> {
  await tx('claimant_requests').insert({
    id: request.id,
    kind: request.kind,
    secret_hash: request.key.tokenHash,
    public_key: request.kind === 'open' ? request.key.publicKey : null,
    asked_by: request.askedBy,
    box: request.box,
    created_at: request.now,
    expires_at: request.expiresAt,
  })
}

export async function selectLink(
  db: Db,
  tokenHash: Buffer,
): Promise<{ expires_at: Date; consumed_at: Date | null } | undefined> {
  return db('claimant_links')
    .where({ token_hash: tokenHash })
    .first<{ expires_at: Date; consumed_at: Date | null } | undefined>('expires_at', 'consumed_at')
}

export interface LiveClaim {
  id: string
  number: string
  matter_id: string
  /** that the claimant agreed to have their data given to */
  firm_id: string
  state: ClaimState
  /** of what was sent, as it is in force */
  version: number
  form_version: number
  filed_at: Date
  verified_at: Date | null
  decided_at: Date | null
}

/** How these claims stand now, the newest first. */
export async function selectLiveClaims(db: Db, ids: string[]): Promise<LiveClaim[]> {
  return db('claims')
    .whereIn('id', ids)
    .orderBy([
      { column: 'filed_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .select<LiveClaim[]>(
      'id',
      'number',
      'matter_id',
      'firm_id',
      'state',
      'version',
      'form_version',
      'filed_at',
      'verified_at',
      'decided_at',
    )
}

/** Ends what this browser has open: its copies and its request. */
export async function leaveClaims(tx: Tx, secretHash: Buffer): Promise<void> {
  await tx.raw('select leave_claims(?)', [secretHash])
}
