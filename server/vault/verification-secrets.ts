import { createHash, createHmac } from 'node:crypto'
import { decodeKey } from './keys'

/** SHA-256 of a mailed token, the form in which the database keeps it. */
export function digestToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

export interface VerificationSecrets {
  /** 32 bytes as base64url, the last part of the mailed link */
  token: string
  /** six digits */
  code: string
}

/**
 * The link and code of a verification or invitation, derived from its id under a key that only the
 * worker holds: a mail that has to be sent again carries the same ones, and nothing has to be kept.
 */
export function verificationSecrets(
  tokenKey: string | undefined,
): (id: string) => VerificationSecrets {
  const key = decodeKey('TOKEN_KEY', tokenKey)
  return (id) => {
    const token = createHmac('sha256', key).update(`token ${id}`).digest().toString('base64url')
    // 48 bits modulo a million: the bias is below one in 10^8.
    const number = createHmac('sha256', key).update(`code ${id}`).digest().readUIntBE(0, 6)
    return { token, code: String(number % 1_000_000).padStart(6, '0') }
  }
}
