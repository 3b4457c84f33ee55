import type { Tx } from '../../db/connections'
import type { Cursor } from '../../web/cursor'
import type { ClaimState } from '../claim-state'
import type { ChangeFacts } from './change-state'
import type { DeclineReason, IdentifiedBy, LostReason } from './staff-codes'

/** What staff see and do of changes of address; every statement runs as the actor, so row-level policies apply. */

export interface StaffChange extends ChangeFacts {
  id: string
  claim_id: string
  requested_by: string
  reason: LostReason
  identified_by: IdentifiedBy
  created_at: Date
  noticed_at: Date | null
  approved_by: string | null
  declined_by: string | null
  decline_reason: DeclineReason | null
  /** of the claim */
  number: string
  matter_id: string
  requester: string
  approver: string | null
  decliner: string | null
}

const columns = [
  'e.id',
  'e.claim_id',
  'e.origin',
  'e.requested_by',
  'e.reason',
  'e.identified_by',
  'e.created_at',
  'e.expires_at',
  'e.started_at',
  'e.confirmed_old_at',
  'e.confirmed_new_at',
  'e.noticed_at',
  'e.hold_until',
  'e.approved_by',
  'e.approved_at',
  'e.declined_by',
  'e.decline_reason',
  'e.applied_at',
  'e.stopped_at',
  'e.stopped_by',
  'c.number',
  'c.matter_id',
  'r.name as requester',
  'a.name as approver',
  'd.name as decliner',
] as const

function changes(tx: Tx) {
  return tx('email_changes as e')
    .join('claims as c', 'c.id', 'e.claim_id')
    .join('people as r', 'r.id', 'e.requested_by')
    .leftJoin('people as a', 'a.id', 'e.approved_by')
    .leftJoin('people as d', 'd.id', 'e.declined_by')
    .where('e.origin', 'staff')
}

export async function selectChange(tx: Tx, id: string): Promise<StaffChange | undefined> {
  return changes(tx)
    .where('e.id', id)
    .first<StaffChange | undefined>(...columns)
}

/** A page of changes under way, those that wait for an approval first, each the oldest first. */
export async function selectOpen(
  tx: Tx,
  { behind, limit }: { behind: (Cursor & { approved: boolean }) | null; limit: number },
): Promise<StaffChange[]> {
  const open = changes(tx).where({ 'e.applied_at': null, 'e.stopped_at': null })
  if (behind) {
    void open.whereRaw('(e.approved_at is not null, e.created_at, e.id) > (?, ?, ?)', [
      behind.approved,
      behind.at,
      behind.id,
    ])
  }
  return open
    .orderByRaw('e.approved_at is not null, e.created_at, e.id')
    .limit(limit)
    .select<StaffChange[]>(...columns)
}

/** The change of a claim that staff started and that is not over. */
export async function selectOpenOf(tx: Tx, claimId: string): Promise<{ id: string } | undefined> {
  return tx('email_changes')
    .where({ claim_id: claimId, origin: 'staff', applied_at: null, stopped_at: null })
    .orderBy('created_at', 'desc')
    .first<{ id: string } | undefined>('id')
}

export interface ClaimRow {
  id: string
  number: string
  matter_id: string
  state: ClaimState
}

/** `lock`: held until the transaction ends, so that two who start at once do it one after the other. */
export async function selectClaim(
  tx: Tx,
  id: string,
  { lock = false } = {},
): Promise<ClaimRow | undefined> {
  const claim = tx('claims').where({ id })
  if (lock) void claim.forNoKeyUpdate()
  return claim.first<ClaimRow | undefined>('id', 'number', 'matter_id', 'state')
}

export async function insertChange(
  tx: Tx,
  change: {
    id: string
    claimId: string
    personId: string
    reason: LostReason
    identifiedBy: IdentifiedBy
    now: Date
    expiresAt: Date
  },
): Promise<void> {
  await tx('email_changes').insert({
    id: change.id,
    claim_id: change.claimId,
    origin: 'staff',
    requested_by: change.personId,
    reason: change.reason,
    identified_by: change.identifiedBy,
    created_at: change.now,
    expires_at: change.expiresAt,
  })
}

/** Of any number who approve at once, one does: the update's lock and its condition. */
export async function approve(tx: Tx, id: string, personId: string, now: Date): Promise<boolean> {
  const updated = await open(tx, id)
    .whereNull('approved_at')
    .whereNot({ requested_by: personId })
    .where('expires_at', '>', now)
    .update({ approved_by: personId, approved_at: now })
  return updated === 1
}

export async function decline(
  tx: Tx,
  id: string,
  by: { personId: string; reason: DeclineReason; now: Date },
): Promise<boolean> {
  const updated = await open(tx, id).update({
    declined_by: by.personId,
    decline_reason: by.reason,
    stopped_at: by.now,
    stopped_by: 'declined',
  })
  return updated === 1
}

function open(tx: Tx, id: string) {
  return tx('email_changes').where({ id, origin: 'staff', applied_at: null, stopped_at: null })
}

/** Whether this person has opened something of the claim for this purpose since then. */
export async function hasOpened(
  tx: Tx,
  {
    claimId,
    personId,
    purpose,
  }: { claimId: string; personId: string; purpose: 'identity_check' | 'email_change' },
  since: Date,
): Promise<boolean> {
  const { rows } = await tx.raw<{ rows: { opened: boolean }[] }>(
    `select exists (
       select 1 from opening_claims o
       join ledger_entries e on e.id = o.entry_id
       join ledger_private p on p.entry_id = o.entry_id
       where o.claim_id = :claimId and e.at >= :since
         and cast(p.private as jsonb) ->> 'person' = :personId
         and cast(p.private as jsonb) ->> 'purpose' = :purpose) as opened`,
    { claimId, personId, purpose, since },
  )
  return rows[0]!.opened
}

/** Whether anybody but this person could approve. */
export async function hasSecond(tx: Tx, personId: string): Promise<boolean> {
  const row = await tx('people')
    .whereIn('role', ['administrator', 'moderator'])
    .where({ state: 'active' })
    .whereNot({ id: personId })
    .first('id')
  return row !== undefined
}
