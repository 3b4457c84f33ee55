import { transition } from '../claims/claim-state'
import { asActor, type Db, type Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { queueMail } from '../mail/queue-mail'
import type { Person } from '../web/person'
import { hasOpened, lockClaim, updateClaim, type ClaimRow } from './moderation.store'

/** Why a claim is rejected; `mail:claim-rejected.reasons` words each for the claimant. */
export const rejectionReasons = [
  'not_affected',
  'not_identified',
  'incomplete',
  'inconsistent',
  'outside_scope',
] as const
export type RejectionReason = (typeof rejectionReasons)[number]

export type Decision =
  { decision: 'accept'; reason: null } | { decision: 'reject'; reason: RejectionReason }

export type ParsedDecision =
  { ok: true; value: Decision } | { ok: false; error: 'decision' | 'reason' }

/** A decision as it was sent; a rejection without one of the reasons is none. */
export function parseDecision(body: Record<string, unknown>): ParsedDecision {
  const { decision } = body
  if (decision === 'accept') return { ok: true, value: { decision, reason: null } }
  if (decision !== 'reject') return { ok: false, error: 'decision' }
  const reason = rejectionReasons.find((one) => one === body['reason'])
  return reason ? { ok: true, value: { decision, reason } } : { ok: false, error: 'reason' }
}

/**
 * `stale`: it changed since the page was made, or is not theirs to decide. `unread`: they have not opened
 * it since their review began, and a claimant is told that a person has looked. Nothing was changed then.
 */
export type Decided = 'decided' | 'stale' | 'unread'

/**
 * Accepts or rejects a claim that this person is reviewing and has opened: the state, its entry and the mail to the
 * claimant in one transaction. Of two who decide at once the row lock lets one, and the other is told.
 * @throws Problem('not_found')
 */
export async function decideClaim(
  { db, clock }: { db: Db; clock: Clock },
  person: Person,
  claimId: string,
  asked: Decision & { revision: number },
): Promise<Decided> {
  const { decision, reason, revision } = asked
  return asActor(db, person.id, async (tx) => {
    const claim = await claimToDecide(tx, person, claimId, revision)
    if (typeof claim === 'string') return claim
    const now = clock.now()
    await updateClaim(tx, claim, {
      state: transition(claim.state, decision),
      decided_by: person.id,
      decided_at: now,
      decision_reason: reason,
    })
    const accepted = decision === 'accept'
    await appendEntry(tx, now, {
      kind: accepted ? 'claim.accepted' : 'claim.rejected',
      claimId,
      private: { person: person.id, reason, revision: revision + 1 },
    })
    await queueMail(tx, {
      template: accepted ? 'claim-accepted' : 'claim-rejected',
      claimId,
      language: claim.language,
      at: now,
    })
    return 'decided'
  })
}

/**
 * The claim, locked, if this person may decide it as they saw it; else why not.
 * @throws Problem('not_found')
 */
export async function claimToDecide(
  tx: Tx,
  person: Person,
  claimId: string,
  revision: number,
): Promise<ClaimRow | Exclude<Decided, 'decided'>> {
  if (!isId(claimId)) throw new Problem('not_found')
  const claim = await lockClaim(tx, claimId)
  if (!claim) throw new Problem('not_found')
  const theirs = claim.state === 'in_review' && claim.assigned_to === person.id
  if (!theirs || claim.revision !== revision) return 'stale'
  return (await hasOpened(tx, claimId, person.id)) ? claim : 'unread'
}
