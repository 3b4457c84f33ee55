import type { Db } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { newId } from '../../kernel/ids'
import { appendEntry } from '../../ledger/append-entry'
import { addIntent } from '../../outbox/add-intent'
import type { Sealer } from '../../vault/sealer'
import * as store from './public.store'

/** The mailed link, or six digits and the number of the claim whose address is being changed. */
export type Proof = { token: string } | { code: string; number: string }

/**
 * Takes down that somebody pressed the button of a mailed link, or typed a code; the worker finds out
 * whether it is right. Nothing on this surface can read the proof again.
 * @returns the id of what was taken down
 */
export async function giveAnswer(
  { db, clock, sealer }: { db: Db; clock: Clock; sealer: Sealer },
  act: 'confirm' | 'stop',
  proof: Proof,
): Promise<string> {
  const now = clock.now()
  const id = newId(now.getTime())
  const byCode = 'code' in proof
  const claim = byCode ? await store.selectClaim(db, { number: proof.number }) : undefined
  const claimId = claim?.id ?? null
  const text = JSON.stringify(byCode ? { code: proof.code } : proof)
  const box = sealer.sealToWorker('email_change', id, text)
  await db.transaction(async (tx) => {
    await store.insertAnswer(tx, { id, act, claimId, box, now })
    await appendEntry(tx, now, {
      kind: 'email_change.answered',
      ...(claimId !== null && { claimId }),
      private: { answer: id, act, by: byCode ? 'code' : 'link' },
    })
    await addIntent(tx, 'answer-email-change', { answerId: id })
  })
  return id
}
