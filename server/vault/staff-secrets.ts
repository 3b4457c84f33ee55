import { createHmac } from 'node:crypto'
import { decrypt, deriveKey, encrypt } from './cipher'
import { decodeKey } from './keys'

/** What second factors and statements of staff need of a key; the staff process alone holds it. */
export interface StaffSecrets {
  /** Encrypts the secret of an authenticator app, bound to the person it is for. */
  sealTotp(personId: string, secret: Buffer): Buffer
  /** The secret again; throws when person or any byte is not the one it was encrypted with. */
  openTotp(personId: string, box: Buffer): Buffer
  /** Encrypts what an administrator wrote about an alert, bound to it. */
  sealStatement(alertId: string, text: string): Buffer
  openStatement(alertId: string, box: Buffer): string
  /** HMAC-SHA-256, 32 bytes, of a recovery code together with whose it is. */
  digestRecoveryCode(personId: string, code: string): Buffer
}

function totpPlace(personId: string) {
  return { table: 'totp_factors', claim: personId, field: 'secret', version: 1 }
}

function statementPlace(alertId: string) {
  return { table: 'alerts', claim: alertId, field: 'statement', version: 1 }
}

/** Its own key and not the vault's: that one is exchanged whenever claims are erased. */
export function staffSecrets(staffKey: string | undefined): StaffSecrets {
  const key = decodeKey('STAFF_KEY', staffKey)
  const totpKey = deriveKey(key, 'staff totp')
  const statementKey = deriveKey(key, 'staff statements')
  const recoveryKey = deriveKey(key, 'staff recovery codes')
  return {
    sealTotp: (personId, secret) => encrypt(totpKey, totpPlace(personId), secret),
    openTotp: (personId, box) => decrypt(totpKey, totpPlace(personId), box),
    sealStatement: (alertId, text) =>
      encrypt(statementKey, statementPlace(alertId), Buffer.from(text)),
    openStatement: (alertId, box) =>
      decrypt(statementKey, statementPlace(alertId), box).toString('utf8'),
    digestRecoveryCode: (personId, code) =>
      createHmac('sha256', recoveryKey).update(`${personId} ${code}`).digest(),
  }
}
