import { randomBytes } from 'node:crypto'

/** Crockford's base 32: no I, L, O or U, so that a number survives the telephone. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const digits = 11

/**
 * A new claim number such as `7K2M-93QD-X4TB`: 55 random bits in eleven characters and a check
 * character. Random, so that nobody can count the claims or guess a neighbour's.
 */
export function newClaimNumber(): string {
  // Five bits a byte; 256 is a multiple of 32, so no character is likelier than another.
  const values = Array.from(randomBytes(digits), (byte) => byte & 31)
  return format([...values, checkValue(values)])
}

/**
 * The canonical form of a claim number as a person typed it (any case, spaces or dashes, O for 0, I or
 * L for 1), or null when it cannot be one. The check character catches every single wrong character
 * and every two characters exchanged.
 */
export function parseClaimNumber(text: string): string | null {
  const typed = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s-]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
  if (typed.length !== digits + 1) return null
  const values = Array.from(typed, (character) => alphabet.indexOf(character))
  if (values.includes(-1)) return null
  if (checkValue(values.slice(0, digits)) !== values[digits]) return null
  return format(values)
}

function format(values: number[]): string {
  const text = values.map((value) => alphabet[value]).join('')
  return `${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8)}`
}

/**
 * Weighted sum over GF(32), weights the powers of the generator 2 from the first on. All weights
 * differ from each other and from the check's own weight 1, hence the guarantee above.
 */
function checkValue(values: number[]): number {
  let sum = 0
  for (const value of values) sum = timesTwo(sum ^ value)
  return sum
}

/** Multiplication by 2 in GF(32) with the primitive polynomial x^5 + x^2 + 1. */
function timesTwo(value: number): number {
  const doubled = value << 1
  return doubled & 32 ? (doubled ^ 0b100101) & 31 : doubled
}
