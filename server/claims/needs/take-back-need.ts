import type { Tx } from '../../db/connections'
import * as store from './needs.store'

/**
 * Takes back what a moderator asked for, in the caller's transaction, the claim's row locked.
 * @returns whether anything else is awaited; null when this was not awaited any more
 */
export async function takeBackNeed(
  tx: Tx,
  now: Date,
  { claimId, needId }: { claimId: string; needId: string },
): Promise<'something' | 'nothing' | null> {
  if (!(await store.cancelNeed(tx, claimId, needId, now))) return null
  return (await store.isAwaited(tx, claimId)) ? 'something' : 'nothing'
}
