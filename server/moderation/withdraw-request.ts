import { transition } from '../claims/claim-state'
import { takeBackNeed } from '../claims/needs/take-back-need'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import type { Person } from '../web/person'
import { lockClaim, updateClaim } from './moderation.store'

/**
 * Takes back one thing that was asked for. When nothing else is awaited, the claim goes back to its review, so
 * that somebody can decide: also the way on once the due date has passed and nothing came.
 * @returns `stale` when it was given, or taken back, meanwhile
 * @throws Problem('not_found')
 */
export async function withdrawRequest(
  { db, clock }: { db: Db; clock: Clock },
  person: Person,
  { claimId, needId }: { claimId: string; needId: string },
): Promise<'withdrawn' | 'stale'> {
  if (!isId(claimId) || !isId(needId)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const claim = await lockClaim(tx, claimId)
    if (!claim) throw new Problem('not_found')
    const now = clock.now()
    const left = await takeBackNeed(tx, now, { claimId, needId })
    if (left === null) return 'stale'
    await appendEntry(tx, now, {
      kind: 'need.cancelled',
      claimId,
      private: { person: person.id, need: needId },
    })
    if (left === 'nothing' && claim.state === 'deficient') {
      await updateClaim(tx, claim, { state: transition(claim.state, 'cure'), cure_due_at: null })
      await appendEntry(tx, now, {
        kind: 'claim.cured',
        claimId,
        private: { person: person.id, need: needId },
      })
    }
    return 'withdrawn'
  })
}
