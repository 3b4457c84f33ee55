import type { Tx } from '../../db/connections'
import type { SealedHousehold } from '../../households/household'
import { newId } from '../../kernel/ids'
import { allQuestions, holds, visibleQuestions } from '../../matters/forms/parse-form'
import type { Answers, ClaimForm } from '../../matters/form-schema'
import type { NeedRule } from '../../matters/matter-file'
import { planReminders, type ReminderLimits } from '../reminders/plan-reminders'
import type { NeedKind } from './need-kinds'
import * as store from './needs.store'

export interface WantedNeed {
  kind: NeedKind
  ref: string
  required: boolean
  dueAt: Date | null
}

/**
 * Puts down what a claim lacks, in the caller's transaction, and plans its reminders. What is asked for
 * already stays as it is, unless a moderator (`by`) asks.
 */
export async function addNeeds(
  tx: Tx,
  now: Date,
  limits: ReminderLimits,
  { claimId, by, wanted }: { claimId: string; by: string | null; wanted: readonly WantedNeed[] },
): Promise<void> {
  if (wanted.length === 0) return
  const rows = wanted.map(({ kind, ref, required, dueAt }, at) => ({
    // Rising, so that they stay in the order asked.
    id: newId(now.getTime() + at),
    claim_id: claimId,
    kind,
    ref,
    required,
    source: by === null ? ('rule' as const) : ('moderator' as const),
    asked_at: now,
    asked_by: by,
    due_at: dueAt,
  }))
  await (by === null ? store.insertNeeds(tx, rows) : store.upsertNeeds(tx, rows))
  await planReminders(tx, limits, claimId, rows)
}

/** What the rules of a matter ask of a claim with these answers. */
export function neededByRules(
  rules: readonly NeedRule[],
  form: ClaimForm,
  answers: Answers,
): WantedNeed[] {
  return rules.flatMap((rule): WantedNeed[] => {
    const { kind, ref, level } = rule
    if (level === 'on_request' || (kind === 'answer' && !isMissing(form, ref, answers))) return []
    if (kind !== 'answer' && !holds(rule.when, answers)) return []
    return [{ kind, ref, required: level === 'required', dueAt: null }]
  })
}

/**
 * Asks, in the caller's transaction, for what only the new answers call for, and no longer for what only the
 * old ones did. What everybody is asked for was asked when the claim was filed.
 */
export async function renewNeeds(
  tx: Tx,
  now: Date,
  limits: ReminderLimits,
  {
    claimId,
    rules,
    form,
    before,
    after,
  }: {
    claimId: string
    rules: readonly NeedRule[]
    form: ClaimForm
    before: Answers
    after: Answers
  },
): Promise<void> {
  const conditional = rules.filter((rule) => rule.kind !== 'answer' && rule.when !== undefined)
  const old = neededByRules(conditional, form, before)
  const wanted = neededByRules(conditional, form, after)
  const isIn = (needs: WantedNeed[], { kind, ref }: WantedNeed) =>
    needs.some((one) => one.kind === kind && one.ref === ref)
  for (const need of old.filter((one) => !isIn(wanted, one))) {
    await store.cancelByRule(tx, { claimId, kind: need.kind, ref: need.ref }, now)
  }
  const added = wanted.filter((one) => !isIn(old, one))
  await addNeeds(tx, now, limits, { claimId, by: null, wanted: added })
}

/** What shows that somebody has died, and who inherits. */
export const heirDocuments = ['family', 'death'] as const

/** What the claim of a person who has died lacks whatever its matter asks for. */
export function neededOfHeirs(household: SealedHousehold | undefined): WantedNeed[] {
  if (household?.role !== 'heir') return []
  return heirDocuments.map((ref) => ({ kind: 'document', ref, required: true, dueAt: null }))
}

/** Whether the answers so far call for this question and do not answer it. */
function isMissing(form: ClaimForm, ref: string, answers: Answers): boolean {
  // An older form may not have asked it.
  if (!allQuestions(form).some(({ id }) => id === ref) || Object.hasOwn(answers, ref)) return false
  return form.steps.some((step) =>
    visibleQuestions(form, step.id, answers).some(({ id }) => id === ref),
  )
}
