import type { ClaimState } from '../claims/claim-state'
import type { Tx } from '../db/connections'
import type { LiveDocument } from './evidence.store'

/** What members of staff see of documents; every statement runs as the actor, so row-level policies apply. */

export interface StaffDocument extends LiveDocument {
  /** pages that can be looked at */
  pages: number
  /** of who destroyed it; null: nobody of the staff did */
  destroyer: string | null
}

/** The documents of a claim, or one of them, the newest first. */
export async function selectStaffDocuments(
  tx: Tx,
  where: { claimId: string; id?: string },
): Promise<StaffDocument[]> {
  const rows = tx('evidence as e')
    .leftJoin('people as p', 'p.id', 'e.destroyed_by')
    .where({ 'e.claim_id': where.claimId })
    .orderBy(['e.created_at', 'e.id'].map((column) => ({ column, order: 'desc' as const })))
  if (where.id !== undefined) void rows.where({ 'e.id': where.id })
  return rows.select<StaffDocument[]>(
    'e.id',
    'e.state',
    'e.kind',
    'e.type',
    'e.bytes',
    'e.view',
    'e.view_problem',
    'e.created_at',
    'e.received_at',
    'e.destroyed_at',
    'e.reason',
    'p.name as destroyer',
    tx.raw(
      `(select count(*) from evidence_objects o where o.evidence_id = e.id and o.part = 'view') as pages`,
    ),
  )
}

/** The name of a file in the store; undefined when there is none, or the actor may not see it. */
export async function selectFile(
  tx: Tx,
  of: { claimId: string; id: string; part: 'original' | 'view'; page: number },
): Promise<string | undefined> {
  const row = await tx('evidence_objects as o')
    .join('evidence as e', 'e.id', 'o.evidence_id')
    .where({ 'e.claim_id': of.claimId, 'e.id': of.id, 'e.state': 'received' })
    .where({ 'o.part': of.part, 'o.page': of.page })
    .first<{ id: string } | undefined>('o.id')
  return row?.id
}

export interface ClaimOfDocument {
  id: string
  number: string
  state: ClaimState
  screened_at: Date | null
  matter_id: string
}

export async function selectClaim(tx: Tx, id: string): Promise<ClaimOfDocument | undefined> {
  return tx('claims')
    .where({ id })
    .first<ClaimOfDocument | undefined>('id', 'number', 'state', 'screened_at', 'matter_id')
}

/** Held until the transaction ends: what one person destroys at the same moment is counted one by one. */
export async function lockDestroying(tx: Tx, personId: string): Promise<void> {
  await tx.raw(`select pg_advisory_xact_lock(hashtextextended(?, 0))`, [`destroying ${personId}`])
}

/** In how many claims, this one apart, the person has destroyed documents since then. */
export async function countClaimsDestroyedIn(
  tx: Tx,
  personId: string,
  since: Date,
  apart: string,
): Promise<number> {
  const rows = await tx('evidence')
    .where({ destroyed_by: personId })
    .where('destroyed_at', '>', since)
    .whereNot({ claim_id: apart })
    .countDistinct<{ count: number }[]>('claim_id as count')
  return rows[0]!.count
}
