import { needsTwo, type Acted } from '../approvals/request-approval'
import { asActor, type Db, type Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { addIntent } from '../outbox/add-intent'
import {
  consumeInvitations,
  deleteSessions,
  lockAccount,
  lockAdministrators,
  updateAccount,
  type Account,
} from './accounts.store'
import { deleteDevices } from './devices.store'
import { deletePasskeys, deleteTotp, replaceRecoveryCodes } from './factors/factors.store'

export interface RightsDeps {
  db: Db
  clock: Clock
}

/**
 * Ends a person everywhere, in one transaction: sessions, password, second factors, known browsers, open
 * invitations. Requests that are under way are refused at their next look at the account, by the
 * row-level policies at the latest; what they had asked for is cancelled by the worker.
 * @throws Problem('conflict') for oneself, so that an administrator always remains
 */
export async function endPerson(deps: RightsDeps, personId: string, by: string): Promise<void> {
  const now = deps.clock.now()
  await changeAccount(deps, personId, by, async (tx, account) => {
    if (account.state === 'disabled') return
    await closeAccount(tx, personId, now)
    await addIntent(tx, 'end-person', { personId })
    await appendEntry(tx, now, { kind: 'person.disabled', private: { person: personId, by } })
  })
}

/** Takes away all by which an account signs in; whose it is stays known. */
export async function closeAccount(tx: Tx, personId: string, now: Date): Promise<void> {
  await updateAccount(tx, personId, { state: 'disabled', password_hash: null, enrol_until: null })
  await deleteSessions(tx, personId)
  await consumeInvitations(tx, personId, now)
  await deleteTotp(tx, personId)
  await deletePasskeys(tx, personId)
  await replaceRecoveryCodes(tx, personId, [])
  await deleteDevices(tx, personId)
}

export interface TwoPeopleDeps extends RightsDeps {
  config: { limits: { approvalHours: number } }
}

/**
 * Makes an administrator a moderator, effective with their next request; or asks that a moderator be made an
 * administrator, which takes another person and `reason`.
 * @throws Problem('conflict') for oneself, for counsel, and for who has been ended
 */
export async function changeRole(
  deps: TwoPeopleDeps,
  personId: string,
  wanted: { role: 'administrator' | 'moderator'; reason?: string | undefined },
  by: string,
): Promise<Acted> {
  const now = deps.clock.now()
  const { role, reason } = wanted
  return changeAccount(deps, personId, by, async (tx, account): Promise<Acted> => {
    const from = account.role
    if (from === 'counsel' || account.state === 'disabled') throw new Problem('conflict')
    if (from === role) return { outcome: 'done' }
    if (role === 'administrator') {
      const params = { person: personId, from }
      const { approvalHours } = deps.config.limits
      const asker = { now, approvalHours, by }
      return needsTwo(tx, asker, { kind: 'role', object: personId, params, reason })
    }
    await updateAccount(tx, personId, { role })
    await appendEntry(tx, now, {
      kind: 'person.role_changed',
      private: { person: personId, from, to: role, by },
    })
    return { outcome: 'done' }
  })
}

/**
 * Wakes an account that fell asleep; that of an administrator takes another person and `reason`.
 * @throws Problem('conflict') when it is not asleep
 */
export async function wakePerson(
  deps: TwoPeopleDeps,
  personId: string,
  by: string,
  reason?: string,
): Promise<Acted> {
  const now = deps.clock.now()
  return changeAccount(deps, personId, by, async (tx, account): Promise<Acted> => {
    if (account.state !== 'asleep') throw new Problem('conflict')
    if (account.role === 'administrator') {
      const asker = { now, approvalHours: deps.config.limits.approvalHours, by }
      const params = { person: personId }
      return needsTwo(tx, asker, { kind: 'wake', object: personId, params, reason })
    }
    await updateAccount(tx, personId, { state: 'active', woken_at: now })
    await appendEntry(tx, now, { kind: 'person.woken', private: { person: personId, by } })
    return { outcome: 'done' }
  })
}

/**
 * Asks that another person's second factors be taken away, because they lost them: takes another person.
 * @throws Problem('conflict') for an account that is not in use, and for oneself
 */
export async function askFactorReset(
  deps: TwoPeopleDeps,
  personId: string,
  by: string,
  reason?: string,
): Promise<Acted> {
  const now = deps.clock.now()
  return changeAccount(deps, personId, by, async (tx, account) => {
    if (account.state !== 'active') throw new Problem('conflict')
    const asker = { now, approvalHours: deps.config.limits.approvalHours, by }
    const params = { person: personId }
    return needsTwo(tx, asker, { kind: 'factors', object: personId, params, reason })
  })
}

/**
 * Runs `work` on another person's account for an administrator. All administrators are locked first, in
 * one order: of two who end each other at the same moment, one is ended and the other remains.
 */
async function changeAccount<T>(
  { db }: RightsDeps,
  personId: string,
  by: string,
  work: (tx: Tx, account: Account) => Promise<T>,
): Promise<T> {
  if (!isId(personId)) throw new Problem('not_found')
  return asActor(db, by, async (tx) => {
    const administrators = await lockAdministrators(tx)
    if (!administrators.some(({ id }) => id === by)) throw new Problem('not_allowed')
    const account = await lockAccount(tx, personId)
    if (!account) throw new Problem('not_found')
    if (personId === by) throw new Problem('conflict')
    return work(tx, account)
  })
}
