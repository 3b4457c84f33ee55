import type { Db, Tx } from '../../db/connections'
import { newId } from '../../kernel/ids'
import { copyKeyOf } from '../../vault/claimant-copies'
import { digestToken, type VerificationSecrets } from '../../vault/verification-secrets'
import { isOpenNeed } from './find-needs'
import * as store from './needs.store'

const dayMs = 24 * 60 * 60 * 1000

/**
 * The tokens of the links in one mail, by need: each opens exactly one task. Made when the mail is written;
 * a mail that is tried again carries the same ones. The worker's alone.
 */
export async function linksForMail(
  deps: {
    db: Db
    secretsOf: (id: string) => VerificationSecrets
    config: { limits: { taskLinkDays: number } }
  },
  now: Date,
  mailId: string,
  needs: readonly store.NeedRow[],
): Promise<Map<string, string>> {
  const { db, secretsOf, config } = deps
  const known = await store.selectLinksOfMail(db, mailId)
  for (const need of needs) {
    if (known.has(need.id)) continue
    const id = newId(now.getTime())
    const from = Math.max(now.getTime(), need.due_at?.getTime() ?? 0)
    await store.insertTaskLink(db, {
      id,
      need_id: need.id,
      claim_id: need.claim_id,
      mail_id: mailId,
      token_hash: digestToken(secretsOf(id).token),
      created_at: now,
      expires_at: new Date(from + config.limits.taskLinkDays * dayMs),
    })
  }
  const links = await store.selectLinksOfMail(db, mailId)
  return new Map([...links].map(([needId, id]) => [needId, secretsOf(id).token]))
}

/**
 * The links to tasks that were mailed so far stop working, in the caller's transaction: the mailbox they are in is
 * not the person's any more. Whoever opens one can have a new one sent to the address that is.
 */
export async function endTaskLinks(tx: Tx, now: Date, claimId: string): Promise<void> {
  await store.expireLinks(tx, claimId, now)
}

/** The form in which a token is kept. */
export const tokenHashOf = digestToken

/** `open`: it can be done; `met`, `cancelled`: it need not be done any more; `expired`: by a newer link. */
export interface Task {
  state: 'open' | 'met' | 'cancelled' | 'expired'
  need: store.NeedRow
}

/** The task that this token is for, looked at without changing anything; null for one that is none. */
export async function findTask(db: Db | Tx, token: unknown, at: Date): Promise<Task | null> {
  const key = copyKeyOf(token)
  const link = key && (await store.selectTaskLink(db, key.tokenHash))
  const need = link && (await store.selectNeed(db, link.need_id))
  if (!link || !need) return null
  if (need.met_at !== null) return { state: 'met', need }
  if (!isOpenNeed(need)) return { state: 'cancelled', need }
  return { state: at < link.expires_at ? 'open' : 'expired', need }
}
