/**
 * Checkpoints (C2SP tlog-checkpoint) as signed notes (C2SP signed-note). Browsers run this file too, so
 * nothing here may need Node: hashing, signing and checking a signature are handed in.
 */

export interface Checkpoint {
  origin: string
  size: number
  /** 32 bytes */
  root: Uint8Array
}

/** Whose signature counts: the origin is the key's name as well. */
export interface LogKey {
  origin: string
  /** Ed25519, 32 bytes */
  publicKey: Uint8Array
}

export type Sha256 = (bytes: Uint8Array) => Uint8Array
export type CheckSignature = (
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
) => boolean

const ed25519 = 0x01
const keyIdBytes = 4
const signatureBytes = 64
const utf8 = new TextEncoder()

/** The three lines that are signed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/** The signed note: text, empty line, one signature line of the log's own key. */
export function signedNote(
  text: string,
  key: LogKey,
  parts: { sha256: Sha256; sign: (message: Uint8Array) => Uint8Array },
): string {
  const signature = parts.sign(utf8.encode(text))
  const id = keyId(key, parts.sha256)
  return `${text}\n— ${key.origin} ${toBase64(new Uint8Array([...id, ...signature]))}\n`
}

/** First four bytes of SHA-256(name ‖ "\n" ‖ 0x01 ‖ public key): which key a signature line means. */
export function keyId({ origin, publicKey }: LogKey, sha256: Sha256): Uint8Array {
  return sha256(new Uint8Array([...utf8.encode(`${origin}\n`), ed25519, ...publicKey])).subarray(
    0,
    keyIdBytes,
  )
}

/** The key in one line, as other tools take it: `<name>+<id in hex>+<base64 of 0x01 ‖ key>`. */
export function verifierKey(key: LogKey, sha256: Sha256): string {
  const id = [...keyId(key, sha256)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${key.origin}+${id}+${toBase64(new Uint8Array([ed25519, ...key.publicKey]))}`
}

/** Reads what `verifierKey` wrote; null for anything else, or when the id is not that of the key. */
export function parseVerifierKey(text: string, sha256: Sha256): LogKey | null {
  const [, origin, , encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? []
  const bytes = encoded === undefined ? null : fromBase64(encoded)
  if (!origin || bytes?.length !== 33 || bytes[0] !== ed25519) return null
  const key = { origin, publicKey: bytes.slice(1) }
  return verifierKey(key, sha256) === text ? key : null
}

/** Reads the signed text of a note, without looking at its signatures; null when it is no checkpoint. */
export function parseCheckpoint(note: string): Checkpoint | null {
  const end = note.indexOf('\n\n')
  const [origin, size, root, ...more] = note.slice(0, Math.max(0, end)).split('\n')
  if (!origin || !size || !root || more.length > 0) return null
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) return null
  const bytes = fromBase64(root)
  return bytes?.length === 32 ? { origin, size: Number(size), root: bytes } : null
}

/**
 * The checkpoint of a note that one of `keys` has signed under the note's own origin; null when none
 * has, or anything of it was changed. Signatures of others, such as witnesses, are passed over. A key
 * signs once, so that a note made of thousands of signatures costs no more to check than an honest one.
 */
export function openNote(
  note: string,
  keys: readonly LogKey[],
  parts: { sha256: Sha256; checkSignature: CheckSignature },
): Checkpoint | null {
  const checkpoint = parseCheckpoint(note)
  if (!checkpoint || !note.endsWith('\n')) return null
  const end = note.indexOf('\n\n')
  const text = utf8.encode(note.slice(0, end + 1))
  const lines = note.slice(end + 2, -1).split('\n')
  const signers = new Set<LogKey>()
  for (const line of lines) {
    const [dash, name, encoded, ...more] = line.split(' ')
    const bytes = encoded === undefined ? null : fromBase64(encoded)
    if (dash !== '—' || !name || !bytes || bytes.length <= keyIdBytes || more.length > 0)
      return null
    const signature = bytes.subarray(keyIdBytes)
    for (const key of keys) {
      if (key.origin !== checkpoint.origin || name !== key.origin) continue
      if (keyId(key, parts.sha256).some((byte, at) => byte !== bytes[at])) continue
      if (signature.length !== signatureBytes || signers.has(key)) return null
      if (!parts.checkSignature(signature, text, key.publicKey)) return null
      signers.add(key)
    }
  }
  return signers.size > 0 ? checkpoint : null
}

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  // One by one: as arguments of one call, a long text would overflow the stack.
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** Standard base64 with padding, and only the one spelling of it; null for anything else. */
export function fromBase64(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  return toBase64(bytes) === text ? bytes : null
}
