import { randomBytes } from 'node:crypto'

/**
 * A new UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits, as lower-case text.
 * Made in the application so that one statement can use the same id in several tables; rising with
 * time so that primary-key indexes grow at their right edge.
 */
export function newId(nowMs: number = Date.now()): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(nowMs, 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** True for text that PostgreSQL will take as a uuid; ask before a query, so that a mistyped link is "not found", not an error. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && uuidShape.test(text)
}
