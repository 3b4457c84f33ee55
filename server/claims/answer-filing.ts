import type { PackCore } from '../authority/pack-content'
import type { Tx } from '../db/connections'
import { newId } from '../kernel/ids'
import { findKeptReceipt } from '../ledger/receipts/kept-receipt'
import { dropUnsent } from '../mail/drop-unsent'
import { queueMail } from '../mail/queue-mail'
import { replaceCopy, type CopyKind } from '../vault/claimant-copies'
import { dropConfirmation, needConfirmation } from './needs/need-confirmation'
import type { ReminderLimits } from './reminders/plan-reminders'
import type { VerificationSecrets } from '../vault/verification-secrets'
import * as store from './worker.store'

const hourMs = 60 * 60 * 1000

export interface AnswerDeps {
  config: {
    limits: ReminderLimits & { verificationHours: number; unverifiedDays: number }
  }
  /** of the link under which a claimant finds their copy */
  copyTokenOf: (kind: CopyKind, claimId: string, version: number) => string
  /** link and code of a verification, derived from its id */
  secretsOf: (id: string) => VerificationSecrets
}

/**
 * Writes back to whoever filed: normally a link and a code to confirm the claim. When the same person
 * has a confirmed claim in the matter already, they are told its number instead and the new one is left
 * to expire; an earlier unconfirmed one is only mentioned, and whichever they confirm counts. Earlier
 * links stop working, and earlier answers that have not gone out are given up. The receipt that the mail
 * links to is sealed for the version in force, and so is what was signed, for the link that confirms it;
 * what a mistyped mailbox was sent goes. Needs the claim's blind indexes and its row locked.
 * @param signed what waits for its confirmation
 * @returns what was found, as a code for the ledger
 */
export async function answerFiling(
  tx: Tx,
  now: Date,
  { config, copyTokenOf, secretsOf }: AnswerDeps,
  claim: store.WorkerClaim,
  template: 'verify-claim' | 'verify-corrected',
  signed: PackCore | null,
): Promise<{ found: 'none' | 'earlier_unconfirmed' | 'earlier_confirmed'; earlierId?: string }> {
  const earlier = await store.findEarlierClaim(tx, claim)
  await store.supersedeVerifications(tx, claim.id, now)
  await dropUnsent(tx, claim.id, 'answers')
  await store.updateClaim(tx, claim.id, { duplicate_of: earlier?.id ?? null, bounced_at: null })
  await replaceCopy(tx, now, {
    kind: 'receipt',
    claimId: claim.id,
    token: copyTokenOf('receipt', claim.id, claim.version),
    content: await findKeptReceipt(tx, claim.id),
  })
  const mail = { claimId: claim.id, language: claim.language, at: now }

  if (earlier && earlier.state !== 'unverified') {
    await dropConfirmation(tx, now, claim.id)
    await queueMail(tx, { ...mail, template: 'already-filed', subjectId: earlier.id })
    return { found: 'earlier_confirmed', earlierId: earlier.id }
  }
  const id = newId(now.getTime())
  await store.insertVerification(tx, {
    id,
    claim_id: claim.id,
    pack_id: signed?.pack ?? null,
    created_at: now,
    expires_at: new Date(now.getTime() + config.limits.verificationHours * hourMs),
  })
  await needConfirmation(tx, now, config.limits, claim)
  if (signed) {
    const { token } = secretsOf(id)
    await replaceCopy(tx, now, { kind: 'signed', claimId: claim.id, token, content: signed })
  }
  await queueMail(tx, { ...mail, template, subjectId: id })
  return earlier ? { found: 'earlier_unconfirmed', earlierId: earlier.id } : { found: 'none' }
}
