import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { addIntent } from '../outbox/add-intent'
import { requeueMail, type MailState, type WantedMail } from './mail.store'

export type { MailState } from './mail.store'

/** A mail in one of these states goes nowhere by itself, or not soon. */
const stuck: readonly MailState[] = ['deferred', 'bounced', 'failed']

/** Whether it makes sense to send it once more. */
export function isStuck(state: MailState): boolean {
  return stuck.includes(state)
}

/**
 * A person asks for one more attempt to send a mail. The same mail is queued again, so it carries the same
 * link and Message-ID; if it has no sense any more, such as a link since replaced, the worker drops it.
 * Asked twice, it is queued once.
 * @throws Problem('not_found') when there is no such mail, or the person may not see it
 */
export async function resendMail(
  deps: { db: Db; clock: Clock; config: { limits: { mailRedriveMs: number } } },
  personId: string,
  mail: WantedMail,
): Promise<void> {
  const { claimId, mailId } = mail
  if (!isId(mailId) || (claimId !== undefined && !isId(claimId))) throw new Problem('not_found')
  const now = deps.clock.now()
  await asActor(deps.db, personId, async (tx) => {
    // Until then the sweeper leaves it alone: the job below sends it.
    const nextLook = new Date(now.getTime() + deps.config.limits.mailRedriveMs)
    const queued = await requeueMail(tx, mail, stuck, nextLook)
    if (queued === 'unknown') throw new Problem('not_found')
    if (queued === 'not_stuck') return
    await addIntent(tx, 'send-mail', { mailId })
    await appendEntry(tx, now, {
      kind: 'mail.resent',
      ...(queued.claim_id !== null && { claimId: queued.claim_id }),
      private: { mail: mailId, template: queued.template, person: personId },
    })
  })
}
