import sodium from 'sodium-native'
import { decodeKey } from './keys'

export interface LedgerSigner {
  /** Ed25519, 32 bytes */
  publicKey: Buffer
  /** Signs a checkpoint's text; 64 bytes. */
  sign: (message: Uint8Array) => Buffer
}

/** The key of the ledger (an Ed25519 seed), which the worker alone holds. */
export function createLedgerSigner(keys: { ledgerKey?: string | undefined }): LedgerSigner {
  const seed = decodeKey('LEDGER_KEY', keys.ledgerKey)
  const publicKey = Buffer.alloc(sodium.crypto_sign_PUBLICKEYBYTES)
  const secretKey = Buffer.alloc(sodium.crypto_sign_SECRETKEYBYTES)
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed)
  return {
    publicKey,
    sign(message) {
      const signature = Buffer.alloc(sodium.crypto_sign_BYTES)
      sodium.crypto_sign_detached(signature, Buffer.from(message), secretKey)
      return signature
    },
  }
}

/**
 * The public keys whose signatures count, 32 bytes each: today's first, then retired ones, which receipts
 * of their time still need. In the environment they stand in one text, separated by commas.
 */
export function ledgerPublicKeys(text: string | undefined): Buffer[] {
  return (text ?? '').split(',').map((one) => decodeKey('LEDGER_PUBLIC_KEY', one.trim()))
}
