import { createHmac } from 'node:crypto'
import type { KeyTexts } from '../config'
import { decodeKey } from './keys'

/** The keys of README.md here, by the names of their settings. */
const named = {
  INTAKE_PUBLIC_KEY: 'intakePublicKey',
  INTAKE_SECRET_KEY: 'intakeSecretKey',
  VAULT_KEY: 'vaultKey',
  STAFF_KEY: 'staffKey',
  INDEX_KEY: 'indexKey',
  TOKEN_KEY: 'tokenKey',
  NOTICE_KEY: 'noticeKey',
  LEDGER_KEY: 'ledgerKey',
} as const satisfies Record<string, keyof KeyTexts>

export type WatchedKey = keyof typeof named
export const watchedKeys = Object.keys(named) as WatchedKey[]

/**
 * A fingerprint of each key that this process holds: HMAC-SHA-256 under the key itself over its name, 32 bytes.
 * It tells two keys apart and nothing else of them: they are random, and no other use of them has this form.
 */
export function keyFingerprints(keys: KeyTexts): Map<WatchedKey, Buffer> {
  return new Map(
    watchedKeys.flatMap((name) => {
      const text = keys[named[name]]
      if (text === undefined) return []
      const key = decodeKey(name, text)
      const print = createHmac('sha256', key).update(`joinder key fingerprint 1 ${name}`).digest()
      key.fill(0)
      return [[name, print]]
    }),
  )
}
