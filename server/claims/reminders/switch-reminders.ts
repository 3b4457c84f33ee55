import type { Db, Tx } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { newId } from '../../kernel/ids'
import { appendEntry } from '../../ledger/append-entry'
import { copyKeyOf } from '../../vault/claimant-copies'
import { digestToken, type VerificationSecrets } from '../../vault/verification-secrets'
import type { ChangeHandler } from '../changes/handler'
import * as store from './reminders.store'

/** Whether the reminders that this mailed link is about were ended; null when it is none of ours. */
export async function readReminderLink(
  db: Db,
  token: string,
): Promise<{ claimId: string; ended: boolean } | null> {
  const key = copyKeyOf(token)
  const row = key && (await store.selectByToken(db, key.tokenHash))
  return row ? { claimId: row.claim_id, ended: row.ended_at !== null } : null
}

/**
 * Ends the reminders of one claim, or has them come again, by the link in one of them and nothing else: a
 * mail program that presses the button for its reader has neither cookie nor form. Harmless to repeat.
 */
export async function switchByLink(
  { db, clock }: { db: Db; clock: Clock },
  token: string,
  to: 'ended' | 'resumed',
): Promise<void> {
  const key = copyKeyOf(token)
  if (!key) return
  const now = clock.now()
  await db.transaction(async (tx) => {
    const claimId = await store.switchByToken(tx, key.tokenHash, to === 'ended' ? now : null)
    if (claimId === null) return
    await appendEntry(tx, now, { kind: `reminders.${to}`, claimId, private: { by: 'link' } })
  })
}

/** The same from the page of the claim. */
export const prepareReminders: ChangeHandler<'reminders'> =
  async (_deps, { content }) =>
  async (tx, now, claim) => {
    if (!(await store.switchOwn(tx, claim.id, content.on ? null : now))) return 'unchanged'
    await appendEntry(tx, now, {
      kind: content.on ? 'reminders.resumed' : 'reminders.ended',
      claimId: claim.id,
      private: { by: 'page' },
    })
    return null
  }

/** Whether the person of a claim ended its reminders; null when there are none to end. */
export function areRemindersEnded(db: Db, claimId: string): Promise<boolean | null> {
  return store.selectEnded(db, claimId)
}

/** The links mailed so far end reminders no more: the mailbox they are in is not the person's. */
export async function endReminderLink(tx: Tx, claimId: string): Promise<void> {
  await store.renewReminderId(tx, claimId, newId())
}

/**
 * The token of the link that ends the reminders of a claim, which works from now on; null for a claim that
 * has none. The worker's alone.
 */
export async function reminderToken(
  { db, secretsOf }: { db: Db; secretsOf: (id: string) => VerificationSecrets },
  claimId: string,
): Promise<string | null> {
  const id = await store.selectReminderId(db, claimId)
  if (id === undefined) return null
  const { token } = secretsOf(id)
  await store.storeTokenHash(db, claimId, digestToken(token))
  return token
}
