import type { Db, Tx } from '../db/connections'
import type { Encrypted, WrappedKey } from '../vault/vault'
import { redrive } from '../outbox/redrive'
import type { DocumentKind, DocumentState, DocumentType, ViewProblem } from './document'

/** What only the worker reads and writes of documents. */

export interface WorkerDocument {
  id: string
  claim_id: string
  state: DocumentState
  kind: DocumentKind
  type: DocumentType
  bytes: number
  box: Buffer | null
  view: 'none' | 'waiting' | 'made' | 'failed'
  /** of the original, in the store */
  object_id: string
}

export async function selectDocument(db: Db, id: string): Promise<WorkerDocument | undefined> {
  return db('evidence as e')
    .join('evidence_objects as o', 'o.evidence_id', 'e.id')
    .where({ 'e.id': id, 'o.part': 'original' })
    .first<WorkerDocument | undefined>(
      'e.id',
      'e.claim_id',
      'e.state',
      'e.kind',
      'e.type',
      'e.bytes',
      'e.box',
      'e.view',
      'o.id as object_id',
    )
}

/** Locks the document until the transaction ends; whether it is still in this state. */
export async function lockInState(tx: Tx, id: string, state: DocumentState): Promise<boolean> {
  const row = await tx('evidence').where({ id, state }).forUpdate().first('id')
  return row !== undefined
}

export async function lockUnviewed(tx: Tx, id: string): Promise<boolean> {
  const row = await tx('evidence')
    .where({ id, state: 'received', view: 'waiting' })
    .forUpdate()
    .first('id')
  return row !== undefined
}

/** From here on it is the claimant's, whatever becomes of the browser that sent it. */
export async function markChecking(tx: Tx, id: string): Promise<void> {
  await tx('evidence').where({ id }).update({ state: 'checking' })
}

/** @returns the names of its files, which nothing refers to any more */
export async function deleteDocument(tx: Tx, id: string): Promise<string[]> {
  const files = await tx('evidence_objects')
    .where({ evidence_id: id })
    .delete()
    .returning<{ id: string }[]>('id')
  await tx('evidence').where({ id }).delete()
  return files.map((file) => file.id)
}

export async function receive(
  tx: Tx,
  id: string,
  change: {
    about: Buffer
    type: DocumentType
    bytes: number
    received_at: Date
    view: 'waiting' | 'failed'
    view_problem: ViewProblem | null
  },
): Promise<void> {
  await tx('evidence')
    .where({ id })
    .update({ ...change, state: 'received', box: null })
}

export async function insertKey(tx: Tx, id: string, { part, wrapped }: WrappedKey): Promise<void> {
  await tx('evidence_keys').insert({ evidence_id: id, part, wrapped })
}

export async function insertViews(
  tx: Tx,
  id: string,
  pages: (Encrypted & { objectId: string })[],
  now: Date,
): Promise<void> {
  await tx('evidence_objects').insert(
    pages.map(({ objectId, sha256 }, at) => ({
      id: objectId,
      evidence_id: id,
      part: 'view',
      page: at + 1,
      sha256,
      created_at: now,
    })),
  )
}

export async function markViewed(
  tx: Tx,
  id: string,
  outcome: { view: 'made' } | { view: 'failed'; view_problem: ViewProblem },
): Promise<void> {
  await tx('evidence').where({ id }).update(outcome)
}

export interface RemovalRow {
  id: string
  evidence_id: string
  claim_id: string
  box: Buffer | null
}

export async function selectRemoval(db: Db, id: string): Promise<RemovalRow | undefined> {
  return db('evidence_removals as r')
    .join('evidence as e', 'e.id', 'r.evidence_id')
    .where({ 'r.id': id })
    .first<RemovalRow | undefined>('r.id', 'r.evidence_id', 'e.claim_id', 'r.box')
}

export async function markRemovalHandled(tx: Tx, id: string, now: Date): Promise<void> {
  await tx('evidence_removals').where({ id }).update({ handled_at: now, box: null })
}

/** Whether a row says that this file is still wanted. */
export async function isWanted(db: Db, objectId: string): Promise<boolean> {
  return (await db('evidence_objects').where({ id: objectId }).first('id')) !== undefined
}

/** Files that rows written before `before` name, behind an id, in ascending order. */
export async function selectFilesAfter(
  db: Db,
  { after, before, limit }: { after: string; before: Date; limit: number },
): Promise<string[]> {
  return db('evidence_objects')
    .where('id', '>', after)
    .where('created_at', '<', before)
    .orderBy('id')
    .limit(limit)
    .pluck('id')
}

/** Asks again, in the outbox, for what a lost job should have done before `before`. */
export async function redriveDocuments(tx: Tx, before: Date, limit: number): Promise<void> {
  await tx.raw(
    `insert into outbox (job, payload, created_at)
     select 'admit-document', jsonb_build_object('evidenceId', id), now() from (
       select id from evidence where state in ('arrived', 'checking') and created_at < ?
       order by created_at limit ?) stuck`,
    [before, limit],
  )
  await tx.raw(
    `insert into outbox (job, payload, created_at)
     select 'view-document', jsonb_build_object('evidenceId', id), now() from (
       select id from evidence where view = 'waiting' and received_at < ?
       order by received_at limit ?) stuck`,
    [before, limit],
  )
  await redrive(
    tx,
    { table: 'evidence_removals', job: 'remove-document', key: 'removalId' },
    before,
    limit,
  )
}
