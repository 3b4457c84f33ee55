import { appendEntry } from '../../ledger/append-entry'
import { queueMail } from '../../mail/queue-mail'
import { findMatterById } from '../../matters/list-matters'
import { writeVersion } from '../write-version'
import type { ChangeHandler } from './handler'
import { readClaim } from './read-claim'

/**
 * Takes back a consent that was no condition of filing (PIPA 37): from then on the record in force says
 * that it is not given, since when, and the entry which one it was. Taking back one that the claim cannot
 * do without is a withdrawal.
 */
export const prepareTakeBack: ChangeHandler<'consent'> = async (deps, change) => {
  const { db, vault } = deps
  const { consent: consentId } = change.content
  const matter = await findMatterById(db, change.claim.matter_id)
  if (!matter) throw new Error('a claim names a matter that is not stored')
  const consent = matter.content.consents.find(({ id }) => id === consentId)
  if (consent?.required) return 'invalid'
  const { form, content, version } = await readClaim(deps, change)
  const given = content.consents.find(({ id }) => id === consentId)
  if (!given?.given) return 'unchanged'

  return async (tx, now, claim) => {
    if (claim.version !== version) return 'stale'
    const next = {
      ...content,
      consents: content.consents.map((one) =>
        one.id === consentId ? { ...one, given: false, at: now.toISOString() } : one,
      ),
    }
    const facts = await writeVersion(tx, now, { vault }, claim, { form, content: next })
    await appendEntry(tx, now, {
      kind: 'claim.consents_changed',
      claimId: claim.id,
      private: { change: change.id, ...facts, takenBack: `${consentId}@${given.version}` },
    })
    await queueMail(tx, {
      template: 'claim-changed',
      claimId: claim.id,
      subjectId: change.id,
      language: claim.language,
      at: now,
    })
    return null
  }
}
