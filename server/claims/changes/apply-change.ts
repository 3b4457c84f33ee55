import { z } from 'zod'
import { renewPapers } from '../../authority/papers-copy'
import { appendEntry } from '../../ledger/append-entry'
import { prepareQuestion } from '../../messages/ask-question'
import { once } from '../../outbox/effects'
import { prepareEmailChange } from '../email-change/start-email-change'
import { holderOf, type Holder } from '../access/holder-of'
import { prepareAnswerNeed } from '../needs/answer-need'
import { prepareReminders } from '../reminders/switch-reminders'
import { prepareErasure } from '../../privacy/ask-erasure'
import { prepareDataCopy } from '../../privacy/copy-data'
import * as claims from '../worker.store'
import { prepareAppeal } from './appeal'
import {
  allowsChange,
  changeKinds,
  isChangeKind,
  type ChangeKind,
  type Refusal,
} from './change-kinds'
import * as store from './changes.store'
import type { Apply, ChangeDeps, ChangeHandler } from './handler'
import { prepareReplacement } from './replace-answers'
import { prepareAnswers } from './show-answers'
import { prepareTakeBack } from './take-back-consent'
import { prepareWithdrawal } from './withdraw'

const handlers: { [Kind in ChangeKind]: ChangeHandler<Kind> } = {
  answers: prepareAnswers,
  carry: prepareAnswers,
  replace_answers: prepareReplacement,
  consent: prepareTakeBack,
  appeal: prepareAppeal,
  withdraw: prepareWithdrawal,
  change_email: prepareEmailChange,
  answer_need: prepareAnswerNeed,
  reminders: prepareReminders,
  data_copy: prepareDataCopy,
  erasure: prepareErasure,
  message: prepareQuestion,
}

/** After these the answers are others. */
const rewriting: readonly ChangeKind[] = ['replace_answers', 'answer_need']

const boxed = z.strictObject({ secret: z.string(), kind: z.string(), content: z.unknown() })

const dayMs = 24 * 60 * 60 * 1000

/**
 * Does what a person asked of their claim, once, or refuses it with a reason that their page words. That
 * the claim is theirs is checked here alone, by the secret that was sealed with it.
 */
export async function applyChange(deps: ChangeDeps, changeId: string, run: string): Promise<void> {
  const { db, clock } = deps
  const row = await store.selectBoxed(db, changeId)
  if (!row || row.box === null) return
  const claim = await claims.selectWorkerClaim(db, row.claim_id)
  if (!claim) return
  const prepared = await prepare(deps, { ...row, box: row.box }, claim, run)

  const now = clock.now()
  await db.transaction((tx) =>
    once(tx, `apply-change:${changeId}`, async () => {
      const locked = await claims.lockClaim(tx, claim.id)
      const refusal =
        typeof prepared === 'string'
          ? prepared
          : !locked || !allowsChange(locked.state, row.kind as ChangeKind)
            ? 'state'
            : await prepared(tx, now, locked)
      await store.markHandled(tx, changeId, now, refusal)
      if (refusal === null) return
      await appendEntry(tx, now, {
        kind: 'change.refused',
        claimId: claim.id,
        private: { change: changeId, what: row.kind, reason: refusal },
      })
    }),
  )
  // Papers quote answers: whoever has them open signs what is in force.
  if (rewriting.some((kind) => kind === row.kind)) await renewPapers(deps, claim.id, run)
}

/** Whoever holds the link to one task does that, and nothing else with the claim. */
function mayAsk(holder: Holder, kind: ChangeKind, content: object): boolean {
  if (holder.kind === 'owner') return true
  return kind === 'answer_need' && (content as { need: string }).need === holder.need.id
}

async function prepare(
  deps: ChangeDeps,
  row: store.ChangeRow & { box: Buffer },
  claim: claims.WorkerClaim,
  run: string,
): Promise<Apply | Refusal> {
  const { kind } = row
  const sealed = boxed.parse(
    JSON.parse(deps.vault.openFromWorkerBox('claim_change', row.id, row.box)),
  )
  // The row is not sealed: what it says it is must be what the person sealed.
  if (sealed.kind !== kind || !isChangeKind(kind)) return 'invalid'
  const content = changeKinds[kind].content.safeParse(sealed.content)
  if (!content.success) return 'invalid'
  // The surface writes the moment down. A box it kept back, or dated so that the browser had the claim open
  // then, is not what somebody just asked.
  const now = deps.clock.now().getTime()
  const { changeMaxAgeMs, clockSkewMs, changesPerDay } = deps.config.limits
  const age = now - row.created_at.getTime()
  if (age < -clockSkewMs || age > changeMaxAgeMs) return 'not_yours'
  const holder = await holderOf(deps.db, sealed.secret, claim.id, row.created_at)
  if (!holder || !mayAsk(holder, kind, content.data)) return 'not_yours'
  if (!allowsChange(claim.state, kind)) return 'state'
  // Counted again: a taken-over surface cannot have the worker open a claim without end.
  const asked = await store.countChanges(deps.db, { claimId: claim.id }, new Date(now - dayMs))
  if (asked > changesPerDay) return 'too_often'
  const handler = handlers[kind] as ChangeHandler<ChangeKind>
  return handler(deps, {
    id: row.id,
    at: row.created_at,
    secret: sealed.secret,
    claim,
    content: content.data,
    run,
  })
}
