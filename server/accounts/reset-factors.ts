import type { Db } from '../db/connections'
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
    await deleteTotp(tx, account.id)
    await deletePasskeys(tx, account.id)
    await replaceRecoveryCodes(tx, account.id, [])
    await deleteSessions(tx, account.id)
    const until = new Date(now.getTime() + config.limits.enrolHours * 3600_000)
    await updateAccount(tx, account.id, { enrol_until: until })
    await appendEntry(tx, now, {
      kind: 'person.factors_reset',
      private: { person: account.id, by: null },
    })
    await queueMail(tx, {
      template: 'factors-reset',
      personId: account.id,
      subjectId: account.id,
      language: account.language,
      at: now,
    })
    return 'reset'
  })
}
