import type { Db, Tx } from '../db/connections'

/** What became of the mail that a person asked for. */
export type ContinuationOutcome = 'sent' | 'bounced' | 'failed' | 'dropped'

/** What the public surface sees of a request: everything but the box. */
export interface ContinuationState {
  handled_at: Date | null
  outcome: ContinuationOutcome | null
}

export async function insertRequest(
  tx: Tx,
  request: { id: string; draftId: Buffer; box: Buffer; now: Date },
): Promise<void> {
  await tx('draft_requests').insert({
    id: request.id,
    draft_id: request.draftId,
    box: request.box,
    created_at: request.now,
  })
}

export async function selectState(
  db: Db,
  request: { id: string; draftId: Buffer },
): Promise<ContinuationState | undefined> {
  return db('draft_requests')
    .where({ id: request.id, draft_id: request.draftId })
    .first<ContinuationState | undefined>('handled_at', 'outcome')
}

/** What became of a mail, for whoever knows its request and no longer holds the draft. */
export async function selectOutcome(db: Db, id: string): Promise<ContinuationState | undefined> {
  return db('draft_requests')
    .where({ id })
    .first<ContinuationState | undefined>('handled_at', 'outcome')
}

export interface WaitingRequest {
  draft_id: Buffer
  box: Buffer
  matter_id: string
  expires_at: Date
}

/** For the worker: a request whose mail has not gone, of a draft that is neither filed nor expired. */
export async function selectWaiting(
  db: Db,
  id: string,
  now: Date,
): Promise<WaitingRequest | undefined> {
  return db('draft_requests as r')
    .join('drafts as d', 'd.id', 'r.draft_id')
    .where('r.id', id)
    .whereNotNull('r.box')
    .whereNull('d.claim_id')
    .where('d.expires_at', '>', now)
    .first<WaitingRequest | undefined>('r.draft_id', 'r.box', 'd.matter_id', 'd.expires_at')
}

/** The box goes with the handling, whatever came of it. */
export async function markHandled(
  tx: Tx,
  id: string,
  now: Date,
  outcome: ContinuationOutcome,
): Promise<void> {
  await tx('draft_requests')
    .where({ id })
    .whereNull('handled_at')
    .update({ box: null, handled_at: now, outcome })
}
