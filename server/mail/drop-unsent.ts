import type { Tx } from '../db/connections'
import { dropMails } from './mail.store'

/**
 * Gives up what has not gone out about a claim, because it has no sense any more: the claim has expired, or
 * its links are being replaced. Left alone, a mail that bounced would stand among those to look after for ever.
 */
export async function dropUnsent(tx: Tx, claimId: string): Promise<void> {
  await dropMails(tx, claimId)
}
