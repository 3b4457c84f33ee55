import type { Tx } from '../db/connections'
import { dropMails } from './mail.store'
import type { ClaimantTemplate } from './templates'

/** What answers a filing: a newer answer takes its place. */
const answers: readonly ClaimantTemplate[] = ['verify-claim', 'verify-corrected', 'already-filed']

/** What asks to confirm a signature. */
const signings: readonly ClaimantTemplate[] = ['confirm-signing']

/**
 * Gives up what has not gone out about a claim, because it has no sense any more: everything when the
 * claim has expired, answers to its filing or signatures when they are being replaced. Left alone, a mail that bounced
 * would stand among those to look after for ever.
 */
export async function dropUnsent(
  tx: Tx,
  claimId: string,
  which: 'all' | 'answers' | 'signings',
): Promise<void> {
  const templates = which === 'answers' ? answers : which === 'signings' ? signings : null
  await dropMails(tx, claimId, templates)
}
