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
