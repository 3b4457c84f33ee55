import type { Tx } from '../db/connections'
import { selectClaimMails } from './mail.store'

export type { ClaimMailRow } from './mail.store'

/** What was mailed about a claim, the newest first; no address and no text is kept. */
export const listClaimMails = (tx: Tx, claimId: string, rows: number) =>
  selectClaimMails(tx, claimId, rows)
