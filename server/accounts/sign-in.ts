import { callbackify } from 'node:util'
import type { Request } from 'express'
import { Strategy } from 'passport-local'
import type { KeyTexts } from '../config'
import { asActor, type Db, type Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import { staffSecrets } from '../vault/staff-secrets'
import type { Person } from '../web/person'
import { passportOf } from '../web/signed-in'
import {
  lockAccount,
  selectAccount,
  selectAccountByEmail,
  toPerson,
  updateAccount,
  type Account,
} from './accounts.store'
import { noteDevice } from './devices'
import { countFactors } from './factors/list-factors'
import { proveFactor, type FactorKind, type Proof } from './factors/prove-factor'
import { isOutside, recordOutside } from './networks'
import { isPassword } from './passwords'

export interface SignInDeps {
  db: Db
  clock: Clock
  config: { keys: KeyTexts; limits: { deviceDays: number } }
}

/** From where somebody signs in. */
export interface From {
  /** of the network; looked at and never kept */
  address: string
  browser: string
  /** of the browser's cookie, when it has one */
  deviceToken: string | null
}

/** An address as accounts have it, however it was typed. */
export function asTyped(email: string): string {
  return email.trim().toLowerCase()
}

/**
 * Asks passport whether e-mail and password of a posted form (`email`, `password`) belong to an account
 * that is in use, or asleep. Nobody learns, by words or time, whether the account is unknown, not in use,
 * or the password wrong.
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
  const known = account?.state === 'active' || account?.state === 'asleep' ? account : undefined
  const right = await isPassword(known?.password_hash ?? null, password)
  return known && right ? toPerson(known) : null
}

export type NextStep =
  /** ask for a second factor */
  | { step: 'factor' }
  /** there is none yet, and it is the time to set one up */
  | { step: 'enrol' }
  | { step: 'refused'; why: Refusal }

/** Why somebody whose password is right does not get in. */
export type Refusal = 'asleep' | 'outside' | 'no_factor'

/** What comes after the right password. */
export async function stepAfterPassword(
  { db, clock }: SignInDeps,
  personId: string,
  address: string,
): Promise<NextStep> {
  const account = await selectAccount(db, { id: personId })
  if (!account || account.state === 'disabled' || account.state === 'invited') {
    return { step: 'refused', why: 'no_factor' }
  }
  const refused = (why: Refusal): NextStep => ({ step: 'refused', why })
  if (account.state === 'asleep') return refused('asleep')
  if (await isOutside(db, account.firm_id, address)) {
    await recordOutside({ db, clock }, personId)
    return refused('outside')
  }
  if ((await countFactors(db, personId)) > 0) return { step: 'factor' }
  return mayEnrol(account, clock.now()) ? { step: 'enrol' } : refused('no_factor')
}

/** Whether the password alone may lead to setting up a first factor. */
export function mayEnrol(account: Account, now: Date): boolean {
  return account.state === 'active' && account.enrol_until !== null && account.enrol_until > now
}

export type SignedIn =
  | { ok: true; person: Person; deviceToken: string }
  | { ok: false; why: 'wrong' | Exclude<Refusal, 'no_factor'> }

/** The last step: uses the second factor up and records that the person signed in, in one transaction. */
export async function completeSignIn(
  deps: SignInDeps,
  personId: string,
  proof: Proof,
  from: From,
): Promise<SignedIn> {
  const { db, clock, config } = deps
  const secrets = staffSecrets(config.keys.staffKey)
  const refuse = (why: 'wrong' | 'asleep' | 'outside'): SignedIn => ({ ok: false, why })
  const outcome = await asActor(db, personId, async (tx): Promise<SignedIn> => {
    const account = await lockAccount(tx, personId)
    if (account?.state === 'asleep') return refuse('asleep')
    if (account?.state !== 'active') return refuse('wrong')
    if (await isOutside(tx, account.firm_id, from.address)) return refuse('outside')
    const used = await proveFactor(tx, secrets, account, proof, clock.now())
    return used ? finishSignIn(tx, deps, account, used, from) : refuse('wrong')
  })
  if (!outcome.ok && outcome.why === 'outside') await recordOutside(deps, personId)
  return outcome
}

/** Notes sign-in and browser, in the transaction of the factor that was used or set up. */
export async function finishSignIn(
  tx: Tx,
  { clock, config }: SignInDeps,
  account: Account,
  used: FactorKind,
  from: From,
): Promise<Extract<SignedIn, { ok: true }>> {
  const now = clock.now()
  await updateAccount(tx, account.id, { last_signed_in_at: now })
  await appendEntry(tx, now, {
    kind: 'person.signed_in',
    private: { person: account.id, factor: used },
  })
  const deviceToken = await noteDevice(tx, now, account, {
    token: from.deviceToken,
    browser: from.browser,
    knownDays: config.limits.deviceDays,
  })
  return { ok: true, person: toPerson(account), deviceToken }
}

/** Records that a person signed out. */
export async function recordSignOut(
  { db, clock }: Pick<SignInDeps, 'db' | 'clock'>,
  personId: string,
): Promise<void> {
  const entry = { kind: 'person.signed_out', private: { person: personId } } as const
  await db.transaction((tx) => appendEntry(tx, clock.now(), entry))
}
