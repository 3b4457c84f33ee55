import { withdrawClaim } from '../claims/withdraw-claim'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { queueMail } from '../mail/queue-mail'
import type { Person } from '../web/person'
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

/**
 * Answers a request to erase, once. What is to be erased is read no more, so a claim that is still alive is
 * withdrawn with it.
 * @returns `answered`, or `stale`: somebody answered it before, and nothing was changed
 * @throws Problem('not_found')
 */
export async function answerErasure(
  { db, clock }: { db: Db; clock: Clock },
  person: Person,
  requestId: string,
  { answer, reason }: ErasureAnswer,
): Promise<'answered' | 'stale'> {
  if (!isId(requestId)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const request = await store.lockOpenErasure(tx, requestId)
    if (!request) {
      if (await store.existsErasure(tx, requestId)) return 'stale'
      throw new Problem('not_found')
    }
    const { claim_id: claimId } = request
    const now = clock.now()
    await store.updateAnswer(tx, requestId, {
      answered_at: now,
      answered_by: person.id,
      answer,
      reason,
    })
    await appendEntry(tx, now, {
      kind: 'erasure.answered',
      claimId,
      private: { change: requestId, person: person.id, answer, reason },
    })
    if (answer === 'granted') {
      await withdrawClaim(tx, now, claimId, { change: requestId, person: person.id })
    }
    await queueMail(tx, {
      template: 'erasure-answered',
      claimId,
      subjectId: requestId,
      language: request.language,
      at: now,
    })
    return 'answered'
  })
}
