import { randomBytes } from 'node:crypto'
import sodium from 'sodium-native'
import { createLedgerSigner } from './ledger-signer'

/** The names of the keys of one installation, as they are given to the processes by environment. */
export const keyNames = [
  'INTAKE_PUBLIC_KEY',
  'INTAKE_SECRET_KEY',
  'VAULT_KEY',
  'STAFF_KEY',
  'INDEX_KEY',
  'TOKEN_KEY',
  'LEDGER_KEY',
  'LEDGER_PUBLIC_KEY',
  'NOTICE_KEY',
  'PUBLIC_SESSION_SECRET',
  'STAFF_SESSION_SECRET',
  'RATE_KEY',
] as const

export type KeyName = (typeof keyNames)[number]

/**
 * A fresh set of keys, each 32 bytes in base64url. The intake pair is X25519 (libsodium
 * `crypto_box`), the ledger's key an Ed25519 seed and its public key; all others are random bytes. Used for a first start and for tests; production brings
 * its own.
 */
export function generateKeys(): Record<KeyName, string> {
  const publicKey = Buffer.alloc(sodium.crypto_box_PUBLICKEYBYTES)
  const secretKey = Buffer.alloc(sodium.crypto_box_SECRETKEYBYTES)
  sodium.crypto_box_keypair(publicKey, secretKey)
  const random = () => randomBytes(32).toString('base64url')
  const ledgerKey = random()
  return {
    INTAKE_PUBLIC_KEY: publicKey.toString('base64url'),
    INTAKE_SECRET_KEY: secretKey.toString('base64url'),
    VAULT_KEY: random(),
    STAFF_KEY: random(),
    INDEX_KEY: random(),
    TOKEN_KEY: random(),
    LEDGER_KEY: ledgerKey,
    LEDGER_PUBLIC_KEY: createLedgerSigner({ ledgerKey }).publicKey.toString('base64url'),
    NOTICE_KEY: random(),
    PUBLIC_SESSION_SECRET: random(),
    STAFF_SESSION_SECRET: random(),
    RATE_KEY: random(),
  }
}
