import { transition } from '../claims/claim-state'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import type { Person } from '../web/person'
import { lockClaim, updateClaim } from './moderation.store'

/** `stale`: the claim is not as the page showed it; nothing was changed. */
export type ReviewStarted = 'mine' | 'stale'

/**
 * Takes a confirmed claim into review, assigned to this person; one that a colleague is reviewing is
 * taken over from them, which the record names. `revision` is that of the page, which showed whose it is.
 * @throws Problem('not_found')
 */
export async function startReview(
  { db, clock }: { db: Db; clock: Clock },
  person: Person,
  claimId: string,
  revision: number,
): Promise<ReviewStarted> {
  if (!isId(claimId)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const claim = await lockClaim(tx, claimId)
    if (!claim) throw new Problem('not_found')
    // A button pressed twice.
    if (claim.state === 'in_review' && claim.assigned_to === person.id) return 'mine'
    if (claim.revision !== revision) return 'stale'
    if (claim.state !== 'verified' && claim.state !== 'in_review') return 'stale'

    const state = claim.state === 'verified' ? transition(claim.state, 'start_review') : claim.state
    await updateClaim(tx, claim, { state, assigned_to: person.id })
    await appendEntry(tx, clock.now(), {
      kind: 'claim.review_started',
      claimId,
      private: { person: person.id, from: claim.assigned_to, revision: revision + 1 },
    })
    return 'mine'
  })
}
