import { callbackify } from 'node:util'
import type { Request } from 'express'
import { Strategy } from 'passport-local'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import type { Person } from '../web/person'
import { passportOf } from '../web/signed-in'
import { selectAccountByEmail, toPerson, updateAccount } from './accounts.store'
import { isPassword } from './passwords'

export interface SignInDeps {
  db: Db
  clock: Clock
}

/** An address as accounts have it, however it was typed. */
export function asTyped(email: string): string {
  return email.trim().toLowerCase()
}

/**
 * Asks passport whether e-mail and password of a posted form (`email`, `password`) belong to an active
 * account. Nobody learns, by words or time, whether the account is unknown, not active, or the password
 * wrong.
 */
export async function checkPassword({ db }: SignInDeps, req: Request): Promise<Person | null> {
  const find = callbackify(
    async (email: string, password: string) => (await findByPassword(db, email, password)) ?? false,
  )
  const strategy = new Strategy({ usernameField: 'email' }, (email, password, done) => {
    find(email, password, done)
  })
  return new Promise((resolve, reject) => {
    const ask = passportOf(req).authenticate(
      // An instance of this request's own: passport writes its answers into it.
      strategy,
      (error: unknown, person: Person | false | null) =>
        error ? reject(error as Error) : resolve(person || null),
    ) as (req: Request, res: undefined, next: (error?: unknown) => void) => void
    ask(req, undefined, (error) => reject(error as Error))
  })
}

async function findByPassword(db: Db, email: string, password: string): Promise<Person | null> {
  const account = await selectAccountByEmail(db, asTyped(email))
  const active = account?.state === 'active' ? account : undefined
  const right = await isPassword(active?.password_hash ?? null, password)
  return active && right ? toPerson(active) : null
}

/** Records that a person signed in. */
export async function recordSignIn({ db, clock }: SignInDeps, personId: string): Promise<void> {
  const now = clock.now()
  await db.transaction(async (tx) => {
    await updateAccount(tx, personId, { last_signed_in_at: now })
    await appendEntry(tx, now, { kind: 'person.signed_in', private: { person: personId } })
  })
}

/** Records that a person signed out. */
export async function recordSignOut({ db, clock }: SignInDeps, personId: string): Promise<void> {
  const entry = { kind: 'person.signed_out', private: { person: personId } } as const
  await db.transaction((tx) => appendEntry(tx, clock.now(), entry))
}
