import type { StaffSecrets } from '../../vault/staff-secrets'
import { staffSecrets } from '../../vault/staff-secrets'
import { asActor, type Tx } from '../../db/connections'
import { newId } from '../../kernel/ids'
import { appendEntry } from '../../ledger/append-entry'
import { queueMail } from '../../mail/queue-mail'
import { lockAccount, updateAccount, type Account } from '../accounts.store'
import { finishSignIn, mayEnrol, type From, type SignedIn, type SignInDeps } from '../sign-in'
import {
  deleteTotp,
  insertPasskey,
  insertTotp,
  replaceRecoveryCodes,
  selectPasskeys,
} from './factors.store'
import { countFactors } from './list-factors'
import type { NewPasskey } from './passkeys'
import { newRecoveryCode } from './recovery-codes'
import { stepOfCode } from './totp'

/** A factor that a person has shown to hold. */
export type NewFactor =
  | { kind: 'totp'; secret: Buffer; step: number }
  | { kind: 'passkey'; passkey: NewPasskey; browser: string }

export interface EnrolDeps extends SignInDeps {
  config: SignInDeps['config'] & {
    limits: { deviceDays: number; recoveryCodes: number; passkeysMax: number }
  }
}

/** An authenticator app that has just given this code, or null when it is not the code of that secret. */
export function provenTotp(secret: Buffer, typed: string, now: Date): NewFactor | null {
  const code = typed.normalize('NFKC').replaceAll(/\s/g, '')
  const step = /^\d{6}$/.test(code) ? stepOfCode(secret, code, now) : null
  return step === null ? null : { kind: 'totp', secret, step }
}

export type Enrolled =
  (Extract<SignedIn, { ok: true }> & { recoveryCodes: string[] }) | { ok: false; why: 'too_late' }

/**
 * The first second factor of an account, straight after the password: stores it, makes recovery codes and
 * signs the person in, in one transaction. Two at once are one.
 */
export async function enrolFirstFactor(
  deps: EnrolDeps,
  personId: string,
  factor: NewFactor,
  from: From,
): Promise<Enrolled> {
  const secrets = staffSecrets(deps.config.keys.staffKey)
  return asActor(deps.db, personId, async (tx): Promise<Enrolled> => {
    const now = deps.clock.now()
    const account = await lockAccount(tx, personId)
    if (!account || !mayEnrol(account, now) || (await countFactors(tx, personId)) > 0) {
      return { ok: false, why: 'too_late' }
    }
    await storeFactor(tx, secrets, personId, factor, now)
    await updateAccount(tx, personId, { enrol_until: null })
    const recoveryCodes = await newCodes(tx, secrets, personId, deps.config.limits.recoveryCodes)
    const signedIn = await finishSignIn(tx, deps, account, factor.kind, from)
    return { ...signedIn, recoveryCodes }
  })
}

/**
 * A further factor of somebody signed in, or another authenticator app in place of the one they have;
 * they are mailed about it. False when they have as many passkeys as one may.
 */
export async function addFactor(
  deps: EnrolDeps,
  personId: string,
  factor: NewFactor,
): Promise<boolean> {
  const secrets = staffSecrets(deps.config.keys.staffKey)
  return asActor(deps.db, personId, async (tx) => {
    const now = deps.clock.now()
    const account = await lockAccount(tx, personId)
    if (account?.state !== 'active') return false
    const { passkeysMax } = deps.config.limits
    if (factor.kind === 'passkey' && (await selectPasskeys(tx, personId)).length >= passkeysMax) {
      return false
    }
    if (factor.kind === 'totp') await deleteTotp(tx, personId)
    await storeFactor(tx, secrets, personId, factor, now)
    await tellOfFactors(tx, account, now)
    return true
  })
}

/** New recovery codes in place of the old ones; they are shown once and kept as digests. */
export async function renewRecoveryCodes(deps: EnrolDeps, personId: string): Promise<string[]> {
  const secrets = staffSecrets(deps.config.keys.staffKey)
  return asActor(deps.db, personId, async (tx) => {
    const now = deps.clock.now()
    const account = await lockAccount(tx, personId)
    if (account?.state !== 'active') return []
    const codes = await newCodes(tx, secrets, personId, deps.config.limits.recoveryCodes)
    await appendEntry(tx, now, { kind: 'person.recovery_renewed', private: { person: personId } })
    await tellOfFactors(tx, account, now)
    return codes
  })
}

/** A mail to the person that how they sign in was changed. */
export async function tellOfFactors(
  tx: Tx,
  { id, language }: Pick<Account, 'id' | 'language'>,
  at: Date,
): Promise<void> {
  await queueMail(tx, {
    template: 'factors-changed',
    personId: id,
    subjectId: id,
    language,
    at,
  })
}

async function storeFactor(
  tx: Tx,
  secrets: StaffSecrets,
  personId: string,
  factor: NewFactor,
  now: Date,
): Promise<void> {
  if (factor.kind === 'totp') {
    await insertTotp(tx, {
      person_id: personId,
      secret: secrets.sealTotp(personId, factor.secret),
      created_at: now,
      // The code that proved it is used up with it.
      last_step: factor.step,
    })
  } else {
    await insertPasskey(tx, {
      id: newId(now.getTime()),
      person_id: personId,
      ...factor.passkey,
      browser: factor.browser,
      created_at: now,
      used_at: null,
    })
  }
  await appendEntry(tx, now, {
    kind: 'person.factor_added',
    private: { person: personId, factor: factor.kind },
  })
}

async function newCodes(
  tx: Tx,
  secrets: StaffSecrets,
  personId: string,
  count: number,
): Promise<string[]> {
  const codes = Array.from({ length: count }, newRecoveryCode)
  await replaceRecoveryCodes(
    tx,
    personId,
    codes.map((code) => secrets.digestRecoveryCode(personId, code)),
  )
  return codes
}
