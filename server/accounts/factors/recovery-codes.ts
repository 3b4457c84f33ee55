import { randomInt } from 'node:crypto'

// Without letters that look like another: 0 O, 1 I L, U V.
const letters = '23456789ABCDEFGHJKMNPQRSTWXYZ'
const groups = 3
const groupLetters = 4

/** A recovery code such as `7KQ2-M9XD-4TRA`: twelve letters, 58 bits. */
export function newRecoveryCode(): string {
  const group = () =>
    Array.from({ length: groupLetters }, () => letters[randomInt(letters.length)]).join('')
  return Array.from({ length: groups }, group).join('-')
}

const shape = /^[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}$/

/** A recovery code however it was typed, or null when it cannot be one. */
export function recoveryCodeIn(typed: string): string | null {
  const plain = typed
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
  const code = plain.replaceAll(/(.{4})(?=.)/g, '$1-')
  return shape.test(code) ? code : null
}
