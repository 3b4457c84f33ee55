import { digestToken } from '../vault/verification-secrets'
import { showMoment } from '../web/show-moment'
import type { About, ClaimMail } from './claim-letters'
import type { ComposeDeps } from './compose-letter'
import * as letters from './letters.store'

/** Link and code that confirm the address. */
export async function sayVerify(
  deps: ComposeDeps,
  { mail, claimId, claim, matter }: ClaimMail,
): Promise<About> {
  const { db, config } = deps
  if (claim.state !== 'unverified' || mail.subject_id === null) return null
  const link = await letters.selectVerification(db, mail.subject_id)
  if (!usable(link, deps.clock.now())) return null
  const { token, code } = deps.secretsOf(mail.subject_id)
  // Before it is sent: the link works from the moment it arrives.
  await letters.storeTokenHash(db, mail.subject_id, digestToken(token))
  return {
    link: `${config.publicUrl}/claims/confirm/${token}`,
    codePage: `${config.publicUrl}/claims/confirm`,
    code,
    until: showMoment(link.expires_at, mail.language, matter.content.timeZone),
    earlier: await letters.selectEarlierNumber(db, claimId),
    signed: (await letters.hasWaitingPack(db, mail.subject_id)) ? 1 : undefined,
    receipt: `${config.publicUrl}/receipts/${deps.copyTokenOf('receipt', claimId, claim.version)}`,
  }
}

/** Link and code that confirm what was signed on the person's own page. */
export async function sayConfirmSigning(
  deps: ComposeDeps,
  { mail, matter }: ClaimMail,
): Promise<About> {
  const { db, config } = deps
  const link = mail.subject_id && (await letters.selectVerification(db, mail.subject_id))
  if (!link || !usable(link, deps.clock.now())) return null
  const { token, code } = deps.secretsOf(mail.subject_id!)
  await letters.storeTokenHash(db, mail.subject_id!, digestToken(token))
  return {
    link: `${config.publicUrl}/claims/confirm/${token}`,
    askPage: `${config.publicUrl}/claims`,
    code,
    until: showMoment(link.expires_at, mail.language, matter.content.timeZone),
  }
}

/** The link under which a guardian consents and signs. */
export async function sayGuardian(deps: ComposeDeps, { mail, matter }: ClaimMail): Promise<About> {
  const { db, config } = deps
  const link = mail.subject_id && (await letters.selectGuardianLink(db, mail.subject_id))
  if (!link || !usable(link, deps.clock.now())) return null
  return {
    link: `${config.publicUrl}/guardian/${deps.secretsOf(mail.subject_id!).token}`,
    until: showMoment(link.expires_at, mail.language, matter.content.timeZone),
  }
}

/** Whether a mailed link can still be used. */
export function usable(link: letters.LinkRow | undefined, now: Date): link is letters.LinkRow {
  return !!link && !link.consumed_at && !link.superseded_at && link.expires_at > now
}
