import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { canonicalJson } from '../ledger/canonical-json'

/** What a ciphertext belongs to; authenticated with it, so that it opens nowhere else. */
export interface Place {
  table: string
  claim: string
  field: string
  version: number
}

const formatByte = 1
const nonceBytes = 12
const tagBytes = 16

/**
 * AES-256-GCM under a 32-byte key: one format byte, 12-byte random nonce, ciphertext, 16-byte tag.
 * The additional data is the canonical JSON of the place.
 */
export function encrypt(key: Buffer, place: Place, plaintext: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(canonicalJson(place)))
  const body = cipher.update(plaintext)
  cipher.final()
  return Buffer.concat([Buffer.of(formatByte), nonce, body, cipher.getAuthTag()])
}

/** The plaintext; throws when key, place or any byte is not the one it was encrypted with. */
export function decrypt(key: Buffer, place: Place, box: Buffer): Buffer {
  if (box.length < 1 + nonceBytes + tagBytes || box[0] !== formatByte) {
    throw new Error('Not a ciphertext of a known format.')
  }
  const nonce = box.subarray(1, 1 + nonceBytes)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(canonicalJson(place)))
  decipher.setAuthTag(box.subarray(box.length - tagBytes))
  const plaintext = decipher.update(box.subarray(1 + nonceBytes, box.length - tagBytes))
  decipher.final()
  return plaintext
}

/** 32 bytes derived from a secret for one named use (HKDF-SHA-256, RFC 5869), so that no key serves two. */
export function deriveKey(secret: Buffer, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `joinder ${use}`, 32))
}
