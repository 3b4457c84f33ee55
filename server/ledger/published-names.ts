import type { Db } from '../db/connections'
import * as store from './ledger.store'
import { parseCheckpoint, verifierKey } from './tree/checkpoint'
import { sha256 } from './tree/merkle-root'
import { trustedKeys } from './trusted-keys'

/** A name under which the ledger signs, or has signed, and the key to check it with. */
export interface PublishedName {
  origin: string
  /** the key in one line, as tools for such logs take it */
  verifierKey: string
  /** the same key as OpenSSL takes it */
  pem: string
  openedAt: Date
  /** why the name before was given up; null for the first */
  why: 'lost' | 'key' | 'renamed' | null
  /** entries that were signed under the name before and are gone */
  lost: number
  /** the last checkpoint under the name before */
  previous: string | null
}

// The fixed beginning of an Ed25519 key in DER (RFC 8410); a multiple of three bytes, so base64 joins.
const derPrefix = 'MCowBQYDK2VwAyEA'

/** Every name whose key is ours, the newest first. */
export async function publishedNames(
  db: Db,
  config: { keys: { ledgerPublicKey?: string } },
): Promise<PublishedName[]> {
  const [keys, origins] = await Promise.all([trustedKeys(db, config), store.selectOrigins(db)])
  return keys.flatMap((key) => {
    const at = origins.findIndex(({ origin }) => origin === key.origin)
    const row = origins[at]
    if (!row) return []
    const base64 = Buffer.from(key.publicKey).toString('base64')
    return {
      origin: key.origin,
      verifierKey: verifierKey(key, sha256),
      pem: `-----BEGIN PUBLIC KEY-----\n${derPrefix}${base64}\n-----END PUBLIC KEY-----\n`,
      openedAt: row.opened_at,
      ...reason(row, origins[at - 1]),
      previous: row.previous,
    }
  })
}

function reason(
  row: store.OriginRow,
  before: store.OriginRow | undefined,
): Pick<PublishedName, 'why' | 'lost'> {
  if (row.previous === null) return { why: null, lost: 0 }
  const signed = parseCheckpoint(row.previous)?.size ?? 0
  const lost = Math.max(0, signed - row.from_size)
  if (lost > 0) return { why: 'lost', lost }
  return { why: before && !before.public_key.equals(row.public_key) ? 'key' : 'renamed', lost }
}
