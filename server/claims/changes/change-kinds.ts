import { z } from 'zod'
import type { Answers } from '../../matters/form-schema'
import type { ClaimState } from '../claim-state'
import { claimStates } from '../claim-state'

const over: readonly ClaimState[] = ['withdrawn', 'expired', 'erased']
const alive = claimStates.filter((state) => !over.includes(state) && state !== 'unverified')

/**
 * What people may ask of their own claims, in which states, and what is sealed with it. The surface
 * decides by this what it offers; the worker, once more, what it does.
 */
export const changeKinds = {
  /** to see the answers again in this browser, in order to change them */
  answers: { from: alive, content: z.strictObject({}) },
  /** the same, to begin another case or another person's form with them */
  carry: { from: alive, content: z.strictObject({}) },
  /** `version`: of the answers that were shown */
  replace_answers: {
    from: ['verified', 'in_review', 'deficient', 'accepted'],
    content: z.strictObject({
      version: z.number().int(),
      answers: z.custom<Answers>((value) => typeof value === 'object' && value !== null),
    }),
  },
  /** takes back an optional consent */
  consent: { from: alive, content: z.strictObject({ consent: z.string() }) },
  appeal: { from: ['rejected'], content: z.strictObject({ text: z.string() }) },
  withdraw: { from: alive, content: z.strictObject({}) },
  /** begins it: both mailboxes are asked to confirm */
  change_email: { from: alive, content: z.strictObject({ email: z.string() }) },
  /** the answer to a question that is missing; allowed by a link to that task too */
  answer_need: {
    from: ['verified', 'in_review', 'deficient', 'accepted'],
    content: z.strictObject({
      need: z.uuid(),
      answers: z.custom<Answers>((value) => typeof value === 'object' && value !== null),
    }),
  },
  /** whether the person is reminded of what is missing */
  reminders: { from: alive, content: z.strictObject({ on: z.boolean() }) },
  /** a copy of all that is kept of the person, by a mailed link */
  data_copy: { from: [...alive, 'withdrawn'], content: z.strictObject({}) },
  erasure: { from: [...alive, 'withdrawn'], content: z.strictObject({}) },
  /** a question to those who review claims, or to the law firm */
  message: {
    from: claimStates.filter((state) => state !== 'expired' && state !== 'erased'),
    content: z.strictObject({ desk: z.enum(['moderators', 'counsel']), text: z.string() }),
  },
} as const satisfies Record<string, { from: readonly ClaimState[]; content: z.ZodType }>

export type ChangeKind = keyof typeof changeKinds
export type ChangeContent<Kind extends ChangeKind> = z.infer<(typeof changeKinds)[Kind]['content']>

export function isChangeKind(text: string): text is ChangeKind {
  return Object.hasOwn(changeKinds, text)
}

/** Whether a claim in this state takes a change of this kind. */
export function allowsChange(state: ClaimState, kind: ChangeKind): boolean {
  const { from }: { from: readonly ClaimState[] } = changeKinds[kind]
  return from.includes(state)
}

/**
 * Why a change was not made, each worded on the page that says so. `not_yours`: the browser's session was
 * over; `state`: the claim does not take it any more; `stale`: it changed meanwhile; `unchanged`: nothing
 * would be different; `too_often`; `invalid`: what was sent does not fit the form;
 * `firm_changed`: the case has another law firm, to which the claimant has not agreed.
 */
export const refusals = [
  'not_yours',
  'state',
  'stale',
  'unchanged',
  'too_often',
  'invalid',
  'too_late',
  'firm_changed',
] as const
export type Refusal = (typeof refusals)[number]
