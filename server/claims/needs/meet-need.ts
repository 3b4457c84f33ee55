import type { Tx } from '../../db/connections'
import { appendEntry } from '../../ledger/append-entry'
import { transition } from '../claim-state'
import { lockClaim, updateClaim } from '../worker.store'
import type { NeedKind } from './need-kinds'
import * as store from './needs.store'

/**
 * Notes, in the caller's transaction, that a claim has what it lacked; harmless when nothing of the kind is
 * missing. Once it has all that a moderator asked for, a deficient claim goes back to the same review. The
 * worker's alone: call it from the job that took what arrived. Locks the claim's row.
 * @returns whether anything was met
 */
export async function meetNeed(
  tx: Tx,
  now: Date,
  need: { claimId: string; kind: NeedKind; ref: string },
): Promise<boolean> {
  const { claimId, kind, ref } = need
  const claim = await lockClaim(tx, claimId)
  if (!claim) return false
  const met = await store.markMet(tx, need, now)
  for (const id of met) {
    await appendEntry(tx, now, {
      kind: 'need.met',
      claimId,
      private: { need: id, what: kind, ref },
    })
  }
  if (met.length > 0 && claim.state === 'deficient' && !(await store.isAwaited(tx, claimId))) {
    await updateClaim(tx, claimId, {
      state: transition(claim.state, 'cure'),
      cure_due_at: null,
    })
    await appendEntry(tx, now, { kind: 'claim.cured', claimId, private: { need: met.at(-1)! } })
  }
  return met.length > 0
}
