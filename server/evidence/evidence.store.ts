import type { Db, Tx } from '../db/connections'
import type { ClaimState } from '../claims/claim-state'
import type {
  DestroyReason,
  DocumentKind,
  DocumentState,
  DocumentType,
  Filled,
  ViewProblem,
} from './document'

/** What the public surface writes and reads of documents: how they stand, and nothing of what they are. */

export interface LiveDocument {
  id: string
  state: DocumentState
  kind: DocumentKind
  type: DocumentType
  bytes: number
  view: 'none' | 'waiting' | 'made' | 'failed'
  view_problem: ViewProblem | null
  created_at: Date
  received_at: Date | null
  destroyed_at: Date | null
  reason: DestroyReason | null
}

/** The documents of a claim as they stand now, the newest first. */
export async function selectLiveDocuments(db: Db, claimId: string): Promise<LiveDocument[]> {
  return db('evidence')
    .where({ claim_id: claimId })
    .orderBy(['created_at', 'id'].map((column) => ({ column, order: 'desc' as const })))
    .select<LiveDocument[]>(
      'id',
      'state',
      'kind',
      'type',
      'bytes',
      'view',
      'view_problem',
      'created_at',
      'received_at',
      'destroyed_at',
      'reason',
    )
}

export async function hasChangedSince(tx: Tx, claimId: string, since: Date): Promise<boolean> {
  const row = await tx('evidence')
    .where({ claim_id: claimId })
    .where((either) => {
      void either
        .whereIn('state', ['arrived', 'checking'])
        .orWhere('received_at', '>=', since)
        .orWhere('destroyed_at', '>=', since)
    })
    .first('id')
  return row !== undefined
}

/** Documents that somebody asked to take back and the worker has not handled. */
export async function selectRemovalsWaiting(db: Db, ids: string[]): Promise<string[]> {
  return db('evidence_removals')
    .whereIn('evidence_id', ids)
    .whereNull('handled_at')
    .pluck('evidence_id')
}

/** What was let in of a claim's documents; under the same lock. */
export async function lockReceived(tx: Tx, claimId: string): Promise<Filled> {
  await lockDocuments(tx, claimId)
  return sumOf(tx, claimId, ['received'])
}

/** How much a claim holds; locks the sum until the transaction ends, so that uploads are counted one by one. */
export async function lockFilled(tx: Tx, claimId: string): Promise<Filled> {
  await lockDocuments(tx, claimId)
  return selectFilled(tx, claimId)
}

export async function selectFilled(db: Db | Tx, claimId: string): Promise<Filled> {
  const states: DocumentState[] = ['arrived', 'checking', 'received']
  return sumOf(db, claimId, states)
}

async function sumOf(db: Db | Tx, claimId: string, states: DocumentState[]): Promise<Filled> {
  const found = await db('evidence')
    .where({ claim_id: claimId })
    .whereIn('state', states)
    .first<{ files: number; bytes: number | null }>(
      db.raw('count(*) as files'),
      db.raw('sum(bytes) as bytes'),
    )
  return { files: found.files, bytes: found.bytes ?? 0 }
}

async function lockDocuments(tx: Tx, claimId: string): Promise<void> {
  await tx.raw(`select pg_advisory_xact_lock(hashtextextended('documents ' || ?, 0))`, [claimId])
}

export async function selectClaimState(db: Db | Tx, claimId: string): Promise<ClaimState | null> {
  const row = await db('claims')
    .where({ id: claimId })
    .first<{ state: ClaimState } | undefined>('state')
  return row?.state ?? null
}

export async function insertDocument(
  tx: Tx,
  document: {
    id: string
    claimId: string
    kind: DocumentKind
    type: DocumentType
    bytes: number
    box: Buffer
    objectId: string
    sha256: Buffer
    now: Date
  },
): Promise<void> {
  await tx('evidence').insert({
    id: document.id,
    claim_id: document.claimId,
    kind: document.kind,
    type: document.type,
    bytes: document.bytes,
    box: document.box,
    created_at: document.now,
  })
  await tx('evidence_objects').insert({
    id: document.objectId,
    evidence_id: document.id,
    part: 'original',
    page: 1,
    sha256: document.sha256,
    created_at: document.now,
  })
}

export async function insertRemoval(
  tx: Tx,
  removal: { id: string; evidenceId: string; box: Buffer; now: Date },
): Promise<void> {
  await tx('evidence_removals').insert({
    id: removal.id,
    evidence_id: removal.evidenceId,
    box: removal.box,
    created_at: removal.now,
  })
}
