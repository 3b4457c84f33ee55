import type { Db, Tx } from '../../db/connections'
import { redrive } from '../../outbox/redrive'
import type { StoppedBy } from './change-state'

/** What only the worker reads and writes of changes of address. */

export interface EmailChangeRow {
  id: string
  claim_id: string
  origin: 'claimant' | 'staff'
  requested_by: string | null
  reason: string | null
  identified_by: string | null
  created_at: Date
  expires_at: Date
  started_at: Date | null
  attempts: number
  confirmed_old_at: Date | null
  confirmed_new_at: Date | null
  noticed_at: Date | null
  hold_until: Date | null
  approved_by: string | null
  approved_at: Date | null
  applied_at: Date | null
  applied_claims: number | null
  stopped_at: Date | null
  stopped_by: StoppedBy | null
}

const columns = [
  'id',
  'claim_id',
  'origin',
  'requested_by',
  'reason',
  'identified_by',
  'created_at',
  'expires_at',
  'started_at',
  'attempts',
  'confirmed_old_at',
  'confirmed_new_at',
  'noticed_at',
  'hold_until',
  'approved_by',
  'approved_at',
  'applied_at',
  'applied_claims',
  'stopped_at',
  'stopped_by',
] as const

export async function selectEmailChange(
  db: Db | Tx,
  id: string,
): Promise<EmailChangeRow | undefined> {
  return db('email_changes')
    .where({ id })
    .first<EmailChangeRow | undefined>(...columns)
}

/** Whether everybody of the staff who asked for a change or approved it still is; true of a claimant's own. */
export async function areStaffActive(
  tx: Tx,
  change: Pick<EmailChangeRow, 'requested_by' | 'approved_by'>,
): Promise<boolean> {
  const staff = [change.requested_by, change.approved_by].filter((id) => id !== null)
  if (staff.length === 0) return true
  const active = await tx('people').whereIn('id', staff).where({ state: 'active' }).select('id')
  return active.length === staff.length
}

/** The change, locked until the transaction ends. Whoever also locks its claim does that first. */
export async function lockEmailChange(
  tx: Tx,
  where: { id: string } | { old_token_hash: Buffer } | { new_token_hash: Buffer },
): Promise<EmailChangeRow | undefined> {
  return tx('email_changes')
    .where(where)
    .forNoKeyUpdate()
    .first<EmailChangeRow | undefined>(...columns)
}

/** The change of a claim that was begun and is not over, locked. */
export async function lockOpenOf(tx: Tx, claimId: string): Promise<EmailChangeRow | undefined> {
  return tx('email_changes')
    .where({ claim_id: claimId, applied_at: null, stopped_at: null })
    .whereNotNull('started_at')
    .forNoKeyUpdate()
    .first<EmailChangeRow | undefined>(...columns)
}

export async function insertOfClaimant(
  tx: Tx,
  change: { id: string; claimId: string; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await tx('email_changes').insert({
    id: change.id,
    claim_id: change.claimId,
    origin: 'claimant',
    created_at: change.createdAt,
    expires_at: change.expiresAt,
  })
}

export async function updateEmailChange(
  tx: Tx,
  id: string,
  change: Partial<
    Pick<
      EmailChangeRow,
      | 'started_at'
      | 'confirmed_old_at'
      | 'confirmed_new_at'
      | 'noticed_at'
      | 'hold_until'
      | 'applied_at'
      | 'applied_claims'
      | 'stopped_at'
      | 'stopped_by'
    >
  > & { old_token_hash?: Buffer; new_token_hash?: Buffer },
): Promise<void> {
  await tx('email_changes').where({ id }).update(change)
}

export async function countWrongCode(tx: Tx, id: string): Promise<void> {
  await tx('email_changes').where({ id }).increment('attempts', 1)
}

/** Changes that the person of a claim has begun from its page since then. */
export async function countBegun(tx: Tx, claimId: string, since: Date): Promise<number> {
  const rows = await tx('email_changes')
    .where({ claim_id: claimId, origin: 'claimant' })
    .where('created_at', '>', since)
    .count<{ count: number }[]>()
  return rows[0]!.count
}

export interface ClaimOfPerson {
  id: string
  matter_id: string
  form_version: number
}

/**
 * The claim and the others of the same person, in the order of their ids: same address, same name and
 * birth date, in any matter. Families share an address, so it alone does not make a person. Those
 * whose address nobody ever confirmed are not the person's.
 */
export async function selectClaimsOfPerson(db: Db | Tx, claimId: string): Promise<ClaimOfPerson[]> {
  const found = await db.raw<{ rows: ClaimOfPerson[] }>(
    `select c.id, c.matter_id, c.form_version
     from blind_indexes mine
     join blind_indexes same using (kind, value)
     join claims c on c.id = same.claim_id
     where mine.claim_id = ? and mine.kind in ('email', 'name_birth')
       and c.verified_at is not null and c.state not in ('unverified', 'expired', 'erased')
     group by c.id
     having count(distinct mine.kind) = 2
     order by c.id`,
    [claimId],
  )
  return found.rows
}

export interface AnswerRow {
  id: string
  act: 'confirm' | 'stop'
  claim_id: string | null
  box: Buffer | null
}

export async function selectAnswer(db: Db, id: string): Promise<AnswerRow | undefined> {
  return db('email_change_answers')
    .where({ id })
    .first<AnswerRow | undefined>('id', 'act', 'claim_id', 'box')
}

/** The proof goes with the handling. */
export async function markAnswered(
  tx: Tx,
  id: string,
  now: Date,
  told: { outcome: 'confirmed' | 'stopped' | 'wrong' | 'over'; changeId: string | null },
): Promise<void> {
  await tx('email_change_answers')
    .where({ id })
    .update({ box: null, handled_at: now, outcome: told.outcome, change_id: told.changeId })
}

/** What is complete and whose time has come; Says it in the words of `isDue`. */
const due = `started_at is not null and applied_at is null and stopped_at is null
  and confirmed_new_at is not null and case origin
    when 'claimant' then confirmed_old_at is not null
    else coalesce(approved_at is not null and noticed_at is not null
      and hold_until <= cast(:now as timestamptz), false) end`

/** Asks, in the outbox, for changes that are due to be applied. */
export async function askForDue(tx: Tx, now: Date, limit: number): Promise<void> {
  await tx.raw(
    `insert into outbox (job, payload, created_at)
     select 'apply-email-change', jsonb_build_object('emailChangeId', id), now() from (
       select id from email_changes where ${due} order by created_at limit :limit) due`,
    { now, limit },
  )
}

/** Asks again for what a lost job left undone before `before`. */
export async function redriveEmailChanges(tx: Tx, before: Date, limit: number): Promise<void> {
  await tx.raw(
    `insert into outbox (job, payload, created_at)
     select 'start-email-change', jsonb_build_object('emailChangeId', id), now() from (
       select id from email_changes
       where started_at is null and applied_at is null and stopped_at is null and created_at < ?
       order by created_at limit ?) stuck`,
    [before, limit],
  )
  await redrive(
    tx,
    { table: 'email_change_answers', job: 'answer-email-change', key: 'answerId' },
    before,
    limit,
  )
}

/** Open changes whose time is over before somebody who must say yes has: what is complete only waits. */
export async function selectExpired(db: Db, now: Date, limit: number): Promise<string[]> {
  return db('email_changes')
    .where({ applied_at: null, stopped_at: null })
    .where('expires_at', '<=', now)
    .whereRaw(
      `not (confirmed_new_at is not null and case origin
         when 'claimant' then confirmed_old_at is not null else approved_at is not null end)`,
    )
    .orderBy('created_at')
    .limit(limit)
    .pluck('id')
}

/** Addresses of changes that were over before `before`: a notice that nobody could send does not keep one for ever. */
export async function deleteLeftAddresses(tx: Tx, before: Date): Promise<void> {
  await tx('email_change_texts')
    .whereIn('kind', ['old', 'new'])
    .whereIn('change_id', tx('email_changes').where('applied_at', '<', before).select('id'))
    .delete()
}

export async function deleteOldAnswers(tx: Tx, before: Date): Promise<void> {
  await tx('email_change_answers').where('handled_at', '<', before).delete()
}
