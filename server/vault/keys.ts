import { ConfigError } from '../config'

/**
 * Decodes the keys that a process was given. Only this folder imports it: whoever needs a key's work
 * calls a verb of the vault.
 */

/** A 32-byte key from base64url text. @throws ConfigError naming the key; its text is never shown */
export function decodeKey(name: string, text: string | undefined): Buffer {
  if (!text) throw new ConfigError(`${name} is not set.`)
  const key = Buffer.from(text, 'base64url')
  if (key.length !== 32) throw new ConfigError(`${name} is not a key: 32 bytes as base64url.`)
  return key
}
