import type { Db, Tx } from '../../db/connections'
import { copyKeyOf } from '../../vault/claimant-copies'
import { findTask } from '../needs/task-links'
import type { NeedKind } from '../needs/need-kinds'
import * as store from './access-worker.store'

/**
 * What a secret allows with a claim. `owner`: the browser in which a person opened their claims, all of it.
 * `task`: a mailed link, to give this one thing that is missing and nothing else.
 */
export type Holder =
  { kind: 'owner' } | { kind: 'task'; need: { id: string; kind: NeedKind; ref: string } }

/**
 * What whoever presents this secret may do with this claim, or null: nothing. Asked by the worker of
 * whatever claimants send, with the secret sealed to it: a public surface that was taken over can act for
 * those who come by meanwhile, and for nobody else.
 */
export async function holderOf(
  db: Db | Tx,
  secret: unknown,
  claimId: string,
  now: Date,
): Promise<Holder | null> {
  const key = copyKeyOf(secret)
  if (!key) return null
  if (await store.isOpenIn(db, key.tokenHash, claimId, now)) return { kind: 'owner' }
  const task = await findTask(db, secret, now)
  if (task?.state !== 'open' || task.need.claim_id !== claimId) return null
  const { id, kind, ref } = task.need
  return { kind: 'task', need: { id, kind, ref } }
}
