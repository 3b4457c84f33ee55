import type { Db, Tx } from '../../db/connections'
import type { ClaimState } from '../claim-state'
import type { NeedKind } from './need-kinds'

/** What claims lack (`needs`), and the links by which it is given (`task_links`). */

/** As every login may read it; nothing of it is personal. */
export interface NeedRow {
  id: string
  claim_id: string
  kind: NeedKind
  /** the question's id, the kind of document or paper */
  ref: string
  /** false: wished for, and the claim goes on without it */
  required: boolean
  asked_at: Date
  due_at: Date | null
  met_at: Date | null
  cancelled_at: Date | null
}

const columns = [
  'id',
  'claim_id',
  'kind',
  'ref',
  'required',
  'asked_at',
  'due_at',
  'met_at',
  'cancelled_at',
] as const

export interface NewNeed {
  id: string
  claim_id: string
  kind: NeedKind
  ref: string
  required: boolean
  source: 'rule' | 'moderator'
  asked_at: Date
  asked_by: string | null
  due_at: Date | null
}

const isOpen = { met_at: null, cancelled_at: null }

/** Needs of a claim, what is required first, in the order asked; `open`: only what is still missing. */
export async function selectNeeds(
  db: Db | Tx,
  claimId: string,
  { open }: { open: boolean },
): Promise<NeedRow[]> {
  return db('needs')
    .where({ claim_id: claimId, ...(open && isOpen) })
    .orderBy([{ column: 'required', order: 'desc' }, 'asked_at', 'id'])
    .select<NeedRow[]>(...columns)
}

export async function selectNeed(db: Db | Tx, id: string): Promise<NeedRow | undefined> {
  return db('needs')
    .where({ id })
    .first<NeedRow | undefined>(...columns)
}

/** Adds what is not asked for already; what is stays as it was asked. */
export async function insertNeeds(tx: Tx, needs: NewNeed[]): Promise<void> {
  await tx('needs')
    .insert(needs)
    .onConflict(tx.raw('(claim_id, kind, ref) where met_at is null and cancelled_at is null'))
    .ignore()
}

/** The same by a moderator, whose asking takes the place of what a rule asked before. */
export async function upsertNeeds(tx: Tx, needs: NewNeed[]): Promise<void> {
  await tx('needs')
    .insert(needs)
    .onConflict(tx.raw('(claim_id, kind, ref) where met_at is null and cancelled_at is null'))
    .merge(['required', 'source', 'asked_at', 'asked_by', 'due_at'])
}

/** Marks what is open as met. @returns the ids */
export async function markMet(
  tx: Tx,
  need: { claimId: string; kind: NeedKind; ref: string },
  now: Date,
): Promise<string[]> {
  const { claimId, kind, ref } = need
  const met = await tx('needs')
    .where({ claim_id: claimId, kind, ref, ...isOpen })
    .update({ met_at: now })
    .returning<{ id: string }[]>('id')
  return met.map(({ id }) => id)
}

/** Takes back what a moderator asked for; false when it was met, taken back or never asked meanwhile. */
export async function cancelNeed(tx: Tx, claimId: string, id: string, now: Date): Promise<boolean> {
  const cancelled = await tx('needs')
    .where({ id, claim_id: claimId, source: 'moderator', ...isOpen })
    .update({ cancelled_at: now })
  return cancelled === 1
}

/** Takes back what the rules asked for: all of a kind, or one thing. */
export async function cancelByRule(
  tx: Tx,
  { claimId, ...need }: { claimId: string; kind: NeedKind; ref?: string },
  now: Date,
): Promise<void> {
  await tx('needs')
    .where({ claim_id: claimId, ...need, source: 'rule', ...isOpen })
    .update({ cancelled_at: now })
}

/** Whether a moderator still waits for something. */
export async function isAwaited(tx: Tx, claimId: string): Promise<boolean> {
  const row = await tx('needs')
    .where({ claim_id: claimId, source: 'moderator', ...isOpen })
    .first('id')
  return row !== undefined
}

/** Staff also see who asked: a moderator, or the rules of the case. */
export async function selectStaffNeeds(
  tx: Tx,
  claimId: string,
): Promise<(NeedRow & { source: 'rule' | 'moderator' })[]> {
  return tx('needs')
    .where({ claim_id: claimId })
    .orderBy(['asked_at', 'id'])
    .select<(NeedRow & { source: 'rule' | 'moderator' })[]>(...columns, 'source')
}

export interface TaskLinkRow {
  need_id: string
  claim_id: string
  expires_at: Date
}

export async function selectTaskLink(
  db: Db | Tx,
  tokenHash: Buffer,
): Promise<TaskLinkRow | undefined> {
  return db('task_links')
    .where({ token_hash: tokenHash })
    .first<TaskLinkRow | undefined>('need_id', 'claim_id', 'expires_at')
}

/** Links of one mail that are there already, by need. */
export async function selectLinksOfMail(db: Db | Tx, mailId: string): Promise<Map<string, string>> {
  const rows = await db('task_links')
    .where({ mail_id: mailId })
    .select<{ id: string; need_id: string }[]>('id', 'need_id')
  return new Map(rows.map((row) => [row.need_id, row.id]))
}

export async function insertTaskLink(
  db: Db | Tx,
  link: {
    id: string
    need_id: string
    claim_id: string
    mail_id: string
    token_hash: Buffer
    created_at: Date
    expires_at: Date
  },
): Promise<void> {
  await db('task_links').insert(link).onConflict(['need_id', 'mail_id']).ignore()
}

export async function markUsed(tx: Tx, tokenHash: Buffer, now: Date): Promise<void> {
  await tx('task_links').where({ token_hash: tokenHash }).update({ used_at: now })
}

/** What the page of a task may show of its claim. */
export interface TaskClaim {
  number: string
  matter_id: string
  form_version: number
  state: ClaimState
}

export async function selectTaskClaim(db: Db, id: string): Promise<TaskClaim | undefined> {
  return db('claims')
    .where({ id })
    .first<TaskClaim | undefined>('number', 'matter_id', 'form_version', 'state')
}

/** Links in mails that have gone stop working now; those of a mail that waits will reach the address that is. */
export async function expireLinks(tx: Tx, claimId: string, now: Date): Promise<void> {
  await tx('task_links')
    .where({ claim_id: claimId })
    .where('expires_at', '>', now)
    .whereNotIn(
      'mail_id',
      tx('mails')
        .where({ claim_id: claimId })
        .whereIn('state', ['queued', 'deferred'])
        .select('id'),
    )
    .update({ expires_at: now })
}
