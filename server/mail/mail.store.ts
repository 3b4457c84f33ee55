import type { Db, Tx } from '../db/connections'

export type MailState = 'queued' | 'sent' | 'deferred' | 'bounced' | 'failed' | 'dropped'

export interface MailRow {
  id: string
  template: string
  claim_id: string | null
  person_id: string | null
  subject_id: string | null
  language: 'ko' | 'en'
  state: MailState
  attempts: number
  created_at: Date
}

export async function selectMail(db: Db, id: string): Promise<MailRow | undefined> {
  return db('mails').where({ id }).first<MailRow | undefined>()
}

/** Records the outcome of one attempt; false when the row is no longer at that attempt. */
export async function updateAttempt(
  tx: Tx,
  { id, attempts }: MailRow,
  outcome: {
    state: MailState
    smtp_code?: number | null
    next_attempt_at?: Date | null
    sent_at?: Date
  },
): Promise<boolean> {
  const updated = await tx('mails')
    .where({ id, attempts, state: 'queued' })
    .update({ next_attempt_at: null, ...outcome, attempts: attempts + 1 })
  return updated === 1
}

/** Whether no newer mail about the same claim was queued. */
export async function isNewest(tx: Tx, mail: MailRow): Promise<boolean> {
  const newer = await tx('mails')
    .where({ claim_id: mail.claim_id })
    .whereRaw('(created_at, id) > (?, ?)', [mail.created_at, mail.id])
    .first('id')
  return newer === undefined
}

/**
 * Queues again what is due: deferred mails whose time has come, and queued ones that no job took up for
 * `redriveMs`. The date set here keeps the next sweep from queueing the same ones again.
 */
export async function redriveMails(
  tx: Tx,
  now: Date,
  { mailRedriveMs, sweepRows }: { mailRedriveMs: number; sweepRows: number },
): Promise<number> {
  const redriven = await tx.raw<{ rowCount: number }>(
    `with due as (
       select id from mails
       where state in ('queued', 'deferred')
         and coalesce(next_attempt_at, created_at + :redrive * interval '1 ms') <= cast(:now as timestamptz)
       order by created_at limit :rows for update skip locked
     ), again as (
       update mails set state = 'queued',
         next_attempt_at = cast(:now as timestamptz) + :redrive * interval '1 ms'
       where id in (select id from due) returning id
     )
     insert into outbox (job, payload, created_at)
     select 'send-mail', jsonb_build_object('mailId', id), now() from again`,
    { now, redrive: mailRedriveMs, rows: sweepRows },
  )
  return redriven.rowCount
}

export interface MailClaim {
  number: string
  matter_id: string
  form_version: number
  /** of the sealed record in force */
  version: number
  state: string
  decision_reason: string | null
}

export async function selectMailClaim(db: Db, id: string): Promise<MailClaim | undefined> {
  return db('claims')
    .where({ id })
    .first<MailClaim | undefined>(
      'number',
      'matter_id',
      'form_version',
      'version',
      'state',
      'decision_reason',
    )
}

/** The number of the earlier claim that this one looks like a repetition of. */
export async function selectEarlierNumber(db: Db, claimId: string): Promise<string | undefined> {
  const row = await db('claims as c')
    .join('claims as earlier', 'earlier.id', 'c.duplicate_of')
    .where('c.id', claimId)
    .first<{ number: string } | undefined>('earlier.number')
  return row?.number
}

export interface LinkRow {
  expires_at: Date
  consumed_at: Date | null
  superseded_at?: Date | null
}

export async function selectVerification(db: Db, id: string): Promise<LinkRow | undefined> {
  return db('verifications')
    .where({ id })
    .first<LinkRow | undefined>('expires_at', 'consumed_at', 'superseded_at')
}

export async function selectAccessLink(db: Db, id: string): Promise<LinkRow | undefined> {
  return db('claimant_links').where({ id }).first<LinkRow | undefined>('expires_at', 'consumed_at')
}

export async function storeVerificationHashes(
  db: Db,
  id: string,
  hashes: { token_hash: Buffer; code_hash: Buffer },
): Promise<void> {
  await db('verifications').where({ id }).update(hashes)
}

export async function selectInvitation(db: Db, id: string): Promise<LinkRow | undefined> {
  return db('invitations').where({ id }).first<LinkRow | undefined>('expires_at', 'consumed_at')
}

export async function storeInvitationHash(db: Db, id: string, tokenHash: Buffer): Promise<void> {
  await db('invitations').where({ id }).update({ token_hash: tokenHash })
}

export interface MailPerson {
  email: string
  name: string
  role: 'administrator' | 'moderator' | 'counsel'
  state: 'invited' | 'active' | 'disabled'
}

export async function selectMailPerson(db: Db, id: string): Promise<MailPerson | undefined> {
  return db('people').where({ id }).first<MailPerson | undefined>('email', 'name', 'role', 'state')
}

export interface MailBatch {
  number: number
  matter_id: string
  claim_count: number | null
}

export async function selectMailBatch(db: Db, id: string): Promise<MailBatch | undefined> {
  return db('batches')
    .where({ id, state: 'complete' })
    .first<MailBatch | undefined>('number', 'matter_id', 'claim_count')
}

/** Queues a mail of a claim again if it is in one of these states; the update's lock makes that happen once. */
export async function requeueMail(
  tx: Tx,
  { claimId, mailId }: { claimId: string; mailId: string },
  from: readonly MailState[],
  nextLook: Date,
): Promise<{ template: string } | 'not_stuck' | 'unknown'> {
  const mail = tx('mails').where({ id: mailId, claim_id: claimId })
  const [queued] = await mail
    .clone()
    .whereIn('state', from)
    .update({ state: 'queued', next_attempt_at: nextLook })
    .returning<{ template: string }[]>('template')
  if (queued) return queued
  return (await mail.clone().first('id')) ? 'not_stuck' : 'unknown'
}
