import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'

/** How the values of settings are read: one function a kind, each with one sentence for what is wrong. */

/** A setting that is missing or wrong; the message is one sentence for the person who starts Joinder. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** What signs mail (RFC 6376). */
export interface DkimSettings {
  domain: string
  selector: string
  /** PEM of an RSA key */
  privateKey: string
}

/** What the address of a database begins with. */
export const databaseSchemes = ['postgres:', 'postgresql:']

/** The value of a setting without spaces around it; null when it is not set or empty. */
export function text(env: NodeJS.ProcessEnv, name: string): string | null {
  const value = env[name]?.trim()
  return value === undefined || value === '' ? null : value
}

/** @throws ConfigError when it is no port */
export function portFrom(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const value = text(env, name)
  if (value === null) return fallback
  const port = Number(value)
  if (!/^\d+$/.test(value) || port < 1 || port > 65535) {
    throw new ConfigError(`${name} is "${value}"; it must be a number from 1 to 65535.`)
  }
  return port
}

/** Never repeats the value of a URL in its error: it may hold a password. */
export function url<Key extends string>(
  env: NodeJS.ProcessEnv,
  key: Key,
  name: string,
  schemes: readonly string[],
): { [key in Key]?: string } {
  const value = text(env, name)
  if (value === null) return {}
  if (!URL.canParse(value) || !schemes.includes(new URL(value).protocol)) {
    throw new ConfigError(`${name} is not a URL that begins with ${schemes[0]}//.`)
  }
  return { [key]: value } as { [key in Key]?: string }
}

/** An address people type, without a trailing slash. @throws ConfigError when it is none */
export function webUrl(name: string, value: string): string {
  if (!URL.canParse(value) || !['http:', 'https:'].includes(new URL(value).protocol)) {
    throw new ConfigError(`${name} is not a URL that begins with https:// or http://.`)
  }
  return value.replace(/\/+$/, '')
}

const emailAddress = /^[^\s<>@",;:]+@[^\s<>@",;:]+$/

/** `Joinder <no-reply@example.org>` or the bare address. */
export function addressIn(mailFrom: string): string {
  const address = /<([^<>]*)>$/.exec(mailFrom)?.[1] ?? mailFrom
  if (!emailAddress.test(address)) {
    throw new ConfigError(
      `MAIL_FROM is "${mailFrom}"; it must hold an address, such as Joinder <no-reply@example.org>.`,
    )
  }
  return address
}

export function contactFrom(env: NodeJS.ProcessEnv): string | null {
  const value = text(env, 'OPERATOR_CONTACT')
  if (value === null || emailAddress.test(value)) return value
  throw new ConfigError(`OPERATOR_CONTACT is "${value}"; it must be an e-mail address.`)
}

/** RFC 9116 wants a URI and, for one of the web, https. */
export function securityContactFrom(env: NodeJS.ProcessEnv): string | null {
  const value = text(env, 'SECURITY_CONTACT')
  if (value === null) return null
  if (emailAddress.test(value)) return `mailto:${value}`
  if (URL.canParse(value) && ['https:', 'mailto:', 'tel:'].includes(new URL(value).protocol)) {
    return value
  }
  throw new ConfigError(
    `SECURITY_CONTACT is "${value}"; it must be an e-mail address or begin with https://, mailto: or tel:.`,
  )
}

export const dkimSettings = ['DKIM_DOMAIN', 'DKIM_SELECTOR', 'DKIM_KEY'] as const

/**
 * All three or none. A signature of a domain that is not the sender's says nothing to who receives the
 * mail (DMARC), so that is refused too. RSA, because not every receiver reads anything else.
 */
export function dkimFrom(env: NodeJS.ProcessEnv, mailAddress: string): DkimSettings | null {
  const [domain, selector, key] = dkimSettings.map((name) => text(env, name))
  const missing = dkimSettings.filter((name) => text(env, name) === null)
  if (missing.length === dkimSettings.length) return null
  if (!domain || !selector || !key) {
    throw new ConfigError(
      `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not set; signing mail needs DKIM_DOMAIN, DKIM_SELECTOR and DKIM_KEY.`,
    )
  }
  const sender = mailAddress.slice(mailAddress.indexOf('@') + 1).toLowerCase()
  if (sender !== domain.toLowerCase() && !sender.endsWith(`.${domain.toLowerCase()}`)) {
    throw new ConfigError(
      `DKIM_DOMAIN is "${domain}" and mail comes from ${sender}; it must be that domain or one above it.`,
    )
  }
  return { domain, selector, privateKey: dkimKeyFrom(key) }
}

/** The PEM itself, its line breaks as they are or as \n, or the path of a file that holds it; never repeated in an error. */
function dkimKeyFrom(value: string): string {
  try {
    const pem = value.startsWith('-----BEGIN')
      ? value.replaceAll('\\n', '\n')
      : readFileSync(resolve(value), 'utf8')
    const key = createPrivateKey(pem)
    // RFC 8301: fewer bits are not to be believed.
    if (key.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails!.modulusLength! >= 1024) {
      return pem
    }
  } catch {
    // Not there, not to be read, or no key: one sentence for all of them.
  }
  throw new ConfigError(
    'DKIM_KEY is not an RSA private key of at least 1024 bits: give it as PEM, or the path of a file that holds it.',
  )
}

/** An S3-compatible store and the bucket in it. */
export interface S3Settings {
  /** without the bucket */
  endpoint: string
  bucket: string
  /** what the names of objects begin with; empty or ending in a slash */
  prefix: string
  region: string
  accessKeyId: string
  secretAccessKey: string
}

export const s3Settings = [
  'EVIDENCE_S3_URL',
  'EVIDENCE_S3_REGION',
  'EVIDENCE_S3_KEY_ID',
  'EVIDENCE_S3_SECRET',
] as const

/** EVIDENCE_S3_URL is `https://host/bucket` or `https://host/bucket/folder`; it needs key id and secret. */
export function s3From(env: NodeJS.ProcessEnv): S3Settings | null {
  const [address, region, accessKeyId, secretAccessKey] = s3Settings.map((name) => text(env, name))
  if (!address) {
    const alone = s3Settings.find((name) => text(env, name) !== null)
    if (alone === undefined) return null
    throw new ConfigError(`${alone} is set and EVIDENCE_S3_URL is not.`)
  }
  const [bucket, ...folders] = new URL(webUrl('EVIDENCE_S3_URL', address)).pathname
    .split('/')
    .filter((part) => part !== '')
  if (bucket === undefined) {
    throw new ConfigError('EVIDENCE_S3_URL names no bucket; it must be like https://host/bucket.')
  }
  if (!accessKeyId || !secretAccessKey) {
    throw new ConfigError('EVIDENCE_S3_URL needs EVIDENCE_S3_KEY_ID and EVIDENCE_S3_SECRET.')
  }
  return {
    endpoint: new URL(address).origin,
    bucket,
    prefix: folders.map((folder) => `${folder}/`).join(''),
    region: region ?? 'us-east-1',
    accessKeyId,
    secretAccessKey,
  }
}

/** Where clamd listens: `tcp://host:port`, or `unix:/path` of its socket. */
export type ClamdAddress = { host: string; port: number } | { path: string }

/** @throws ConfigError when CLAMD_URL is neither */
export function clamdFrom(env: NodeJS.ProcessEnv): ClamdAddress | null {
  const value = text(env, 'CLAMD_URL')
  if (value === null) return null
  const path = /^unix:(?:\/\/)?(\/.+)$/.exec(value)?.[1]
  if (path !== undefined) return { path }
  const [, host, port] = /^(?:tcp:\/\/)?(\[[0-9a-f:]+\]|[^:/[\]]+):(\d{1,5})\/?$/i.exec(value) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > 65535) {
    throw new ConfigError('CLAMD_URL must be like tcp://127.0.0.1:3310 or unix:/run/clamd.sock.')
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

/** A name that a signed note can carry (C2SP signed-note). @throws ConfigError */
export function originFrom(value: string): string {
  if (!/^[\x21-\x2a\x2c-\x7e]+$/.test(value)) {
    throw new ConfigError('LEDGER_ORIGIN must be printable ASCII without spaces and plus signs.')
  }
  return value
}

export function trustProxyFrom(value: string | null): false | number | string {
  if (value === null || value === 'false' || value === '0') return false
  if (value === 'true') {
    throw new ConfigError('TRUST_PROXY is "true"; name the number of proxies or their addresses.')
  }
  if (/^\d+$/.test(value)) return Number(value)
  if (!value.split(',').every((one) => isProxyAddress(one.trim()))) {
    throw new ConfigError(
      `TRUST_PROXY is "${value}"; it must be the number of proxies, or their addresses or networks (10.0.0.0/8), separated by commas.`,
    )
  }
  return value
}

/** What Express takes for `trust proxy`: an address, a network with its prefix length, or one of three names. */
function isProxyAddress(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [address = '', prefix, ...more] = text.split('/')
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)]!
  return (
    bits > 0 &&
    more.length === 0 &&
    (prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= bits && prefix !== '0'))
  )
}
