import { claimStates, transition, type ClaimEvent } from '../../server/claims/claim-state'

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
  const allowed = new Set<string>()
  for (const state of claimStates) {
    for (const event of events) {
      try {
        allowed.add(`${state} ${event} ${transition(state, event)}`)
      } catch (error) {
        expect(error).toMatchObject({ code: 'conflict' })
      }
    }
  }
  expect(allowed).toEqual(life)
})
