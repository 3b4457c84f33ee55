import { isDeepStrictEqual } from 'node:util'
import { supersedeChanged } from '../../authority/supersede-changed'
import type { Tx } from '../../db/connections'
import { appendEntry } from '../../ledger/append-entry'
import type { Answers, ClaimForm, QuestionRole } from '../../matters/form-schema'
import { allQuestions } from '../../matters/forms/parse-form'
import { findMatterById } from '../../matters/list-matters'
import { transition } from '../claim-state'
import { renewNeeds } from '../needs/add-needs'
import { meetNeed } from '../needs/meet-need'
import { findEarlierClaim, updateClaim, type WorkerClaim } from '../worker.store'
import { writeVersion, type VersionFacts } from '../write-version'
import type { ChangeDeps } from './handler'
import type { ReadClaim } from './read-claim'

/** Who moves house or gets another number says nothing else than before: no decision hangs on it. */
const contact: readonly (QuestionRole | undefined)[] = ['phone', 'address']

/** The questions that are answered differently. The address for mail is changed in a way of its own. */
export function changedQuestions(form: ClaimForm, before: Answers, after: Answers) {
  return allQuestions(form).filter(({ id }) => !isDeepStrictEqual(before[id], after[id]))
}

/** Whether a claim that was accepted with the answers before has to be looked at again. */
export function needsReview(form: ClaimForm, before: Answers, after: Answers): boolean {
  return changedQuestions(form, before, after).some(({ role }) => !contact.includes(role))
}

/**
 * Puts answers, found to be such as the form takes, in the place of those that were read: a further sealed
 * version and its entry, in the caller's transaction; what was missing of them is missing no more. An accepted
 * claim goes back to its review unless only phone or postal address changed.
 * @returns `stale` when the claim changed since it was read
 */
export async function writeAnswers(
  tx: Tx,
  now: Date,
  { vault, config }: Pick<ChangeDeps, 'vault' | 'config'>,
  claim: WorkerClaim,
  { change, read, answers }: { change: string; read: ReadClaim; answers: Answers },
): Promise<VersionFacts | 'stale'> {
  const { form, content, version } = read
  if (claim.version !== version) return 'stale'
  const changed = changedQuestions(form, content.answers, answers)
  const facts = await writeVersion(tx, now, { vault }, claim, {
    form,
    content: { ...content, answers },
  })
  const earlier = await findEarlierClaim(tx, claim)
  await updateClaim(tx, claim.id, { duplicate_of: earlier?.id ?? null })
  await appendEntry(tx, now, {
    kind: 'claim.answers_replaced',
    claimId: claim.id,
    private: { change, ...facts, questions: changed.map(({ id }) => id).join(',') },
  })
  const matter = await findMatterById(tx, claim.matter_id)
  if (!matter) throw new Error('a claim names a matter that is not stored')
  await supersedeChanged(tx, now, config, { claimId: claim.id, matter, changed })
  await renewNeeds(tx, now, config.limits, {
    claimId: claim.id,
    rules: matter.content.needs,
    form,
    before: content.answers,
    after: answers,
  })
  if (claim.state === 'accepted' && needsReview(form, content.answers, answers)) {
    await updateClaim(tx, claim.id, {
      state: transition(claim.state, 'reopen'),
      assigned_to: null,
      decided_by: null,
      decided_at: null,
      decision_reason: null,
    })
    await appendEntry(tx, now, {
      kind: 'claim.reopened',
      claimId: claim.id,
      private: { change, reason: 'answers_replaced' },
    })
  }
  for (const { id } of changed) {
    if (!Object.hasOwn(answers, id)) continue
    await meetNeed(tx, now, { claimId: claim.id, kind: 'answer', ref: id })
  }
  return facts
}
