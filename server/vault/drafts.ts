import { randomBytes } from 'node:crypto'
import { decrypt, deriveKey, encrypt } from './cipher'

const secretShape = /^[A-Za-z0-9_-]{43}$/

/** A new secret for a draft, 32 random bytes as base64url. It lives in the person's cookie and nowhere else. */
export function newDraftSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** True for text of the right shape; a cookie can hold anything. */
export function isDraftSecret(text: unknown): text is string {
  return typeof text === 'string' && secretShape.test(text)
}

/** The row's id, derived one way from the secret: whoever reads the table learns no key. */
export function draftId(secret: string): Buffer {
  return deriveKey(Buffer.from(secret, 'base64url'), 'draft id')
}

function draftPlace(secret: string) {
  return { table: 'drafts', claim: draftId(secret).toString('hex'), field: 'answers', version: 1 }
}

function draftKey(secret: string): Buffer {
  return deriveKey(Buffer.from(secret, 'base64url'), 'draft key')
}

/** Encrypts what a person has typed so far under the key that only their cookie holds. */
export function sealDraft(secret: string, value: object): Buffer {
  return encrypt(draftKey(secret), draftPlace(secret), Buffer.from(JSON.stringify(value)))
}

/** The draft, or null when this secret does not open it. */
export function openDraft(secret: string, box: Buffer): Record<string, unknown> | null {
  try {
    return JSON.parse(
      decrypt(draftKey(secret), draftPlace(secret), box).toString('utf8'),
    ) as Record<string, unknown>
  } catch {
    return null
  }
}
