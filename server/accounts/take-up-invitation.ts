import { asActor, type Db, type Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import { digestToken } from '../vault/verification-secrets'
import {
  consumeInvitations,
  lockAccount,
  selectAccount,
  selectInvitation,
  updateAccount,
  type Account,
} from './accounts.store'
import { hashPassword, passwordProblem, type PasswordProblem } from './passwords'

export interface TakeUpDeps {
  db: Db
  clock: Clock
  config: { limits: { passwordMinChars: number; passwordMaxChars: number; enrolHours: number } }
}

export type Invitation =
  { state: 'open'; account: Account } | { state: 'unknown' | 'used' | 'expired' }

/** What a mailed link is good for now; looking uses nothing up, because mail scanners look too. */
export async function readInvitation(
  { db, clock }: Pick<TakeUpDeps, 'db' | 'clock'>,
  token: string,
  tx: Db | Tx = db,
): Promise<Invitation> {
  const invitation = await selectInvitation(tx, digestToken(token))
  if (!invitation) return { state: 'unknown' }
  if (invitation.consumed_at) return { state: 'used' }
  if (invitation.expires_at <= clock.now()) return { state: 'expired' }
  const account = await selectAccount(tx, { id: invitation.person_id, state: 'invited' })
  return account ? { state: 'open', account } : { state: 'used' }
}

export type TakenUp =
  { ok: true; personId: string } | { ok: false; problem: PasswordProblem | 'link' }

const hourMs = 3600_000

/** Sets the password and makes the account active, once; a second factor has to follow within `enrolHours`. */
export async function takeUpInvitation(
  deps: TakeUpDeps,
  token: string,
  password: string,
): Promise<TakenUp> {
  const seen = await readInvitation(deps, token)
  if (seen.state !== 'open') return { ok: false, problem: 'link' }
  const { id } = seen.account
  const problem = passwordProblem(password, seen.account, deps.config.limits)
  if (problem) return { ok: false, problem }
  // Before the transaction: hashing takes long, and no lock should wait for it.
  const passwordHash = await hashPassword(password)
  return asActor(deps.db, id, async (tx): Promise<TakenUp> => {
    const now = deps.clock.now()
    await lockAccount(tx, id)
    // Again, now that nobody else can: the same form may have been sent twice.
    const invitation = await readInvitation(deps, token, tx)
    if (invitation.state !== 'open') return { ok: false, problem: 'link' }
    await updateAccount(tx, id, {
      password_hash: passwordHash,
      state: 'active',
      enrol_until: new Date(now.getTime() + deps.config.limits.enrolHours * hourMs),
    })
    await consumeInvitations(tx, id, now)
    await appendEntry(tx, now, { kind: 'person.joined', private: { person: id } })
    return { ok: true, personId: id }
  })
}
