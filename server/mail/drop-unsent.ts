import type { Tx } from '../db/connections'
import { dropMails } from './mail.store'
import type { ClaimantTemplate, MailTemplate } from './templates'

/** What answers a filing: a newer answer takes its place. */
const answers: readonly ClaimantTemplate[] = ['verify-claim', 'verify-corrected', 'already-filed']

/** What asks to confirm a signature. */
const signings: readonly ClaimantTemplate[] = ['confirm-signing']

/** What a change of address had mailed: over with it. */
const change: readonly MailTemplate[] = [
  'email-change-old',
  'email-change-new',
  'email-change-staff-notice',
]

const which = { all: null, answers, signings, email_change: change } as const

/**
 * Gives up what has not gone out about a claim, because it has no sense any more: everything when the
 * claim has expired, answers to its filing or signatures when they are being replaced, mails of a change of address that
 * is over. Left alone, a mail that bounced would stand among those to look after for ever.
 */
export async function dropUnsent(tx: Tx, claimId: string, kind: keyof typeof which): Promise<void> {
  await dropMails(tx, claimId, which[kind])
}
