import type { Tx } from '../db/connections'
import { countMails } from './mail.store'
import type { ClaimantTemplate } from './templates'

/** How many mails of this kind about a claim were queued since then. */
export function countMailsSince(
  tx: Tx,
  about: { claimId: string; template: ClaimantTemplate },
  since: Date,
): Promise<number> {
  return countMails(tx, about, since)
}
