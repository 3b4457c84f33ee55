import { createHash, randomBytes } from 'node:crypto'
import { decrypt, encrypt, type Place } from './cipher'

/**
 * Uploaded documents: each original and each set of views under a data key of its own. A key is sealed to
 * the worker while its document has not been admitted, and wrapped under the vault key afterwards.
 */

/** Which document, of which claim: part of the additional data of everything that is encrypted of it. */
export interface DocumentRef {
  id: string
  claimId: string
}

/** `original`: as received; `view`: what is shown of it, page by page. */
export type DocumentPart = 'original' | 'view'

export interface Encrypted {
  ciphertext: Buffer
  /** SHA-256 of the ciphertext, 32 bytes */
  sha256: Buffer
}

export interface SealedDocument extends Encrypted {
  /** the data key and what was told of the document, sealed to the worker */
  box: Buffer
}

export interface WrappedKey {
  part: DocumentPart
  wrapped: Buffer
}

/** A document that waits at the door; its key stays in here. */
export interface ArrivedDocument {
  /** what the surface that took it in says of it: nothing of that is proven */
  about: unknown
  /** @throws Error when the ciphertext was not made with this key for this document */
  decrypt(ciphertext: Buffer): Buffer
  /** wraps the key under the vault key, and encrypts what is known of the document under the key */
  keep(about: object): { key: WrappedKey; about: Buffer }
}

const place = (ref: DocumentRef, field: string, version = 1): Place => ({
  table: 'evidence',
  claim: ref.claimId,
  field: `${field} ${ref.id}`,
  version,
})

const wrapPlace = (ref: DocumentRef, part: DocumentPart): Place => ({
  table: 'evidence_keys',
  claim: ref.claimId,
  field: `${part} ${ref.id}`,
  version: 1,
})

/** Encrypts a document under a fresh key, which goes to the worker with `about`. Nothing here can open it again. */
export function sealDocument(
  seal: (text: string) => Buffer,
  ref: DocumentRef,
  bytes: Buffer,
  about: object,
): SealedDocument {
  const dataKey = randomBytes(32)
  const sealed = encryptPart(dataKey, place(ref, 'original'), bytes)
  const text = JSON.stringify({ claim: ref.claimId, key: dataKey.toString('base64url'), about })
  dataKey.fill(0)
  return { ...sealed, box: seal(text) }
}

/** What stood in a document's box. @throws Error when it was sealed for another claim */
export function openArrived(vaultKey: Buffer, ref: DocumentRef, text: string): ArrivedDocument {
  const { claim, key, about } = JSON.parse(text) as Record<string, unknown>
  if (claim !== ref.claimId) throw new Error('A document was sealed for another claim.')
  const dataKey = Buffer.from(String(key), 'base64url')
  if (dataKey.length !== 32) throw new Error('A box holds no key.')
  return {
    about,
    decrypt: (ciphertext) => decrypt(dataKey, place(ref, 'original'), ciphertext),
    keep: (known) => ({
      key: wrapKey(vaultKey, ref, 'original', dataKey),
      about: encrypt(dataKey, place(ref, 'about'), Buffer.from(JSON.stringify(known))),
    }),
  }
}

/** Encrypts the pages of a view under one fresh key, wrapped under the vault key. */
export function sealView(
  vaultKey: Buffer,
  ref: DocumentRef,
  pages: Buffer[],
): { key: WrappedKey; pages: Encrypted[] } {
  const dataKey = randomBytes(32)
  const sealed = {
    pages: pages.map((page, at) => encryptPart(dataKey, place(ref, 'view', at + 1), page)),
    key: wrapKey(vaultKey, ref, 'view', dataKey),
  }
  dataKey.fill(0)
  return sealed
}

/** What is known of a document: its name as received, its hash. */
export function readAbout(
  vaultKey: Buffer,
  ref: DocumentRef,
  key: WrappedKey,
  about: Buffer,
): unknown {
  const dataKey = unwrapKey(vaultKey, ref, key)
  return JSON.parse(decrypt(dataKey, place(ref, 'about'), about).toString('utf8'))
}

/** One object of a document; `page` counts from 1. @throws Error when a byte or its place differs */
export function readPart(
  vaultKey: Buffer,
  ref: DocumentRef,
  key: WrappedKey,
  page: number,
  ciphertext: Buffer,
): Buffer {
  return decrypt(unwrapKey(vaultKey, ref, key), place(ref, key.part, page), ciphertext)
}

function encryptPart(dataKey: Buffer, where: Place, bytes: Buffer): Encrypted {
  const ciphertext = encrypt(dataKey, where, bytes)
  return { ciphertext, sha256: createHash('sha256').update(ciphertext).digest() }
}

function wrapKey(
  vaultKey: Buffer,
  ref: DocumentRef,
  part: DocumentPart,
  dataKey: Buffer,
): WrappedKey {
  return { part, wrapped: encrypt(vaultKey, wrapPlace(ref, part), dataKey) }
}

function unwrapKey(vaultKey: Buffer, ref: DocumentRef, { part, wrapped }: WrappedKey): Buffer {
  return decrypt(vaultKey, wrapPlace(ref, part), wrapped)
}
