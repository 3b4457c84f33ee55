import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import type { CheckSignature } from '../tree/checkpoint'

const keys = new Map<string, KeyObject>()

/** Ed25519 by Node's own library, twenty times as fast as the one that browsers can run. */
export const checkSignature: CheckSignature = (signature, message, publicKey) => {
  const x = Buffer.from(publicKey).toString('base64url')
  const known = keys.get(x)
  const key = known ?? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  keys.set(x, key)
  return verify(null, message, key, signature)
}
