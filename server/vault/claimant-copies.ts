import { createHmac } from 'node:crypto'
import sodium from 'sodium-native'
import type { Db, Tx } from '../db/connections'
import { deriveKey } from './cipher'
import { decodeKey } from './keys'
import { openSealed, sealTo } from './sealed-box'
import { digestToken } from './verification-secrets'

/** What a copy is of, and so what its box may be opened as. */
export type CopyKind = 'receipt'

const tokenShape = /^[A-Za-z0-9_-]{43}$/

/**
 * The tokens of the links under which claimants find their copies, 32 bytes as base64url: derived from
 * claim and version under a key that only the worker holds. A mail that is sent again carries the same
 * link, a corrected address gets another, and nothing has to be kept.
 */
export function copyTokens(
  tokenKey: string | undefined,
): (kind: CopyKind, claimId: string, version: number) => string {
  const key = decodeKey('TOKEN_KEY', tokenKey)
  return (kind, claimId, version) =>
    createHmac('sha256', key).update(`copy ${kind} ${claimId} ${version}`).digest('base64url')
}

/**
 * Seals a copy for whoever holds `token`, in the caller's transaction, and deletes those of the claim that
 * other links opened: a mistyped mailbox does not keep what was sent there. Harmless to repeat.
 */
export async function replaceCopy(
  tx: Tx,
  now: Date,
  copy: { kind: CopyKind; claimId: string; token: string; content: object },
): Promise<void> {
  const { kind, claimId, token } = copy
  const { publicKey, secretKey } = keyPair(token)
  secretKey.fill(0)
  const text = headerOf(kind, token) + JSON.stringify(copy.content)
  await tx.raw(
    `with others as (
       delete from claimant_copies
       where claim_id = :claimId and kind = :kind and token_hash <> :tokenHash
     )
     insert into claimant_copies (token_hash, claim_id, kind, public_key, box, created_at)
     values (:tokenHash, :claimId, :kind, :publicKey, :box, :now)
     on conflict (token_hash) do nothing`,
    {
      tokenHash: digestToken(token),
      claimId,
      kind,
      publicKey,
      box: sealTo(publicKey, Buffer.from(text)),
      now,
    },
  )
}

/**
 * What was sealed for whoever holds this token, or null when there is nothing, or it is no token.
 * @throws Error when the row's box was not made for this token and kind
 */
export async function openCopy(db: Db, kind: CopyKind, token: string): Promise<unknown> {
  if (!tokenShape.test(token)) return null
  const row = await db('claimant_copies')
    .where({ token_hash: digestToken(token), kind })
    .first<{ box: Buffer } | undefined>('box')
  if (!row) return null
  const { publicKey, secretKey } = keyPair(token)
  const text = openSealed(publicKey, secretKey, row.box).toString('utf8')
  const header = headerOf(kind, token)
  if (!text.startsWith(header)) throw new Error('A copy was sealed for another link or purpose.')
  return JSON.parse(text.slice(header.length))
}

/** X25519, libsodium `crypto_box`; both halves follow from the token, of which the database has the hash. */
function keyPair(token: string): { publicKey: Buffer; secretKey: Buffer } {
  const publicKey = Buffer.alloc(sodium.crypto_box_PUBLICKEYBYTES)
  const secretKey = Buffer.alloc(sodium.crypto_box_SECRETKEYBYTES)
  const seed = deriveKey(Buffer.from(token, 'base64url'), 'claimant copy')
  sodium.crypto_box_seed_keypair(publicKey, secretKey, seed)
  return { publicKey, secretKey }
}

function headerOf(kind: CopyKind, token: string): string {
  return `${kind} ${digestToken(token).toString('hex')} `
}
