import { digestToken } from '../vault/verification-secrets'
import { showMoment } from '../web/show-moment'
import type { About, ClaimMail } from './claim-letters'
import type { ComposeDeps } from './compose-letter'
import * as store from './mail.store'

/** Link and code that confirm the address. */
export async function sayVerify(
  deps: ComposeDeps,
  { mail, claimId, claim, matter }: ClaimMail,
): Promise<About> {
  const { db, config } = deps
  if (claim.state !== 'unverified' || mail.subject_id === null) return null
  const link = await store.selectVerification(db, mail.subject_id)
  if (!usable(link, deps.clock.now())) return null
  const { token, code } = deps.secretsOf(mail.subject_id)
  // Before it is sent: the link works from the moment it arrives.
  await store.storeVerificationHashes(db, mail.subject_id, {
    token_hash: digestToken(token),
    code_hash: deps.digestCode(claimId, code),
  })
  return {
    link: `${config.publicUrl}/claims/confirm/${token}`,
    codePage: `${config.publicUrl}/claims/confirm`,
    code,
    until: showMoment(link.expires_at, mail.language, matter.content.timeZone),
    earlier: await store.selectEarlierNumber(db, claimId),
    receipt: `${config.publicUrl}/receipts/${deps.copyTokenOf('receipt', claimId, claim.version)}`,
  }
}

/** Whether a mailed link can still be used. */
export function usable(link: store.LinkRow | undefined, now: Date): link is store.LinkRow {
  return !!link && !link.consumed_at && !link.superseded_at && link.expires_at > now
}
