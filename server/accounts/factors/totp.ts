import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import encodeQR from 'qr'

/** What every authenticator app understands: HMAC-SHA-1, six digits, thirty seconds (RFC 6238). */
const algorithm = { algorithm: 'SHA1', digits: 6, period: 30 } as const
/** A phone's clock may be so many steps off. */
const driftSteps = 1
const secretBytes = 20

/** A new secret for an authenticator app, 20 random bytes. */
export function newTotpSecret(): Buffer {
  return randomBytes(secretBytes)
}

function appOf(secret: Buffer, labels: { issuer?: string; label?: string } = {}): TOTP {
  const bytes = new Uint8Array(secret)
  return new TOTP({ ...algorithm, ...labels, secret: new Secret({ buffer: bytes.buffer }) })
}

/** The time step whose code this is, or null; a step a phone's wrong clock may be in counts too. */
export function stepOfCode(secret: Buffer, code: string, now: Date): number | null {
  const timestamp = now.getTime()
  const delta = appOf(secret).validate({ token: code, timestamp, window: driftSteps })
  return delta === null ? null : stepAt(now) + delta
}

function stepAt(now: Date): number {
  return Math.floor(now.getTime() / 1000 / algorithm.period)
}

/**
 * The code that is taken next, for who shows codes: this moment's, or, when that was used, the one after
 * it, which a phone whose clock is ahead would show. Null when both were. With the seconds until the
 * next step.
 */
export function nextCode(
  secret: Buffer,
  lastStep: number,
  now: Date,
): { code: string | null; secondsLeft: number } {
  const step = Math.max(stepAt(now), lastStep + 1)
  const timestamp = step * algorithm.period * 1000
  const code = step - stepAt(now) <= driftSteps ? appOf(secret).generate({ timestamp }) : null
  const secondsLeft = algorithm.period - (Math.floor(now.getTime() / 1000) % algorithm.period)
  return { code, secondsLeft }
}

export interface TotpSetUp {
  /** in groups of four letters, for who types it */
  typed: string
  /** `otpauth://…`, for a phone that opens it */
  uri: string
  /** a QR code of it with its white border: modules a side, and the dark ones as the `d` of an SVG path */
  qr: { size: number; path: string }
}

/** What an authenticator app is told, by camera or by hand. */
export function totpSetUp(secret: Buffer, names: { issuer: string; label: string }): TotpSetUp {
  const app = appOf(secret, names)
  const uri = app.toString()
  const rows = encodeQR(uri, 'raw', { ecc: 'medium', border: 4 })
  const path = rows
    .flatMap((row, y) => row.flatMap((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : [])))
    .join('')
  const typed = app.secret.base32.replaceAll(/(.{4})(?=.)/g, '$1 ')
  return { typed, uri, qr: { size: rows.length, path } }
}
