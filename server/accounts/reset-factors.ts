import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import { queueMail } from '../mail/queue-mail'
import { deleteSessions, lockAccount, selectAccountByEmail, updateAccount } from './accounts.store'
import { deletePasskeys, deleteTotp, replaceRecoveryCodes } from './factors/factors.store'

export interface ResetDeps {
  db: Db
  clock: Clock
  config: { limits: { enrolHours: number } }
}

/**
 * Takes every second factor of an account away and ends its sessions, because its person lost them all:
 * for `enrolHours` their password leads to setting up a new one. They are mailed about it. For the
 * operator, who has made sure by other means who asks.
 */
export async function resetFactors(
  { db, clock, config }: ResetDeps,
  email: string,
): Promise<'reset' | 'unknown' | 'not_in_use'> {
  return db.transaction(async (tx) => {
    const now = clock.now()
    const found = await selectAccountByEmail(tx, email.trim().toLowerCase())
    const account = found && (await lockAccount(tx, found.id))
    if (!account) return 'unknown'
    if (account.state !== 'active') return 'not_in_use'
    await takeFactors(tx, account, { now, enrolHours: config.limits.enrolHours, by: null })
    return 'reset'
  })
}

/** The same in the caller's transaction, for an account that is in use. */
export async function takeFactors(
  tx: Tx,
  { id, language }: { id: string; language: 'ko' | 'en' },
  made: { now: Date; enrolHours: number; by: string | null; approval?: string },
): Promise<void> {
  const { now, enrolHours, by, approval } = made
  await deleteTotp(tx, id)
  await deletePasskeys(tx, id)
  await replaceRecoveryCodes(tx, id, [])
  await deleteSessions(tx, id)
  await updateAccount(tx, id, { enrol_until: new Date(now.getTime() + enrolHours * 3600_000) })
  await appendEntry(tx, now, {
    kind: 'person.factors_reset',
    private: { person: id, by, ...(approval !== undefined && { approval }) },
  })
  await queueMail(tx, {
    template: 'factors-reset',
    personId: id,
    subjectId: id,
    language,
    at: now,
  })
}
