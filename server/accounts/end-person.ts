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

/**
 * Makes an administrator a moderator or the other way round; effective with their next request.
 * @throws Problem('conflict') for oneself, for counsel, and for who has been ended
 */
export async function changeRole(
  deps: RightsDeps,
  personId: string,
  role: 'administrator' | 'moderator',
  by: string,
): Promise<void> {
  const now = deps.clock.now()
  await changeAccount(deps, personId, by, async (tx, account) => {
    if (account.role === 'counsel' || account.state === 'disabled') throw new Problem('conflict')
    if (account.role === role) return
    await updateAccount(tx, personId, { role })
    await appendEntry(tx, now, {
      kind: 'person.role_changed',
      private: { person: personId, from: account.role, to: role, by },
    })
  })
}

/** Wakes an account that fell asleep. @throws Problem('conflict') when it is not asleep */
export async function wakePerson(deps: RightsDeps, personId: string, by: string): Promise<void> {
  const now = deps.clock.now()
  await changeAccount(deps, personId, by, async (tx, account) => {
    if (account.state !== 'asleep') throw new Problem('conflict')
    await updateAccount(tx, personId, { state: 'active', woken_at: now })
    await appendEntry(tx, now, { kind: 'person.woken', private: { person: personId, by } })
  })
}

/**
 * Runs `work` on another person's account for an administrator. All administrators are locked first, in
 * one order: of two who end each other at the same moment, one is ended and the other remains.
 */
async function changeAccount(
  { db }: RightsDeps,
  personId: string,
  by: string,
  work: (tx: Tx, account: Account) => Promise<void>,
): Promise<void> {
  if (!isId(personId)) throw new Problem('not_found')
  await asActor(db, by, async (tx) => {
    const administrators = await lockAdministrators(tx)
    if (!administrators.some(({ id }) => id === by)) throw new Problem('not_allowed')
    const account = await lockAccount(tx, personId)
    if (!account) throw new Problem('not_found')
    if (personId === by) throw new Problem('conflict')
    await work(tx, account)
  })
}
