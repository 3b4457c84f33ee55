import type { EntryKind } from '../ledger/append-entry'
import { transition, type ClaimEvent, type ClaimState } from './claim-state'

/** What an entry does to the state of its claim; kinds that are not here leave it as it is. */
const events: Partial<Record<EntryKind, ClaimEvent>> = {
  'claim.verified': 'verify',
  'claim.review_started': 'start_review',
  'claim.accepted': 'accept',
  'claim.rejected': 'reject',
  'claim.found_deficient': 'find_deficient',
  'claim.cured': 'cure',
  'claim.reopened': 'reopen',
  'claim.appealed': 'appeal',
  'claim.withdrawn': 'withdraw',
  'claim.expired': 'expire',
}

/**
 * The state that a claim must have by its entries, in the order they were appended; null when they do
 * not begin with its filing.
 * @throws Problem('conflict') when the entries tell of a change that the state before does not allow
 */
export function stateFromEntries(kinds: readonly string[]): ClaimState | null {
  let state: ClaimState | null = null
  for (const kind of kinds as EntryKind[]) {
    if (kind === 'claim.filed' && state === null) state = 'unverified'
    const event = events[kind]
    if (event === undefined) continue
    if (state === null) return null
    // A review that somebody else takes over begins again in the same state.
    if (event === 'start_review' && state === 'in_review') continue
    state = transition(state, event)
  }
  return state
}
