import { randomInt } from 'node:crypto'

/** Crockford's base 32: no I, L, O or U, so that nothing is misread from paper. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const groups = 4
const groupCharacters = 5

/**
 * A new passphrase of a batch, such as `7K2M9-3QDX4-TB0WZ-5HJ8N`: 20 random characters, 100 bits, which
 * no one guesses even though the archive's key derivation (PBKDF2, 1,000 rounds) is a weak one. The
 * dashes belong to it, so that what is shown, copied and typed is always the same text.
 */
export function newPassphrase(): string {
  const group = () =>
    Array.from({ length: groupCharacters }, () => alphabet[randomInt(alphabet.length)]).join('')
  return Array.from({ length: groups }, group).join('-')
}
