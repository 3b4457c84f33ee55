import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Db, Tx } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { appendEntry } from '../../ledger/append-entry'
import type { Limits } from '../../limits'
import { addIntent } from '../../outbox/add-intent'
import { once } from '../../outbox/effects'
import { digestToken, type VerificationSecrets } from '../../vault/verification-secrets'
import type { WorkerVault } from '../../vault/vault'
import { isDue, isOver, type Side } from './change-state'
import { secretsOfSide } from './start-email-change'
import { stopEmailChange } from './stop-email-change'
import * as store from './worker.store'

export interface AnswerDeps {
  db: Db
  clock: Clock
  vault: Pick<WorkerVault, 'openFromWorkerBox'>
  secretsOf: (id: string) => VerificationSecrets
  config: { limits: Limits }
}

const boxed = z.union([z.strictObject({ token: z.string() }), z.strictObject({ code: z.string() })])
type Proof = z.infer<typeof boxed>

interface Proved {
  change: store.EmailChangeRow
  side: Side
}

/**
 * Takes what was pressed on the page of a mailed link, or the code that was typed: one of the two mailboxes
 * confirms the change of address, or stops it. Only here is a proof checked, so that a public surface that
 * was taken over can say yes for no mailbox. Harmless to repeat.
 */
export async function answerEmailChange(deps: AnswerDeps, answerId: string): Promise<void> {
  const { db, clock, vault } = deps
  const answer = await store.selectAnswer(db, answerId)
  if (!answer || answer.box === null) return
  const text = vault.openFromWorkerBox('email_change', answerId, answer.box)
  const proof = boxed.parse(JSON.parse(text))
  const now = clock.now()
  await db.transaction((tx) =>
    once(tx, `answer-email-change:${answerId}`, async () => {
      const proved = await prove(tx, deps, answer, proof)
      const outcome = proved ? await take(tx, now, proved, answer.act, proof) : 'wrong'
      const changeId = proved?.change.id ?? null
      await store.markAnswered(tx, answerId, now, { outcome, changeId })
      if (outcome !== 'wrong') return
      await appendEntry(tx, now, {
        kind: 'email_change.refused',
        ...(answer.claim_id !== null && { claimId: answer.claim_id }),
        private: { answer: answerId, by: byOf(proof) },
      })
    }),
  )
}

const byOf = (proof: Proof) => ('token' in proof ? 'link' : 'code')

/** The change that this proves, locked, and by which mailbox; wrong codes are counted on it. */
async function prove(
  tx: Tx,
  deps: AnswerDeps,
  answer: store.AnswerRow,
  proof: Proof,
): Promise<Proved | null> {
  if ('token' in proof) {
    const hash = digestToken(proof.token)
    const old = await store.lockEmailChange(tx, { old_token_hash: hash })
    if (old) return { change: old, side: 'old' }
    const fresh = await store.lockEmailChange(tx, { new_token_hash: hash })
    return fresh ? { change: fresh, side: 'new' } : null
  }
  const change = answer.claim_id === null ? null : await store.lockOpenOf(tx, answer.claim_id)
  if (!change || change.attempts >= deps.config.limits.emailChangeAttempts) return null
  const sides: Side[] = change.origin === 'claimant' ? ['old', 'new'] : ['new']
  const side = sides.find((one) => same(secretsOfSide(deps, change.id, one).code, proof.code))
  if (side) return { change, side }
  await store.countWrongCode(tx, change.id)
  return null
}

function same(right: string, typed: string): boolean {
  const [a, b] = [Buffer.from(right), Buffer.from(typed)]
  return a.length === b.length && timingSafeEqual(a, b)
}

async function take(
  tx: Tx,
  now: Date,
  { change, side }: Proved,
  act: 'confirm' | 'stop',
  proof: Proof,
): Promise<'confirmed' | 'stopped' | 'over' | 'wrong'> {
  const { id, claim_id: claimId, origin } = change
  if (isOver(change)) return 'over'
  if (act === 'stop') {
    await stopEmailChange(tx, now, change, side === 'old' ? 'old_mailbox' : 'new_mailbox')
    return 'stopped'
  }
  // Whoever lost the old mailbox is not asked there; its owner can only stop it.
  if (origin === 'staff' && side === 'old') return 'wrong'
  if (change[`confirmed_${side}_at`] !== null) return 'confirmed'
  if (change.expires_at <= now) return 'over'
  const confirmed = { [`confirmed_${side}_at`]: now }
  await store.updateEmailChange(tx, id, confirmed)
  await appendEntry(tx, now, {
    kind: 'claim.email_change_confirmed',
    claimId,
    private: { change: id, mailbox: side, by: byOf(proof) },
  })
  if (isDue({ ...change, ...confirmed }, now)) {
    await addIntent(tx, 'apply-email-change', { emailChangeId: id })
  }
  return 'confirmed'
}
