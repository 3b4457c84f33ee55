import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import sodium from 'sodium-native'
import { decrypt, deriveKey, encrypt, type Place } from './cipher'
import { decodeKey } from './keys'
import { openSealed, sealTo } from './sealed-box'

/**
 * Notices that were mailed to members of a class. The list is kept so that neither the database nor the
 * public surface can tell an ID that is in it: each part is made with the notice key, which the worker
 * alone holds, and what fills in a form only with ID and PIN besides.
 */

/** What stands on a notice, normalised, and the matter it is about. */
export interface NoticeId {
  matterId: string
  id: string
}

export interface Notice extends NoticeId {
  pin: string
}

/** Characters a PIN must have for anything to be sealed under it: a shorter one is tried out in no time. */
export const fillingPinChars = 8

/** What only the worker can do with notices. */
export interface NoticeVault {
  /** HMAC-SHA-256, 32 bytes, of an ID: what the list is looked up by */
  idIndex(notice: NoticeId): Buffer
  /** the same of ID and PIN */
  proof(notice: Notice): Buffer
  /** the same of an ID that somebody typed, right or wrong, by which guesses are counted */
  guessIndex(notice: NoticeId): Buffer
  /** the same of the ID of a claim, by which two claims with one notice are seen */
  claimIndex(notice: NoticeId): Buffer
  /** What a browser hands in with its claim to show that the worker found its ID and PIN right, base64url. */
  ticket(notice: NoticeId): string
  isTicket(notice: NoticeId, ticket: string): boolean
  /** Seals what a form can be filled in with; null when the PIN is shorter than `fillingPinChars`. */
  sealFilling(notice: Notice, filling: object): Buffer | null
  /** @throws Error when ID, PIN, matter or any byte differs */
  openFilling(notice: Notice, box: Buffer): unknown
}

// A NUL between parts: none of them holds one, so that no two sets of parts are one text.
const joined = (parts: string[]) => parts.join('\0')

/** @throws ConfigError without the key */
export function createNoticeVault(keys: { noticeKey?: string | undefined }): NoticeVault {
  const key = decodeKey('NOTICE_KEY', keys.noticeKey)
  const hmac = (use: string) => {
    const own = deriveKey(key, `notice ${use}`)
    return (...parts: string[]) => createHmac('sha256', own).update(joined(parts)).digest()
  }
  const [byId, byPin, byGuess, byClaim, forTicket] = [
    hmac('id'),
    hmac('proof'),
    hmac('guess'),
    hmac('claim'),
    hmac('ticket'),
  ]
  const fillingSalt = deriveKey(key, 'notice filling')
  const idIndex = ({ matterId, id }: NoticeId) => byId(matterId, id)
  const fillingKey = ({ matterId, id, pin }: Notice) =>
    Buffer.from(hkdfSync('sha256', joined([id, pin]), fillingSalt, joined([matterId]), 32))
  // The row is named by what it is found by.
  const place = (notice: Notice): Place => ({
    table: 'notices',
    claim: notice.matterId,
    field: `filling ${idIndex(notice).toString('hex')}`,
    version: 1,
  })

  return {
    idIndex,
    proof: ({ matterId, id, pin }) => byPin(matterId, id, pin),
    guessIndex: ({ matterId, id }) => byGuess(matterId, id),
    claimIndex: ({ matterId, id }) => byClaim(matterId, id),
    ticket: ({ matterId, id }) => forTicket(matterId, id).toString('base64url'),
    isTicket: ({ matterId, id }, ticket) => {
      const given = Buffer.from(ticket, 'base64url')
      const right = forTicket(matterId, id)
      return given.length === right.length && timingSafeEqual(given, right)
    },
    sealFilling(notice, filling) {
      if (notice.pin.length < fillingPinChars) return null
      return encrypt(fillingKey(notice), place(notice), Buffer.from(JSON.stringify(filling)))
    },
    openFilling(notice, box) {
      return JSON.parse(decrypt(fillingKey(notice), place(notice), box).toString('utf8'))
    },
  }
}

/** An answer is padded to a multiple of this, so that its length does not tell a right PIN from a wrong one. */
const answerBytes = 8192

const secretShape = /^[A-Za-z0-9_-]{43}$/

/** A secret for a browser's draft, 32 random bytes as base64url, and the key that answers are sealed to. */
export function newNoticeSecret(): { secret: string; publicKey: Buffer } {
  const secret = randomBytes(32).toString('base64url')
  const { publicKey, secretKey } = keyPair(secret)
  secretKey.fill(0)
  return { secret, publicKey }
}

/** Seals the worker's answer to the check of that id. */
export function sealNoticeAnswer(publicKey: Buffer, checkId: string, answer: object): Buffer {
  const text = Buffer.from(`${checkId} ${JSON.stringify(answer)}`)
  const padded = Buffer.alloc(Math.ceil(text.length / answerBytes) * answerBytes, ' ')
  text.copy(padded)
  return sealTo(publicKey, padded)
}

/** @throws Error when it was sealed for another browser or check */
export function openNoticeAnswer(secret: string, checkId: string, box: Buffer): unknown {
  if (!secretShape.test(secret)) throw new Error('Not the secret of a check.')
  const { publicKey, secretKey } = keyPair(secret)
  const text = openSealed(publicKey, secretKey, box).toString('utf8')
  secretKey.fill(0)
  if (!text.startsWith(`${checkId} `)) throw new Error('An answer was sealed for another check.')
  return JSON.parse(text.slice(checkId.length + 1))
}

/** X25519, libsodium `crypto_box`. */
function keyPair(secret: string): { publicKey: Buffer; secretKey: Buffer } {
  const publicKey = Buffer.alloc(sodium.crypto_box_PUBLICKEYBYTES)
  const secretKey = Buffer.alloc(sodium.crypto_box_SECRETKEYBYTES)
  const seed = deriveKey(Buffer.from(secret, 'base64url'), 'notice answer')
  sodium.crypto_box_seed_keypair(publicKey, secretKey, seed)
  return { publicKey, secretKey }
}
