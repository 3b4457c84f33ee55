import { readClaimContent, type ClaimContent } from '../claims/claim-content'
import type { ClaimState } from '../claims/claim-state'
import type { Db } from '../db/connections'
import { Problem } from '../kernel/problem'
import { readThread, type ShownMessage } from '../messages/read-thread'
import { readNotes, type ShownNote } from '../notes/read-notes'
import type { Opening, Vault } from '../vault/vault'
import type { Person } from '../web/person'
import type { ClaimRow } from './moderation.store'

/** Why a member of staff may read a claim; each is worded for the claimant where they see who looked. */
export const openPurposes = [
  'review',
  'identity_check',
  'duplicate_check',
  'claimant_contact',
] as const
export type OpenPurpose = (typeof openPurposes)[number]

export function isOpenPurpose(value: unknown): value is OpenPurpose {
  return openPurposes.some((purpose) => purpose === value)
}

const closed: readonly ClaimState[] = ['expired', 'withdrawn', 'erased']

/**
 * Why a claim cannot be opened: the worker has not taken it in yet, or it is over and nobody has a
 * reason to read it any more. Null when it can.
 */
export function whyNotOpen({
  state,
  screened_at,
}: Pick<ClaimRow, 'state' | 'screened_at'>): 'not_screened' | 'closed' | null {
  if (closed.includes(state)) return 'closed'
  return screened_at === null ? 'not_screened' : null
}

/** What an opening shows: the answers, what was written with those who review it, and what they noted. */
export interface OpenedForReview {
  content: ClaimContent
  messages: ShownMessage[]
  notes: ShownNote[]
  /** reads its documents too */
  opening: Opening
}

/**
 * Opens a claim for a person, on the record: the vault has committed who, whose and why before this
 * returns anything; its documents are read under the same opening. What may not be opened is refused
 * without an opening. `most` is the most of messages, and of notes.
 * @throws Problem('conflict' | 'not_found' | 'budget_exceeded')
 */
export async function openClaim(
  { db, vault, most }: { db: Db; vault: Vault; most: { messages: number; notes: number } },
  person: Person,
  claim: Pick<ClaimRow, 'id' | 'state' | 'screened_at'>,
  purpose: OpenPurpose,
): Promise<OpenedForReview> {
  if (whyNotOpen(claim) !== null) throw new Problem('conflict', { claim: claim.id })
  const actor = { kind: 'person', personId: person.id } as const
  const opening = await vault.beginOpening([claim.id], { actor, purpose })
  const opened = await opening.read([claim.id])
  return {
    content: readClaimContent(opened.get(claim.id)!.answers),
    messages: await readThread({ db, opening, most: most.messages }, person, claim.id),
    notes: await readNotes({ db, opening, most: most.notes }, person, claim.id),
    opening,
  }
}
