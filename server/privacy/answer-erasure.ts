import { needsTwo, type Acted } from '../approvals/request-approval'
import { NotAsApproved, type ApprovalHandlers } from '../approvals/settle-approval'
import { withdrawClaim } from '../claims/withdraw-claim'
import { asActor, type Db, type Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { queueMail } from '../mail/queue-mail'
import type { Person } from '../web/person'
import { isHeld } from './is-held'
import * as store from './privacy.store'

export type ErasureAnswer =
  { answer: 'granted'; reason: null } | { answer: 'refused'; reason: store.ErasureRefusal }

/** An answer as it was sent, or which of its fields is missing. */
export function parseErasureAnswer(
  body: Record<string, unknown>,
): { ok: true; value: ErasureAnswer } | { ok: false; error: 'answer' | 'reason' } {
  const { answer } = body
  if (answer === 'granted') return { ok: true, value: { answer, reason: null } }
  if (answer !== 'refused') return { ok: false, error: 'answer' }
  const reason = store.erasureRefusals.find((one) => one === body['reason'])
  return reason ? { ok: true, value: { answer, reason } } : { ok: false, error: 'reason' }
}

export type Answered = Acted | { outcome: 'stale' } | { outcome: 'held' }

/**
 * Answers a request to erase, once. What is to be erased is read no more, so a claim that is still alive is
 * withdrawn with it. Whoever had `erasuresAlone` claims erased within the hour needs another person and `why`
 * for the next.
 * @returns `held` when a legal hold keeps it, `stale` when somebody answered it before, and nothing was changed
 * @throws Problem('not_found')
 */
export async function answerErasure(
  deps: {
    db: Db
    clock: Clock
    config: { limits: { approvalHours: number; erasuresAlone: number } }
  },
  person: Pick<Person, 'id'>,
  requestId: string,
  given: ErasureAnswer & { why?: string | undefined },
): Promise<Answered> {
  if (!isId(requestId)) throw new Problem('not_found')
  return asActor(deps.db, person.id, async (tx): Promise<Answered> => {
    const now = deps.clock.now()
    await store.lockErasuresOf(tx, person.id)
    const request = await store.lockOpenErasure(tx, requestId)
    if (!request) {
      if (await store.existsErasure(tx, requestId)) return { outcome: 'stale' }
      throw new Problem('not_found')
    }
    if (given.answer === 'granted' && (await isHeld(tx, request.claim_id))) {
      return { outcome: 'held' }
    }
    const { approvalHours, erasuresAlone } = deps.config.limits
    const hourAgo = new Date(now.getTime() - 3600_000)
    if (
      given.answer === 'granted' &&
      (await store.countGranted(tx, person.id, hourAgo)) >= erasuresAlone
    ) {
      const params = { request: requestId, claim: request.claim_id, number: request.number }
      const wish = { kind: 'erase', object: requestId, params, reason: given.why } as const
      return needsTwo(tx, { now, approvalHours, by: person.id }, wish)
    }
    await recordAnswer(tx, request, given, { by: person.id, now })
    return { outcome: 'done' }
  })
}

/** Answer, entry and mail, in the caller's transaction; withdraws the claim where it is granted. */
async function recordAnswer(
  tx: Tx,
  { id, claim_id: claimId, language }: store.OpenErasure,
  { answer, reason }: ErasureAnswer,
  { by, now, approval }: { by: string; now: Date; approval?: string },
): Promise<void> {
  await store.updateAnswer(tx, id, { answered_at: now, answered_by: by, answer, reason })
  await appendEntry(tx, now, {
    kind: 'erasure.answered',
    claimId,
    private: {
      change: id,
      person: by,
      answer,
      reason,
      ...(approval !== undefined && { approval }),
    },
  })
  if (answer === 'granted') await withdrawClaim(tx, now, claimId, { change: id, person: by })
  await queueMail(tx, {
    template: 'erasure-answered',
    claimId,
    subjectId: id,
    language,
    at: now,
  })
}

/** One more erasure after many, once two people agreed. */
export const erasureHandlers: Pick<ApprovalHandlers, 'erase'> = {
  erase: {
    carryOut: async (tx, { request: id }, { by, now, id: approval }) => {
      const request = await store.lockOpenErasure(tx, id)
      if (!request || (await isHeld(tx, request.claim_id))) throw new NotAsApproved()
      await recordAnswer(tx, request, { answer: 'granted', reason: null }, { by, now, approval })
    },
  },
}
