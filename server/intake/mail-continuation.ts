import { z } from 'zod'
import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { normaliseEmail } from '../matters/forms/email'
import { draftId } from '../vault/drafts'
import type { WorkerVault } from '../vault/vault'
import * as store from './continuations.store'

export type { ContinuationOutcome } from './continuations.store'

/** What the mailed link is made of, and where it goes. */
export interface Continuation {
  secret: string
  email: string
  matterId: string
  /** when the draft is deleted if nobody saves it again */
  expiresAt: Date
}

const boxed = z.strictObject({ secret: z.string(), email: z.string() })

/**
 * For the worker, at each attempt to send: opens what was sealed in a request. Null when the mail has no
 * sense any more: the draft was erased, filed or has expired.
 * @throws Error when the box was sealed for another request or draft
 */
export async function readContinuation(
  { db, clock, vault }: { db: Db; clock: Clock; vault: Pick<WorkerVault, 'openFromWorkerBox'> },
  requestId: string,
): Promise<Continuation | null> {
  const request = await store.selectWaiting(db, requestId, clock.now())
  if (!request) return null
  const text = vault.openFromWorkerBox('continue_filing', requestId, request.box)
  const { secret, email: typed } = boxed.parse(JSON.parse(text))
  // Anyone can seal to the worker: only the secret of this very draft is mailed, and only to an address.
  const email = normaliseEmail(typed)
  if (email === undefined || !draftId(secret).equals(request.draft_id)) {
    throw new Error('a box was sealed for another draft, or to no address')
  }
  return { secret, email, matterId: request.matter_id, expiresAt: request.expires_at }
}

/** The mail has gone, or never will: nothing of what was sealed stays. In the transaction that records it. */
export async function closeContinuation(
  tx: Tx,
  requestId: string,
  now: Date,
  outcome: store.ContinuationOutcome,
): Promise<void> {
  await store.markHandled(tx, requestId, now, outcome)
}
