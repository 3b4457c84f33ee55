import type { Db, Tx } from '../db/connections'
import type { Cursor } from '../web/cursor'
import { elsewhereTemplates } from './templates'

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

/** Whether no newer mail to the address on the same claim was queued. */
export async function isNewest(tx: Tx, mail: MailRow): Promise<boolean> {
  const newer = await tx('mails')
    .where({ claim_id: mail.claim_id })
    .whereNotIn('template', elsewhereTemplates)
    .whereRaw('(created_at, id) > (?, ?)', [mail.created_at, mail.id])
    .first('id')
  return newer === undefined
}

/** Whether no newer mail of the same kind about the same claim was queued. */
export async function isNewestOfKind(db: Db, mail: MailRow): Promise<boolean> {
  const newer = await db('mails')
    .where({ claim_id: mail.claim_id, template: mail.template })
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
  /** something that is required is missing */
  incomplete: boolean
  decided_at: Date | null
  decision_reason: string | null
  /** until when what was asked for is awaited */
  cure_due_at: Date | null
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
      'incomplete',
      'decided_at',
      'decision_reason',
      'cure_due_at',
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

/** What was destroyed and why; nothing of it tells what stood in it. */
export async function selectMailDocument(
  db: Db,
  id: string,
): Promise<{ kind: string; reason: string | null; created_at: Date } | undefined> {
  return db('evidence')
    .where({ id, state: 'destroyed' })
    .first<{ kind: string; reason: string | null; created_at: Date } | undefined>(
      'kind',
      'reason',
      'created_at',
    )
}

export async function selectGuardianLink(db: Db, id: string): Promise<LinkRow | undefined> {
  return db('guardian_links')
    .where({ id })
    .first<LinkRow | undefined>('expires_at', 'consumed_at', 'superseded_at')
}

/** Whether what is confirmed with a verification includes something signed. */
export async function hasWaitingPack(db: Db, verificationId: string): Promise<boolean> {
  const row = await db('verifications')
    .where({ id: verificationId })
    .whereNotNull('pack_id')
    .first('id')
  return row !== undefined
}

export async function storeTokenHash(db: Db, id: string, tokenHash: Buffer): Promise<void> {
  await db('verifications').where({ id }).update({ token_hash: tokenHash })
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
  firm_id: string | null
  state: 'invited' | 'active' | 'asleep' | 'disabled'
}

export async function selectMailPerson(db: Db, id: string): Promise<MailPerson | undefined> {
  return db('people')
    .where({ id })
    .first<MailPerson | undefined>('email', 'name', 'role', 'firm_id', 'state')
}

/** The browser in which somebody signed in for the first time. */
export async function selectMailDevice(
  db: Db,
  id: string,
): Promise<{ browser: string } | undefined> {
  return db('known_devices').where({ id }).first<{ browser: string } | undefined>('browser')
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

/** What is being asked for again; with a claim, it must be a mail about that one. */
export interface WantedMail {
  mailId: string
  claimId?: string
}

export interface RequeuedMail {
  template: string
  claim_id: string | null
}

/** Queues a mail again if it is in one of these states; the update's lock makes that happen once. */
export async function requeueMail(
  tx: Tx,
  { claimId, mailId }: WantedMail,
  from: readonly MailState[],
  nextLook: Date,
): Promise<RequeuedMail | 'not_stuck' | 'unknown'> {
  const mail = tx('mails').where({
    id: mailId,
    ...(claimId !== undefined && { claim_id: claimId }),
  })
  const [queued] = await mail
    .clone()
    .whereIn('state', from)
    .update({ state: 'queued', next_attempt_at: nextLook })
    .returning<RequeuedMail[]>(['template', 'claim_id'])
  if (queued) return queued
  return (await mail.clone().first('id')) ? 'not_stuck' : 'unknown'
}

/** The states of a mail that has not gone out and may still have to. */
export const unsentStates = ['queued', 'deferred', 'bounced', 'failed'] as const
export type UnsentState = (typeof unsentStates)[number]

export interface UnsentRow {
  id: string
  template: string
  state: UnsentState
  attempts: number
  smtp_code: number | null
  language: 'ko' | 'en'
  created_at: Date
  next_attempt_at: Date | null
  claim_id: string | null
  /** of the claim it is about */
  number: string | null
  claim_state: string | null
  filed_at: Date | null
  /** whom it is for, if they sign in on the staff surface */
  person: string | null
  /** number of the delivery it is about */
  batch: number | null
}

export interface UnsentPage {
  states: readonly UnsentState[]
  /** queued ones count from here back */
  lateBefore: Date
  order: 'asc' | 'desc'
  /** the mail that the page begins behind */
  behind: Cursor | null
  limit: number
}

/** One page of mails that have not gone out. Each state is read by itself, so that the index has its rows in order. */
export async function selectUnsent(tx: Tx, page: UnsentPage): Promise<UnsentRow[]> {
  const { order, limit, behind } = page
  const sorted = ['created_at', 'id'].map((column) => ({ column, order }))
  const ofStates = page.states.map((state) => {
    const rows = unsentOf(tx, state, page.lateBefore).orderBy(sorted).limit(limit)
    if (behind) {
      const sign = order === 'asc' ? '>' : '<'
      void rows.whereRaw(`(created_at, id) ${sign} (?, ?)`, [behind.at, behind.id])
    }
    return rows
  })
  const found = tx.queryBuilder().unionAll(ofStates, true).as('found')
  const rows = tx.queryBuilder().from(found).orderBy(sorted).limit(limit).as('m')
  return tx
    .queryBuilder()
    .from(rows)
    .leftJoin('claims as c', 'c.id', 'm.claim_id')
    .leftJoin('people as p', 'p.id', 'm.person_id')
    .leftJoin('batches as b', 'b.id', 'm.subject_id')
    .orderBy(sorted.map(({ column }) => ({ column: `m.${column}`, order })))
    .select<UnsentRow[]>(
      'm.id',
      'm.template',
      'm.state',
      'm.attempts',
      'm.smtp_code',
      'm.language',
      'm.created_at',
      'm.next_attempt_at',
      'm.claim_id',
      'c.number',
      'c.state as claim_state',
      'c.filed_at',
      'p.name as person',
      'b.number as batch',
    )
}

/** How many there are of each state, none counted further than `max`. */
export async function countUnsent(
  tx: Tx,
  lateBefore: Date,
  max: number,
): Promise<Map<UnsentState, number>> {
  const counts = unsentStates.map((state) => {
    const some = unsentOf(tx, state, lateBefore).limit(max).as('some')
    return tx
      .queryBuilder()
      .from(some)
      .select(tx.raw('? as state', [state]))
      .count('* as count')
  })
  const rows = (await tx.queryBuilder().unionAll(counts, true)) as {
    state: UnsentState
    count: number
  }[]
  return new Map(rows.map(({ state, count }) => [state, count]))
}

/**
 * A link to a draft that came back is not among them: what it was made of is gone by then, and whoever asked
 * for it is told so and can ask again.
 */
function unsentOf(tx: Tx, state: UnsentState, lateBefore: Date) {
  const rows = tx('mails').where({ state })
  if (state === 'queued') void rows.where('created_at', '<=', lateBefore)
  if (state === 'bounced' || state === 'failed') {
    void rows.whereRaw('coalesce(claim_id, person_id) is not null')
  }
  return rows
}

/**
 * When the oldest mail was queued that is still being tried. One that was handed to the queue just now, by
 * the sweeper or by a person, has its turn and is not waiting.
 */
export async function selectOldestWaiting(db: Db | Tx, now: Date): Promise<Date | null> {
  const row = await db('mails')
    .whereIn('state', ['queued', 'deferred'])
    .whereRaw(`(state = 'deferred' or next_attempt_at is null or next_attempt_at <= ?)`, [now])
    .orderBy('created_at')
    .first<{ created_at: Date } | undefined>('created_at')
  return row?.created_at ?? null
}

/** Gives up what has not gone out about a claim, of these kinds or of all (null). */
export async function dropMails(
  tx: Tx,
  claimId: string,
  templates: readonly string[] | null,
): Promise<void> {
  const unsent = tx('mails').where({ claim_id: claimId }).whereIn('state', unsentStates)
  if (templates !== null) void unsent.whereIn('template', templates)
  await unsent.update({ state: 'dropped', next_attempt_at: null })
}

export interface LatestMail {
  state: MailState
  created_at: Date
  sent_at: Date | null
}

/** The newest mail of one kind to each of these people, about this subject if one is named. */
export async function selectLatestMails(
  tx: Tx,
  about: { template: string; personIds: readonly string[]; subjectId?: string },
): Promise<Map<string, LatestMail>> {
  const rows = await tx('mails')
    .distinctOn('person_id')
    .where({
      template: about.template,
      ...(about.subjectId !== undefined && { subject_id: about.subjectId }),
    })
    .whereIn('person_id', about.personIds)
    .orderBy([
      'person_id',
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .select<(LatestMail & { person_id: string })[]>('person_id', 'state', 'created_at', 'sent_at')
  return new Map(rows.map((row) => [row.person_id, row]))
}

/** Mails of one kind about a claim that were queued since then. */
export async function countMails(
  tx: Tx,
  about: { claimId: string; template: string },
  since: Date,
): Promise<number> {
  const rows = await tx('mails')
    .where({ claim_id: about.claimId, template: about.template })
    .where('created_at', '>', since)
    .count<{ count: number }[]>()
  return rows[0]!.count
}

export interface ClaimMailRow {
  template: string
  state: MailState
  at: Date
}

/** Mails about a claim, newest first. */
export async function selectClaimMails(
  tx: Tx,
  claimId: string,
  limit: number,
): Promise<ClaimMailRow[]> {
  return tx('mails')
    .where({ claim_id: claimId })
    .orderBy(['created_at', 'id'].map((column) => ({ column, order: 'desc' as const })))
    .limit(limit)
    .select<ClaimMailRow[]>('template', 'state', tx.raw('coalesce(sent_at, created_at) as at'))
}

/** What was changed of a claim: the kind of a row of `claim_changes`. */
export async function selectChangeKind(db: Db, changeId: string): Promise<string> {
  const row = await db('claim_changes')
    .where({ id: changeId })
    .first<{ kind: string } | undefined>('kind')
  if (!row) throw new Error('a mail is about a change that is not stored')
  return row.kind
}

export async function selectMailErasure(
  db: Db,
  id: string,
): Promise<{ due_at: Date; answer: string | null; reason: string | null } | null> {
  const row = await db('erasure_requests')
    .where({ id })
    .first<{ due_at: Date; answer: string | null; reason: string | null } | undefined>(
      'due_at',
      'answer',
      'reason',
    )
  return row ?? null
}

/** How many claims a firm has been told of and has not noted, for whoever works there. */
export async function countMailRecalls(db: Db, personId: string): Promise<number> {
  const rows = await db('recalls as r')
    .join('people as p', 'p.firm_id', 'r.firm_id')
    .where({ 'p.id': personId })
    .whereNull('r.noted_at')
    .count<{ count: number }[]>()
  return rows[0]!.count
}
