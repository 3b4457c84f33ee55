import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { queueMail } from '../mail/queue-mail'
import {
  deleteSomeSessions,
  lockAccount,
  selectAccount,
  selectSessions,
  updateAccount,
} from './accounts.store'
import { hashPassword, isPassword, passwordProblem, type PasswordProblem } from './passwords'

export interface ChangePasswordDeps {
  db: Db
  clock: Clock
  config: { limits: { passwordMinChars: number; passwordMaxChars: number } }
}

/**
 * Exchanges the password of somebody signed in; ends their other sessions and mails them. The answer is
 * what is wrong, or null.
 */
export async function changePassword(
  deps: ChangePasswordDeps,
  personId: string,
  sid: string,
  given: { current: string; password: string },
): Promise<PasswordProblem | 'current' | null> {
  const account = await selectAccount(deps.db, { id: personId, state: 'active' })
  if (!account) throw new Problem('not_allowed')
  if (!(await isPassword(account.password_hash, given.current))) return 'current'
  const problem = passwordProblem(given.password, account, deps.config.limits)
  if (problem) return problem
  const passwordHash = await hashPassword(given.password)
  await asActor(deps.db, personId, async (tx) => {
    const now = deps.clock.now()
    if ((await lockAccount(tx, personId))?.state !== 'active') throw new Problem('not_allowed')
    await updateAccount(tx, personId, { password_hash: passwordHash })
    const others = (await selectSessions(tx, personId)).filter((one) => one.sid !== sid)
    await deleteSomeSessions(
      tx,
      personId,
      others.map((one) => one.sid),
    )
    await appendEntry(tx, now, { kind: 'person.password_changed', private: { person: personId } })
    await queueMail(tx, {
      template: 'password-changed',
      personId,
      subjectId: personId,
      language: account.language,
      at: now,
    })
  })
  return null
}
