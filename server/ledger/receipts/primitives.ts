import { ed25519 } from '@noble/curves/ed25519.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { CheckSignature } from '../tree/checkpoint'
import type { NodeHash } from '../tree/proofs'

/**
 * What checking a receipt takes, from a library that runs in every browser and in Node: Web Crypto has
 * Ed25519 only in recent browsers, and on plain HTTP nothing at all.
 */
export { sha256 }

const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)

/** SHA-256(0x00 ‖ leaf), RFC 6962 section 2.1. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  return sha256.create().update(leafPrefix).update(leaf).digest()
}

/** SHA-256(0x01 ‖ left ‖ right), RFC 6962 section 2.1. */
export const nodeHash: NodeHash = (left, right) =>
  sha256.create().update(nodePrefix).update(left).update(right).digest()

export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(sha256, key, message)
}

/** Ed25519 by the strict rules of RFC 8032. */
export const checkSignature: CheckSignature = (signature, message, publicKey) => {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false })
  } catch {
    return false
  }
}
