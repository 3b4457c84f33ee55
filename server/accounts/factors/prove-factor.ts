import type { Tx } from '../../db/connections'
import { appendEntry } from '../../ledger/append-entry'
import type { StaffSecrets } from '../../vault/staff-secrets'
import { queueMail } from '../../mail/queue-mail'
import {
  countRecoveryCodes,
  lockTotp,
  updateLastStep,
  usePasskey,
  useRecoveryCode,
} from './factors.store'
import type { ProvenPasskey } from './passkeys'
import { recoveryCodeIn } from './recovery-codes'
import { stepOfCode } from './totp'

/** What somebody presents beside a password: what they typed, or a passkey whose signature was right. */
export type Proof = { kind: 'typed'; text: string } | { kind: 'passkey'; passkey: ProvenPasskey }

export type FactorKind = 'totp' | 'recovery' | 'passkey'

/**
 * Uses a second factor up, in the transaction of what it allows: the factor that it was, or null. A code
 * of an app counts once, held by a row lock: of fifty that come at the same moment, one is taken.
 */
export async function proveFactor(
  tx: Tx,
  secrets: StaffSecrets,
  person: { id: string; language: 'ko' | 'en' },
  proof: Proof,
  now: Date,
): Promise<FactorKind | null> {
  if (proof.kind === 'passkey') {
    const { personId, ...used } = proof.passkey
    return personId === person.id && (await usePasskey(tx, used, now)) ? 'passkey' : null
  }
  const digits = proof.text.normalize('NFKC').replaceAll(/[\s-]/g, '')
  if (/^\d{6}$/.test(digits)) {
    return (await takeTotp(tx, secrets, person.id, digits, now)) ? 'totp' : null
  }
  const code = recoveryCodeIn(proof.text)
  if (code === null) return null
  const digest = secrets.digestRecoveryCode(person.id, code)
  if (!(await useRecoveryCode(tx, person.id, digest, now))) return null
  await appendEntry(tx, now, {
    kind: 'person.recovery_used',
    private: { person: person.id, left: await countRecoveryCodes(tx, person.id) },
  })
  await queueMail(tx, {
    template: 'recovery-used',
    personId: person.id,
    subjectId: person.id,
    language: person.language,
    at: now,
  })
  return 'recovery'
}

async function takeTotp(
  tx: Tx,
  secrets: StaffSecrets,
  personId: string,
  code: string,
  now: Date,
): Promise<boolean> {
  const factor = await lockTotp(tx, personId)
  if (!factor) return false
  const step = stepOfCode(secrets.openTotp(personId, factor.secret), code, now)
  if (step === null || step <= factor.last_step) return false
  await updateLastStep(tx, personId, step)
  return true
}
