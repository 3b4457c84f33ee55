import type { Tx } from '../../db/connections'
import { newId } from '../../kernel/ids'
import { appendEntry } from '../../ledger/append-entry'
import { queueMail } from '../../mail/queue-mail'
import { normaliseEmail } from '../../matters/forms/email'
import { once } from '../../outbox/effects'
import { digestToken } from '../../vault/verification-secrets'
import { requestNewLink } from '../request-new-link'
import * as store from './access-worker.store'
import type { AccessDeps } from './answer-access'

const hourMs = 60 * 60 * 1000

/**
 * Mails a link and a code to the address that was typed, if claims were filed with it. Confirmed ones
 * open with the link; one whose address nobody has confirmed yet gets its confirmation mail again, by
 * the path and within the number there is for that. An address that is on no claim gets no mail at all:
 * whoever types strangers' addresses would otherwise have us write to them.
 */
export async function mailLink(deps: AccessDeps, requestId: string, box: Buffer): Promise<void> {
  const email = normaliseEmail(deps.vault.openFromWorkerBox('access_email', requestId, box))
  const now = deps.clock.now()
  await deps.db.transaction((tx) =>
    once(tx, `answer-access:${requestId}`, async () => {
      const linkId = email === undefined ? null : await linkTo(deps, tx, now, requestId, email)
      await store.markHandled(tx, requestId, { outcome: 'answered', handled_at: now })
      await appendEntry(tx, now, {
        kind: 'access.answered',
        private: { request: requestId, link: linkId },
      })
    }),
  )
}

/** Queues what goes to this address. @returns the id of the link, when there is one */
async function linkTo(
  { vault, clock, secretsOf, config }: AccessDeps,
  tx: Tx,
  now: Date,
  requestId: string,
  email: string,
): Promise<string | null> {
  const { accessHours, accessMails, accessClaims } = config.limits
  const address = vault.emailIndex(email)
  await store.lockAddress(tx, address)

  const of = { confirmed: false, limit: accessClaims }
  // Counted as asked by somebody who knows the claim's number: that much the address tells.
  for (const { number } of await store.selectClaimsOfAddress(tx, address, of)) {
    await requestNewLink({ db: tx, clock, config }, { number })
  }

  const [newest] = await store.selectClaimsOfAddress(tx, address, { confirmed: true, limit: 1 })
  if (!newest) return null
  const since = new Date(now.getTime() - accessHours * hourMs)
  // Links mailed before still open, so nobody is locked out by somebody else's asking.
  if ((await store.countLinks(tx, address, since)) >= accessMails) return null
  const id = newId(now.getTime())
  await store.insertLink(tx, {
    id,
    request_id: requestId,
    claim_id: newest.id,
    token_hash: digestToken(secretsOf(id).token),
    created_at: now,
    expires_at: new Date(now.getTime() + accessHours * hourMs),
  })
  await queueMail(tx, {
    template: 'own-claims',
    claimId: newest.id,
    subjectId: id,
    language: newest.language,
    at: now,
  })
  return id
}
