import type { Knex } from 'knex'
import type { ClaimState } from '../claims/claim-state'
import type { Tx } from '../db/connections'
import type { EntryKind } from '../ledger/append-entry'
import type { MailState } from '../mail/resend-mail'
import type { MailTemplate } from '../mail/templates'
import type { Cursor } from '../web/cursor'

/** What moderators see and change of claims; every statement runs as the actor, so row-level policies apply. */

export interface QueueRow {
  id: string
  number: string
  matter_id: string
  state: ClaimState
  language: 'ko' | 'en'
  filed_at: Date
  verified_at: Date | null
  duplicate_of: string | null
  /** something that is required is missing */
  incomplete: boolean
  /** somebody with the same address, say, filed what cannot stand beside it in the same class action */
  contradicted: boolean
  /** until when what was asked for is awaited */
  cure_due_at: Date | null
  /** of the newest mail to the claimant */
  mail_state: MailState | null
  assignee: string | null
  /** another claim names the same notice */
  notice_shared: boolean
}

export interface QueuePage {
  states: readonly ClaimState[]
  assignedTo?: string | undefined
  /** only those whose newest mail came back */
  bounced: boolean
  /** only those whose due date was before this */
  overdueAt?: Date | undefined
  /** only those that lack something, or nothing */
  incomplete?: boolean | undefined
  matterId?: string | undefined
  order: 'asc' | 'desc'
  /** the row that the page begins behind, in the direction of `order` */
  behind: Cursor | null
  limit: number
}

/** One page by moment of filing. Each state is read by itself, so that an index has its rows in order. */
export async function selectQueue(tx: Tx, page: QueuePage): Promise<QueueRow[]> {
  const { order, limit } = page
  const ofStates = page.states.map((state) => {
    const rows = tx('claims').where({ state }).orderBy(filing('', order)).limit(limit)
    if (page.matterId !== undefined) void rows.where({ matter_id: page.matterId })
    if (page.bounced) void rows.whereNotNull('bounced_at')
    if (page.overdueAt) void rows.where('cure_due_at', '<', page.overdueAt)
    if (page.incomplete !== undefined) void rows.where({ incomplete: page.incomplete })
    if (page.assignedTo !== undefined) void rows.where({ assigned_to: page.assignedTo })
    if (page.behind) {
      const { at, id } = page.behind
      void rows.whereRaw(`(filed_at, id) ${order === 'asc' ? '>' : '<'} (?, ?)`, [at, id])
    }
    return rows
  })
  const found = tx.queryBuilder().unionAll(ofStates, true).as('found')
  const rows = tx.queryBuilder().from(found).orderBy(filing('', order)).limit(limit)
  return asQueueRows(tx, rows).orderBy(filing('c.', order))
}

/** These claims as the queue shows them, the newest first. */
export async function selectQueueRows(tx: Tx, ids: string[]): Promise<QueueRow[]> {
  return asQueueRows(tx, tx('claims').whereIn('id', ids)).orderBy(filing('c.', 'desc'))
}

function asQueueRows(tx: Tx, claims: Knex.QueryBuilder) {
  return tx
    .queryBuilder()
    .from(claims.as('c'))
    .leftJoin('people as p', 'p.id', 'c.assigned_to')
    .joinRaw(
      `left join lateral (select m.state from mails m where m.claim_id = c.id
         order by m.created_at desc, m.id desc limit 1) as mail on true`,
    )
    .joinRaw(
      `left join lateral (select exists (select 1 from claim_notices own
         join claim_notices other using (matter_id, notice_index)
         join claims also on also.id = other.claim_id
         where own.claim_id = c.id and other.claim_id <> c.id
           and also.state not in ('expired', 'withdrawn', 'erased')) as shared) as notice on true`,
    )
    .select<QueueRow[]>(
      'c.id',
      'c.number',
      'c.matter_id',
      'c.state',
      'c.language',
      'c.filed_at',
      'c.verified_at',
      'c.duplicate_of',
      'c.incomplete',
      'c.cure_due_at',
      tx.raw('exists (select from contradicting_claims(c.id)) as contradicted'),
      'mail.state as mail_state',
      'p.name as assignee',
      'notice.shared as notice_shared',
    )
}

function filing(prefix: '' | 'c.', order: 'asc' | 'desc') {
  return ['filed_at', 'id'].map((column) => ({ column: `${prefix}${column}`, order }))
}

export interface ClaimRow {
  id: string
  number: string
  matter_id: string
  form_version: number
  language: 'ko' | 'en'
  state: ClaimState
  revision: number
  filed_at: Date
  screened_at: Date | null
  verified_at: Date | null
  duplicate_of: string | null
  assigned_to: string | null
  decided_by: string | null
  decided_at: Date | null
  decision_reason: string | null
  incomplete: boolean
  cure_due_at: Date | null
}

const claimColumns = [
  'id',
  'number',
  'matter_id',
  'form_version',
  'language',
  'state',
  'revision',
  'filed_at',
  'screened_at',
  'verified_at',
  'duplicate_of',
  'assigned_to',
  'decided_by',
  'decided_at',
  'decision_reason',
  'incomplete',
  'cure_due_at',
] as const

export async function selectClaim(
  tx: Tx,
  where: { id: string } | { number: string },
): Promise<ClaimRow | undefined> {
  return tx('claims').where(where).first<ClaimRow | undefined>(claimColumns)
}

/** The claim, held against other writers until the transaction ends; others may still refer to it. */
export async function lockClaim(tx: Tx, id: string): Promise<ClaimRow | undefined> {
  return tx('claims').where({ id }).forNoKeyUpdate().first<ClaimRow | undefined>(claimColumns)
}

/** Writes a change to a claim that is locked, and counts it. */
export async function updateClaim(
  tx: Tx,
  claim: ClaimRow,
  change: {
    state?: ClaimState
    assigned_to?: string
    decided_by?: string | null
    decided_at?: Date | null
    cure_due_at?: Date | null
    decision_reason?: string | null
  },
): Promise<void> {
  const changed = await tx('claims')
    .where({ id: claim.id, revision: claim.revision })
    .update({ ...change, revision: claim.revision + 1 })
  if (changed !== 1) throw new Error('a locked claim was not there to be changed')
}

export interface SimilarClaim {
  id: string
  number: string
  state: ClaimState
  filed_at: Date
}

/** The earlier claim that this one looks like, then later ones that look like this one. */
export async function selectSimilar(
  tx: Tx,
  { id, duplicate_of: earlier }: ClaimRow,
  limit: number,
): Promise<SimilarClaim[]> {
  return tx('claims')
    .where({ duplicate_of: id })
    .orWhere({ id: earlier })
    .orderBy(filing('', 'asc'))
    .limit(limit)
    .select<SimilarClaim[]>('id', 'number', 'state', 'filed_at')
}

export interface ContradictingClaim extends SimilarClaim {
  matter_id: string
  /** the blind indexes that both have */
  shares: ('email' | 'phone' | 'name_birth')[]
}

/** Confirmed claims of the same class action that contradict this one: of who claims and wants to be excluded. */
export async function selectContradicting(
  tx: Tx,
  claimId: string,
  limit: number,
): Promise<ContradictingClaim[]> {
  const found = await tx.raw<{ rows: ContradictingClaim[] }>(
    `select c.id, c.number, c.matter_id, c.state, c.filed_at, found.shares
     from contradicting_claims(?) found join claims c on c.id = found.claim_id
     order by c.filed_at, c.id limit ?`,
    [claimId, limit],
  )
  return found.rows
}

export interface ClaimMail {
  id: string
  template: MailTemplate
  language: 'ko' | 'en'
  state: MailState
  created_at: Date
  sent_at: Date | null
}

const mailColumns = ['id', 'template', 'language', 'state', 'created_at', 'sent_at'] as const

/** Mails to the claimant about a claim, newest first. */
export async function selectMails(tx: Tx, claimId: string, limit: number): Promise<ClaimMail[]> {
  return tx('mails')
    .where({ claim_id: claimId })
    .orderBy(['created_at', 'id'].map((column) => ({ column, order: 'desc' as const })))
    .limit(limit)
    .select<ClaimMail[]>(mailColumns)
}

export interface EntryRow {
  id: string
  kind: EntryKind
  at: Date
  /** RFC 8785 JSON of ids, counts and reason codes */
  private: string
}

/** Entries about a claim, newest first, its openings left out. */
export async function selectEntries(tx: Tx, claimId: string, limit: number): Promise<EntryRow[]> {
  return tx('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .where('p.claim_id', claimId)
    .whereNot('e.kind', 'claim.opened')
    .orderBy('p.entry_id', 'desc')
    .limit(limit)
    .select<EntryRow[]>('e.id', 'e.kind', 'e.at', 'p.private')
}

/** Every act of reading this claim, newest first, also those that read many claims at once. */
export async function selectOpenings(tx: Tx, claimId: string, limit: number): Promise<EntryRow[]> {
  return tx('opening_claims as o')
    .join('ledger_entries as e', 'e.id', 'o.entry_id')
    .join('ledger_private as p', 'p.entry_id', 'o.entry_id')
    .where('o.claim_id', claimId)
    .orderBy('o.entry_id', 'desc')
    .limit(limit)
    .select<EntryRow[]>('e.id', 'e.kind', 'e.at', 'p.private')
}

/**
 * Whether this person has opened the claim since its review began, and so since it is theirs, and since its
 * answers were last replaced. Compared by
 * moment, not by id: of two entries in one millisecond either may have the greater id.
 */
export async function hasOpened(tx: Tx, claimId: string, personId: string): Promise<boolean> {
  const { rows } = await tx.raw<{ rows: { opened: boolean }[] }>(
    `select exists (
       select 1 from opening_claims o
       join ledger_entries e on e.id = o.entry_id
       join ledger_private p on p.entry_id = o.entry_id
       where o.claim_id = :claimId and cast(p.private as jsonb) ->> 'person' = :personId
         -- who read the messages alone, or looked for the claim, has not seen what was sent
         and cast(p.private as jsonb) ->> 'purpose' not in ('messages', 'search')
         and e.at >= coalesce((
           select max(began.at) from ledger_private q
           join ledger_entries began on began.id = q.entry_id
           where q.claim_id = :claimId
             and began.kind in ('claim.review_started', 'claim.answers_replaced')), '-infinity')
     ) as opened`,
    { claimId, personId },
  )
  return rows[0]!.opened
}

/** Names of members of staff by id. */
export async function selectNames(tx: Tx, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await tx('people')
    .whereIn('id', ids)
    .select<{ id: string; name: string }[]>('id', 'name')
  return new Map(rows.map(({ id, name }) => [id, name]))
}
