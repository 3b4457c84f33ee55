import type { KeptReceipt } from '../../ledger/receipts/kept-receipt'

/**
 * What is sealed to the browser of whoever opened their claims. State and dates of a claim are not in it:
 * they are read from the claim's row, so that a page is never older than the claim.
 */

/** Copy `claim`: what only reading the claim tells, and so made when the person comes in, and when that changes. */
export interface ClaimCopy {
  id: string
  number: string
  /** the matter's slug */
  matter: string
  /** 김•서 */
  name: string
  /** k•••@naver.com */
  email: string
  receipt: KeptReceipt
  /** optional consents that are given, by id */
  consents: string[]
}

/** Copy `looked`: made from the ledger alone, so making it anew reads no claim. All moments ISO, UTC. */
export interface LookedCopy {
  madeAt: string
  /** what people did with the claim, newest first */
  acts: Act[]
  /** a very long list was cut */
  cut: boolean
  /** what programs did, a line for each purpose */
  jobs: { purpose: string; count: number; first: string; last: string }[]
  reviewStartedAt: string | null
  /** reason code of a rejection */
  reason: string | null
}

export type Act =
  /** a member of staff read the claim, or looked for it: then `reason` says who asked, and it was not read */
  | {
      kind: 'opened'
      at: string
      role: string
      firm: BothNames | null
      purpose: string
      reason?: string
    }
  /** it went to a law firm */
  | { kind: 'delivered'; at: string; firm: BothNames }
  /** the same once more, because the firm could not open it */
  | { kind: 'delivered_again'; at: string; firm: BothNames }
  | { kind: 'downloaded'; at: string; firm: BothNames }
  /** staff changed the address for somebody who lost their mailbox: each step, and why, as codes */
  | {
      kind: 'email_requested' | 'email_approved' | 'email_declined' | 'email_changed'
      at: string
      role: string
      why: string | null
      identified: string | null
    }

export interface BothNames {
  ko: string
  en: string
}
