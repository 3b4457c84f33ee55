import type { ClaimState } from '../claims/claim-state'

/** What a claimant may say that a document is. */
export const documentKinds = [
  'notice',
  'account',
  'order',
  'damage',
  'family',
  'death',
  'other',
] as const
export type DocumentKind = (typeof documentKinds)[number]

/** What its bytes may say that it is. */
export type DocumentType = 'jpeg' | 'png' | 'webp' | 'heic' | 'pdf' | 'text'

export type DocumentState = 'arrived' | 'checking' | 'received' | 'destroyed'

/** Why there is nothing to look at of a document that was received. */
export type ViewProblem =
  /** phones write it, no library may read it freely */
  | 'heic'
  /** more pixels than are drawn */
  | 'too_large'
  | 'password'
  /** damaged, or the parser was ended */
  | 'unreadable'

/** Why members of staff destroy a document. */
export const staffReasons = ['resident_number', 'other_person', 'sensitive', 'on_request'] as const
export type StaffReason = (typeof staffReasons)[number]

export type DestroyReason =
  | StaffReason
  /** the claimant took it back */
  | 'by_claimant'
  /** the scanner named it */
  | 'malware'
  /** the claim ended */
  | 'claim_ended'
  /** what the store gives back is not what was sent, or nothing */
  | 'lost'

/** What is known of a received document and stands encrypted beside it. */
export interface DocumentAbout {
  /** as the claimant's device called it */
  name: string
  /** SHA-256 of the original as received, hex */
  sha256: string
}

/** What the surface that took a document in tells the worker of it. */
export interface ToldOfDocument extends DocumentAbout {
  /** of the browser, or of the link, by which it was sent */
  secret: string
}

export function isDocumentKind(value: unknown): value is DocumentKind {
  return documentKinds.some((kind) => kind === value)
}

const taking: readonly ClaimState[] = [
  'unverified',
  'verified',
  'in_review',
  'deficient',
  'accepted',
]
const undecided: readonly ClaimState[] = ['unverified', 'verified', 'in_review', 'deficient']

/** Whether a claim in this state still takes documents. */
export function takesDocuments(state: ClaimState): boolean {
  return taking.includes(state)
}

/** Whether its claimant may still take one back: what a decision was based on stays. */
export function givesDocumentsBack(state: ClaimState): boolean {
  return undecided.includes(state)
}

/** How much a claim holds. */
export interface Filled {
  files: number
  bytes: number
}

/** Why a claim takes no more of this size; null when it does. */
export function fits(
  filled: Filled,
  bytes: number,
  limits: { documentsPerClaim: number; documentBytesPerClaim: number },
): 'too_many' | 'too_much' | null {
  if (filled.files >= limits.documentsPerClaim) return 'too_many'
  return filled.bytes + bytes > limits.documentBytesPerClaim ? 'too_much' : null
}
