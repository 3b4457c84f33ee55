import type { Db, Tx } from '../db/connections'

/** What the public surface reads and writes of packs; what was signed it cannot read. */

export interface PackRow {
  id: string
  claim_id: string
  firm_id: string
  signer: 'claimant' | 'guardian'
  needs_guardian: boolean
  documents: string
  /** of the ciphertext */
  sha256: Buffer
  /** of what was shown and signed */
  document_sha256: Buffer
  signed_at: Date
  confirmed_at: Date | null
  superseded_at: Date | null
}

export const packColumns = [
  'id',
  'claim_id',
  'firm_id',
  'signer',
  'needs_guardian',
  'documents',
  'sha256',
  'document_sha256',
  'signed_at',
  'confirmed_at',
  'superseded_at',
] as const

export async function selectPack(db: Db | Tx, id: string): Promise<PackRow | undefined> {
  return db('authority_packs')
    .where({ id })
    .first<PackRow | undefined>(...packColumns)
}

/** What stands of a claim, newest first. */
export async function selectPacks(db: Db | Tx, claimId: string): Promise<PackRow[]> {
  return db('authority_packs')
    .where({ claim_id: claimId })
    .whereNull('superseded_at')
    .orderBy([
      { column: 'signed_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .select<PackRow[]>(...packColumns)
}

export interface GuardianLinkRow {
  claim_id: string
  expires_at: Date
  consumed_at: Date | null
  superseded_at: Date | null
}

export async function selectGuardianLink(
  db: Db,
  tokenHash: Buffer,
): Promise<GuardianLinkRow | undefined> {
  return db('guardian_links')
    .where({ token_hash: tokenHash })
    .first<GuardianLinkRow | undefined>('claim_id', 'expires_at', 'consumed_at', 'superseded_at')
}

/** The link that a guardian was sent last. */
export async function selectNewestGuardianLink(
  db: Db,
  claimId: string,
): Promise<GuardianLinkRow | undefined> {
  return db('guardian_links')
    .where({ claim_id: claimId })
    .whereNull('superseded_at')
    .orderBy('expires_at', 'desc')
    .first<GuardianLinkRow | undefined>('claim_id', 'expires_at', 'consumed_at', 'superseded_at')
}

export async function insertSigningRequest(
  tx: Tx,
  request: {
    id: string
    kind: 'own' | 'guardian'
    claim_id: string
    box: Buffer
    created_at: Date
  },
): Promise<void> {
  await tx('signing_requests').insert(request)
}

export async function selectSigningOutcome(
  db: Db,
  id: string,
): Promise<{ claim_id: string; outcome: 'taken' | 'refused' | null } | undefined> {
  return db('signing_requests')
    .where({ id })
    .first<{ claim_id: string; outcome: 'taken' | 'refused' | null } | undefined>(
      'claim_id',
      'outcome',
    )
}
