import { createHmac, randomBytes } from 'node:crypto'
import sodium from 'sodium-native'
import type { Db, Tx } from '../db/connections'
import { deriveKey } from './cipher'
import { decodeKey } from './keys'
import { openSealed, sealTo } from './sealed-box'
import { digestToken } from './verification-secrets'

/**
 * What a copy is of, and so what its box may be opened as. `receipt`: under the link mailed at filing;
 * `signed`: under the link that confirms what was signed; `guardian`: under that of a guardian; `claim`,
 * `looked` (who looked at it), `answers` (to change them), `documents` (what was uploaded), `papers` (what
 * was signed) and `messages`: in the browser of whoever opened their claims; `data` (all that is kept of the
 * person): under a link mailed because they asked for it.
 */
export type CopyKind =
  | 'receipt'
  | 'signed'
  | 'guardian'
  | 'claim'
  | 'looked'
  | 'answers'
  | 'documents'
  | 'papers'
  | 'messages'
  | 'data'

/** What is known of a secret without holding it: enough to seal to it, and to find what was sealed. */
export interface CopyKey {
  /** SHA-256 of the secret */
  tokenHash: Buffer
  /** X25519 */
  publicKey: Buffer
}

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

/** A secret for a browser's cookie, 32 random bytes as base64url; copies may be sealed to `copyKeyOf` it. */
export function newCopySecret(): string {
  return randomBytes(32).toString('base64url')
}

/** The key of a secret, or null for text that is none: a cookie can hold anything. */
export function copyKeyOf(secret: unknown): CopyKey | null {
  if (typeof secret !== 'string' || !tokenShape.test(secret)) return null
  const { publicKey, secretKey } = keyPair(secret)
  secretKey.fill(0)
  return { tokenHash: digestToken(secret), publicKey }
}

export interface NewCopy {
  kind: CopyKind
  claimId: string
  content: object
  /** of a copy of who looked: how many acts of opening it tells of */
  openings?: number
  /** of a copy of the messages: how many it holds or tells of */
  messages?: number
}

/**
 * Seals a copy for whoever holds the secret of `to`, in the caller's transaction. Harmless to repeat:
 * the first one stays.
 */
export async function addCopy(tx: Tx, now: Date, to: CopyKey, copy: NewCopy): Promise<void> {
  const { kind, claimId } = copy
  await tx('claimant_copies')
    .insert({
      token_hash: to.tokenHash,
      kind,
      claim_id: claimId,
      public_key: to.publicKey,
      box: seal(to, copy),
      openings: copy.openings ?? null,
      messages: copy.messages ?? null,
      created_at: now,
    })
    .onConflict(['token_hash', 'kind', 'claim_id'])
    .ignore()
}

/** The same in place of what was sealed there before. */
export async function putCopy(tx: Tx, now: Date, to: CopyKey, copy: NewCopy): Promise<void> {
  await tx('claimant_copies')
    .where({ token_hash: to.tokenHash, kind: copy.kind, claim_id: copy.claimId })
    .delete()
  await addCopy(tx, now, to, copy)
}

/**
 * Seals a copy for whoever holds `token`, in the caller's transaction, and deletes those of the claim that
 * other links opened: a mistyped mailbox does not keep what was sent there. Harmless to repeat.
 */
export async function replaceCopy(
  tx: Tx,
  now: Date,
  copy: {
    kind: 'receipt' | 'signed' | 'guardian'
    claimId: string
    token: string
    content: object
  },
): Promise<void> {
  const { kind, claimId, token } = copy
  const to = copyKeyOf(token)
  if (!to) throw new Error('a copy needs a token')
  await tx('claimant_copies')
    .where({ claim_id: claimId, kind })
    .whereNot({ token_hash: to.tokenHash })
    .delete()
  await addCopy(tx, now, to, copy)
}

/**
 * Seals anew every copy of this kind that somebody has open of a claim, in the caller's transaction.
 * They are locked before `make` reads, so that of two who do this at once the later one writes what is
 * newer. A copy that its owner has just deleted does not come back.
 */
export async function renewCopies(
  tx: Tx,
  { kind, claimId }: { kind: CopyKind; claimId: string },
  make: () => Promise<{ content: object; openings?: number }>,
): Promise<void> {
  const open = await tx('claimant_copies')
    .where({ kind, claim_id: claimId })
    .orderBy('token_hash')
    .forUpdate()
    .select<{ token_hash: Buffer; public_key: Buffer }[]>('token_hash', 'public_key')
  if (open.length === 0) return
  const { content, openings = null } = await make()
  for (const { token_hash: tokenHash, public_key: publicKey } of open) {
    const box = seal({ tokenHash, publicKey }, { kind, claimId, content })
    await tx('claimant_copies')
      .where({ token_hash: tokenHash, kind, claim_id: claimId })
      .update({ box, openings: openings ?? null })
  }
}

/** Deletes copies of this kind that were sealed before then, at most `limit`. @returns how many */
export async function deleteCopiesBefore(
  db: Db,
  kind: 'data',
  before: Date,
  limit: number,
): Promise<number> {
  const due = db('claimant_copies')
    .where({ kind })
    .where('created_at', '<', before)
    .orderBy('created_at')
    .limit(limit)
    .select('token_hash')
  return db('claimant_copies').where({ kind }).whereIn('token_hash', due).delete()
}

/**
 * The same of the messages, which were read before: of two who do this at once the one that holds more
 * stays, for messages are only ever added.
 */
export async function renewMessageCopies(
  tx: Tx,
  claimId: string,
  { content, messages }: { content: object; messages: number },
): Promise<void> {
  const kind = 'messages'
  const behind = await tx('claimant_copies')
    .where({ kind, claim_id: claimId })
    .where('messages', '<', messages)
    .orderBy('token_hash')
    .forUpdate()
    .select<{ token_hash: Buffer; public_key: Buffer }[]>('token_hash', 'public_key')
  for (const { token_hash: tokenHash, public_key: publicKey } of behind) {
    const box = seal({ tokenHash, publicKey }, { kind, claimId, content })
    await tx('claimant_copies')
      .where({ token_hash: tokenHash, kind, claim_id: claimId })
      .update({ box, messages })
  }
}

/** Whether something of this kind is sealed for whoever holds this token. */
export async function hasCopy(db: Db, token: string, kind: CopyKind): Promise<boolean> {
  const copy = { token_hash: digestToken(token), kind }
  return (await db('claimant_copies').where(copy).first('kind')) !== undefined
}

/** Whether somebody has a copy of this kind open of a claim. */
export async function hasCopies(db: Db, kind: CopyKind, claimId: string): Promise<boolean> {
  return (
    (await db('claimant_copies').where({ kind, claim_id: claimId }).first('claim_id')) !== undefined
  )
}

/**
 * What was sealed for whoever holds this token, by claim; empty when there is nothing, or it is no token.
 * @throws Error when a row's box was not made for this token, kind and claim
 */
export async function openCopies(
  db: Db,
  kind: CopyKind,
  token: string,
): Promise<Map<string, unknown>> {
  if (!tokenShape.test(token)) return new Map()
  const tokenHash = digestToken(token)
  const found = await db.raw<{ rows: { claim_id: string; box: Buffer }[] }>(
    `select claim_id, box from copies_of(?, ?)`,
    [tokenHash, kind],
  )
  if (found.rows.length === 0) return new Map()
  const { publicKey, secretKey } = keyPair(token)
  const opened = found.rows.map(({ claim_id: claimId, box }) => {
    const text = openSealed(publicKey, secretKey, box).toString('utf8')
    const header = headerOf({ kind, claimId }, tokenHash)
    if (!text.startsWith(header)) throw new Error('A copy was sealed for another link or purpose.')
    return [claimId, JSON.parse(text.slice(header.length)) as unknown] as const
  })
  secretKey.fill(0)
  return new Map(opened)
}

/** The same of a token that opens the copy of one claim, or null. */
export async function openCopy(
  db: Db,
  kind: 'receipt' | 'signed' | 'guardian' | 'data',
  token: string,
): Promise<unknown> {
  const [content = null] = (await openCopies(db, kind, token)).values()
  return content
}

function seal(to: CopyKey, copy: Pick<NewCopy, 'kind' | 'claimId' | 'content'>): Buffer {
  const text = headerOf(copy, to.tokenHash) + JSON.stringify(copy.content)
  return sealTo(to.publicKey, Buffer.from(text))
}

/** X25519, libsodium `crypto_box`; both halves follow from the token, of which the database has the hash. */
function keyPair(token: string): { publicKey: Buffer; secretKey: Buffer } {
  const publicKey = Buffer.alloc(sodium.crypto_box_PUBLICKEYBYTES)
  const secretKey = Buffer.alloc(sodium.crypto_box_SECRETKEYBYTES)
  const seed = deriveKey(Buffer.from(token, 'base64url'), 'claimant copy')
  sodium.crypto_box_seed_keypair(publicKey, secretKey, seed)
  return { publicKey, secretKey }
}

function headerOf(copy: { kind: CopyKind; claimId: string }, tokenHash: Buffer): string {
  return `${copy.kind} ${copy.claimId} ${tokenHash.toString('hex')} `
}
