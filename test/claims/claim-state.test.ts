import type { Problem } from '../../server/kernel/problem'
import {
  claimStates,
  transition,
  type ClaimEvent,
  type ClaimState,
} from '../../server/claims/claim-state'

/** The design's picture of a claim's life, written down a second time. */
const life = new Set([
  'unverified verify verified',
  'verified start_review in_review',
  'in_review accept accepted',
  'in_review reject rejected',
  'in_review find_deficient deficient',
  'in_review find_duplicate duplicate',
  'deficient cure in_review',
  'rejected appeal in_review',
  'accepted reopen in_review',
  'unverified expire expired',
  ...claimStates
    .filter((state) => state !== 'erased')
    .map((state) => `${state} withdraw withdrawn`),
  ...claimStates.map((state) => `${state} erase erased`),
])

const events: ClaimEvent[] = [
  'verify',
  'start_review',
  'accept',
  'reject',
  'find_deficient',
  'find_duplicate',
  'cure',
  'appeal',
  'reopen',
  'expire',
  'withdraw',
  'erase',
]

test('a claim moves as the design says and in no other way', () => {
  const outcome = (state: ClaimState, event: ClaimEvent): string => {
    try {
      return `${state} ${event} ${transition(state, event)}`
    } catch (error) {
      return (error as Problem).code
    }
  }
  const found = new Set(
    claimStates.flatMap((state) => events.map((event) => outcome(state, event))),
  )
  expect(found).toEqual(new Set([...life, 'conflict']))
})
