import type { ClaimState } from '../claims/claim-state'
import type { Db, Tx } from '../db/connections'
import type { SealedText } from '../vault/vault'
import type { Cursor } from '../web/cursor'
import type { Role } from '../web/person'

/** The tables of this feature: messages, message_keys, message_threads; of others what stands beside them. */

export interface NewMessage {
  id: string
  claimId: string
  author: 'claimant' | 'staff'
  personId: string | null
  desk: Desk
  about: About
  at: Date
}

/** Who of the case writes with the claimant. */
export type Desk = 'moderators' | 'counsel'
export type About = 'question' | 'answer' | 'appeal' | 'deficiency' | 'erasure'

export async function insertMessage(tx: Tx, message: NewMessage, text: SealedText): Promise<void> {
  await tx('messages').insert({
    id: message.id,
    claim_id: message.claimId,
    author: message.author,
    person_id: message.personId,
    desk: message.desk,
    about: message.about,
    ciphertext: text.ciphertext,
    sha256: text.sha256,
    created_at: message.at,
  })
  await tx('message_keys').insert({ message_id: message.id, wrapped: text.wrapped })
}

export interface MessageRow {
  id: string
  author: 'claimant' | 'staff'
  desk: Desk
  about: About
  ciphertext: Buffer
  sha256: Buffer
  created_at: Date
  /** null once its key was destroyed */
  wrapped: Buffer | null
  /** whom it was written to or from, where that is a law firm */
  desk_firm: string | null
  /** of the staff */
  role: Role | null
  firm_id: string | null
  name: string | null
}

/** The newest messages about a claim, oldest first, as far as whoever asks may see them. */
export async function selectMessages(
  db: Db | Tx,
  claimId: string,
  limit: number,
): Promise<MessageRow[]> {
  const rows = await db('messages as m')
    .leftJoin('message_keys as k', 'k.message_id', 'm.id')
    .leftJoin('people as p', 'p.id', 'm.person_id')
    .where('m.claim_id', claimId)
    .orderBy(['m.created_at', 'm.id'].map((column) => ({ column, order: 'desc' as const })))
    .limit(limit)
    .select<MessageRow[]>(
      ...['id', 'author', 'desk', 'about', 'ciphertext', 'sha256', 'created_at'].map(
        (column) => `m.${column}`,
      ),
      'm.firm_id as desk_firm',
      'k.wrapped',
      'p.role',
      'p.firm_id',
      'p.name',
    )
  return rows.reverse()
}

/** How many messages each of these claims has. */
export async function countMessages(
  db: Db | Tx,
  claimIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db('messages')
    .whereIn('claim_id', claimIds)
    .groupBy('claim_id')
    .select('claim_id')
    .count<{ claim_id: string; count: number }[]>('* as count')
  return new Map(rows.map((row) => [row.claim_id, row.count]))
}

/** Whether the firm of the case is the one that the claimant has agreed to. */
export async function isFirmOfToday(tx: Tx, claimId: string): Promise<boolean> {
  const row = await tx('claims as c')
    .join('matters as m', 'm.id', 'c.matter_id')
    .where('c.id', claimId)
    .whereRaw('c.firm_id = m.firm_id')
    .first('c.id')
  return row !== undefined
}

/** Questions asked about a claim since then. */
export async function countQuestions(tx: Tx, claimId: string, since: Date): Promise<number> {
  const rows = await tx('messages')
    .where({ claim_id: claimId, author: 'claimant', about: 'question' })
    .where('created_at', '>', since)
    .count<{ count: number }[]>()
  return rows[0]!.count
}

/** Whether somebody has a copy of the messages open that lacks one. */
export async function isCopyBehind(db: Db, claimId: string, messages: number): Promise<boolean> {
  const row = await db('claimant_copies')
    .where({ kind: 'messages', claim_id: claimId })
    .where('messages', '<', messages)
    .first('claim_id')
  return row !== undefined
}

/** Asks for copies that lack a message: what the trigger could not see, and what a failed job left behind. */
export async function renewBehind(tx: Tx, limit: number): Promise<void> {
  await tx.raw(
    `insert into outbox (job, payload, created_at)
     select 'renew-messages', jsonb_build_object('claimId', claim_id), now() from (
       select distinct c.claim_id from claimant_copies c
       where c.kind = 'messages' and c.messages <
         (select count(*) from messages m where m.claim_id = c.claim_id)
       limit ?) behind`,
    [limit],
  )
}

export interface ThreadRow {
  claim_id: string
  desk: Desk
  matter_id: string
  /** the law firm that it was last written to or from */
  firm_id: string | null
  count: number
  last_id: string
  last_at: Date
  waiting_since: Date | null
}

const threadColumns = [
  'claim_id',
  'desk',
  'matter_id',
  'firm_id',
  'count',
  'last_id',
  'last_at',
  'waiting_since',
] as const

/** The threads about a claim that the actor may know of. */
export async function selectThreads(tx: Tx, claimId: string): Promise<ThreadRow[]> {
  return tx('message_threads')
    .where({ claim_id: claimId })
    .orderBy('desk', 'desc')
    .select<ThreadRow[]>(threadColumns)
}

/** One of them, held against others who answer until the transaction ends. */
export async function lockThread(
  tx: Tx,
  claimId: string,
  desk: Desk,
): Promise<ThreadRow | undefined> {
  return tx('message_threads')
    .where({ claim_id: claimId, desk })
    .forUpdate()
    .first<ThreadRow | undefined>(threadColumns)
}

export async function closeThread(tx: Tx, claimId: string, desk: Desk): Promise<void> {
  await tx('message_threads').where({ claim_id: claimId, desk }).update({ waiting_since: null })
}

export interface ThreadPage {
  desk: Desk
  /** only those in which a question waits, the longest waiting first; otherwise the newest first */
  waiting: boolean
  matterId?: string | undefined
  /** the thread that the page begins behind */
  behind: Cursor | null
  limit: number
}

/** One page of threads, with the numbers of their claims. */
export async function selectThreadPage(
  tx: Tx,
  { desk, waiting, matterId, behind, limit }: ThreadPage,
): Promise<(ThreadRow & { number: string })[]> {
  const column = waiting ? 'waiting_since' : 'last_at'
  const order = waiting ? 'asc' : 'desc'
  const rows = tx('message_threads as t')
    .join('claims as c', 'c.id', 't.claim_id')
    .where('t.desk', desk)
    .orderBy([`t.${column}`, 't.claim_id'].map((one) => ({ column: one, order })))
    .limit(limit)
  if (waiting) void rows.whereNotNull('t.waiting_since')
  if (matterId !== undefined) void rows.where('t.matter_id', matterId)
  if (behind) {
    void rows.whereRaw(`(t.${column}, t.claim_id) ${waiting ? '>' : '<'} (?, ?)`, [
      behind.at,
      behind.id,
    ])
  }
  return rows.select<(ThreadRow & { number: string })[]>(
    ...threadColumns.map((one) => `t.${one}`),
    'c.number',
  )
}

export interface ClaimOfThread {
  id: string
  number: string
  matter_id: string
  state: ClaimState
  language: 'ko' | 'en'
}

export async function selectClaim(tx: Tx, id: string): Promise<ClaimOfThread | undefined> {
  return tx('claims')
    .where({ id })
    .first<ClaimOfThread | undefined>('id', 'number', 'matter_id', 'state', 'language')
}

/**
 * Marks as told whoever answers questions, has one waiting that was asked since they were last told, and
 * was not told since `before`.
 */
export async function takeDigests(
  tx: Tx,
  now: Date,
  before: Date,
): Promise<{ person_id: string; language: 'ko' | 'en' }[]> {
  const told = await tx.raw<{ rows: { person_id: string; language: 'ko' | 'en' }[] }>(
    `with waiting as (
       select t.desk, t.firm_id, max(t.asked_at) as newest
       from message_threads t join matters m on m.id = t.matter_id
       where t.waiting_since is not null and (t.firm_id is null or t.firm_id = m.firm_id) group by 1, 2
     ), told as (
       insert into question_digests as d (person_id, told_at, newest)
       select p.id, cast(:now as timestamptz), w.newest from people p
       join waiting w on w.desk = case p.role when 'counsel' then 'counsel' else 'moderators' end
         and w.firm_id is not distinct from p.firm_id
       left join question_digests e on e.person_id = p.id
       where p.state = 'active' and (e.told_at is null or (e.told_at <= :before and e.newest < w.newest))
       on conflict (person_id) do update set told_at = excluded.told_at, newest = excluded.newest
         where d.told_at <= :before
       returning person_id)
     select t.person_id, p.language from told t join people p on p.id = t.person_id order by 1`,
    { now, before },
  )
  return told.rows
}

/** Questions that wait for this person's desk, counted no further than `max`. */
export async function countWaiting(
  db: Db,
  { role, firmId }: { role: Role; firmId: string | null },
  max: number,
): Promise<number> {
  const some = db('message_threads as t')
    .whereNotNull('t.waiting_since')
    .limit(max)
    .select('t.desk')
  if (role === 'counsel') {
    void some
      .join('matters as m', 'm.id', 't.matter_id')
      .where({ 't.desk': 'counsel', 't.firm_id': firmId, 'm.firm_id': firmId })
  } else void some.where('t.desk', 'moderators')
  const rows = await db.from(some.as('some')).count<{ count: number }[]>('* as count')
  return rows[0]!.count
}
