/**
 * Decodes the keys that a process was given. Only this folder imports it: whoever needs a key's work
 * calls a verb of the vault.
 */
export class KeyError extends Error {}

/** A 32-byte key from base64url text; throws a KeyError that names the key and never shows it. */
export function decodeKey(name: string, text: string | undefined): Buffer {
  if (!text) throw new KeyError(`The key ${name} is missing.`)
  const key = Buffer.from(text, 'base64url')
  if (key.length !== 32) throw new KeyError(`The key ${name} is not 32 bytes of base64url.`)
  return key
}
