import type { Db, Tx } from '../../db/connections'
import { copyKeyOf } from '../../vault/claimant-copies'
import * as store from './access-worker.store'

/** What a secret allows with a claim. `owner`: the browser in which a person opened their claims. */
export type Holder = { kind: 'owner' }

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
  return (await store.isOpenIn(db, key.tokenHash, claimId, now)) ? { kind: 'owner' } : null
}
