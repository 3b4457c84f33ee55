import type { Db, Tx } from '../../db/connections'
import type { ClaimState } from '../claim-state'

/** When claims are looked at for reminders, and who wants none: `claim_reminders`. */

/** Looks at the claim at this moment if not before. */
export async function planNext(
  tx: Tx,
  { id, claimId, at }: { id: string; claimId: string; at: Date },
): Promise<void> {
  await tx.raw(
    `insert into claim_reminders (claim_id, id, next_at) values (:claimId, :id, :at)
     on conflict (claim_id) do update set next_at = least(claim_reminders.next_at, excluded.next_at)`,
    { id, claimId, at },
  )
}

export async function selectDue(db: Db, now: Date, limit: number): Promise<string[]> {
  return db('claim_reminders')
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .limit(limit)
    .pluck('claim_id')
}

export interface ReminderRow {
  next_at: Date | null
  last_at: Date | null
  ended_at: Date | null
}

/** Held until the transaction ends, so that of two workers one reminds. */
export async function lockReminder(tx: Tx, claimId: string): Promise<ReminderRow | undefined> {
  return tx('claim_reminders')
    .where({ claim_id: claimId })
    .forUpdate()
    .first<ReminderRow | undefined>('next_at', 'last_at', 'ended_at')
}

export interface RemindedClaim {
  id: string
  filed_at: Date
  matter_id: string
  state: ClaimState
  language: 'ko' | 'en'
  verified_at: Date | null
  bounced_at: Date | null
}

/** Locked, so that what is missing and how the claim stands do not change meanwhile. */
export async function lockReminded(tx: Tx, claimId: string): Promise<RemindedClaim | undefined> {
  return tx('claims')
    .where({ id: claimId })
    .forNoKeyUpdate()
    .first<RemindedClaim | undefined>(
      'id',
      'filed_at',
      'matter_id',
      'state',
      'language',
      'verified_at',
      'bounced_at',
    )
}

/**
 * The newest reminder to the address of this claim, whichever of its claims it was about. The lock makes two
 * claims of a family, looked at in the same moment, see each other.
 */
export async function lockLastToAddress(tx: Tx, claimId: string): Promise<Date | null> {
  await tx.raw(
    `select pg_advisory_xact_lock(hashtextextended('reminder ' || encode(value, 'hex'), 0))
     from blind_indexes where claim_id = ? and kind = 'email'`,
    [claimId],
  )
  const found = await tx.raw<{ rows: { last: Date | null }[] }>(
    `select max(r.last_at) as last
     from blind_indexes mine
     join blind_indexes same using (kind, value)
     join claim_reminders r on r.claim_id = same.claim_id
     where mine.claim_id = ? and mine.kind = 'email'`,
    [claimId],
  )
  return found.rows[0]!.last
}

export async function updateReminder(
  tx: Tx,
  claimId: string,
  change: { next_at: Date | null; last_at?: Date },
): Promise<void> {
  await tx('claim_reminders').where({ claim_id: claimId }).update(change)
}

/** What the link that ends reminders is derived from; made where a claim was never planned. */
export async function selectReminderId(db: Db, claimId: string): Promise<string | undefined> {
  const row = await db('claim_reminders')
    .where({ claim_id: claimId })
    .first<{ id: string } | undefined>('id')
  return row?.id
}

export async function storeTokenHash(db: Db, claimId: string, tokenHash: Buffer): Promise<void> {
  await db('claim_reminders').where({ claim_id: claimId }).update({ token_hash: tokenHash })
}

/** The link that ends reminders is derived from another id from now on. */
export async function renewReminderId(tx: Tx, claimId: string, id: string): Promise<void> {
  await tx('claim_reminders').where({ claim_id: claimId }).update({ id, token_hash: null })
}

/** Whether reminders of this claim were ended; null when it never had any to end. */
export async function selectEnded(db: Db | Tx, claimId: string): Promise<boolean | null> {
  const row = await db('claim_reminders')
    .where({ claim_id: claimId })
    .first<{ ended_at: Date | null } | undefined>('ended_at')
  return row ? row.ended_at !== null : null
}

/** False when they are so already. */
export async function switchOwn(tx: Tx, claimId: string, ended: Date | null): Promise<boolean> {
  const rows = tx('claim_reminders').where({ claim_id: claimId })
  const changed = await (ended ? rows.whereNull('ended_at') : rows.whereNotNull('ended_at')).update(
    { ended_at: ended },
  )
  return changed === 1
}

/** By the hash of a mailed token, which is all that the public login can ask for. */
export async function selectByToken(
  db: Db,
  tokenHash: Buffer,
): Promise<{ claim_id: string; ended_at: Date | null } | undefined> {
  const found = await db.raw<{ rows: { claim_id: string; ended_at: Date | null }[] }>(
    'select claim_id, ended_at from reminders_of(?)',
    [tokenHash],
  )
  return found.rows[0]
}

/** @returns the claim, or null when they are so already */
export async function switchByToken(
  tx: Tx,
  tokenHash: Buffer,
  ended: Date | null,
): Promise<string | null> {
  const found = await tx.raw<{ rows: { claim_id: string | null }[] }>(
    'select switch_reminders(?, ?) as claim_id',
    [tokenHash, ended],
  )
  return found.rows[0]?.claim_id ?? null
}
