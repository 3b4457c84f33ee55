import { Problem } from '../kernel/problem'

/** The life of a claim. Completeness, delivery and what the court did are separate facts. */
export const claimStates = [
  'unverified',
  'verified',
  'in_review',
  'accepted',
  'rejected',
  'deficient',
  'duplicate',
  'expired',
  'withdrawn',
  'erased',
] as const

export type ClaimState = (typeof claimStates)[number]

export type ClaimEvent =
  | 'verify'
  | 'start_review'
  | 'accept'
  | 'reject'
  | 'find_deficient'
  | 'find_duplicate'
  | 'cure'
  | 'appeal'
  | 'reopen'
  | 'expire'
  | 'withdraw'
  | 'erase'

const moves: Record<ClaimEvent, { from: readonly ClaimState[]; to: ClaimState }> = {
  verify: { from: ['unverified'], to: 'verified' },
  start_review: { from: ['verified'], to: 'in_review' },
  accept: { from: ['in_review'], to: 'accepted' },
  reject: { from: ['in_review'], to: 'rejected' },
  find_deficient: { from: ['in_review'], to: 'deficient' },
  find_duplicate: { from: ['in_review'], to: 'duplicate' },
  cure: { from: ['deficient'], to: 'in_review' },
  appeal: { from: ['rejected'], to: 'in_review' },
  reopen: { from: ['accepted'], to: 'in_review' },
  expire: { from: ['unverified'], to: 'expired' },
  withdraw: { from: claimStates.filter((state) => state !== 'erased'), to: 'withdrawn' },
  erase: { from: claimStates, to: 'erased' },
}

/** The state after an event. Throws Problem('conflict') when the claim's state does not allow it. */
export function transition(state: ClaimState, event: ClaimEvent): ClaimState {
  const move = moves[event]
  if (!move.from.includes(state)) throw new Problem('conflict', { state, event })
  return move.to
}
