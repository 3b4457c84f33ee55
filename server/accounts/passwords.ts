import { hash, verify } from '@node-rs/argon2'
import { isCommonPassword } from './common-passwords'

// argon2id with 19 MiB and two passes, the OWASP minimum; some 12 ms on one core.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/**
 * A hash of random bytes that nobody kept, at the cost above: compared with when there is no account,
 * so that an unknown address takes as long as a wrong password.
 */
const nobody =
  '$argon2id$v=19$m=19456,t=2,p=1$xekiMXIO35ONE7wZR/wTgg$lHcc5Ol8tXgFZ26n32Pjxynk6sec3uxryTJi9AWc03s'

/** The argon2id hash of a password as a PHC string; argon2id is the library's default algorithm. */
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFKC'), cost)
}

/** Whether it is the password; false after the same time when there is no hash to compare with. */
export async function isPassword(stored: string | null, password: string): Promise<boolean> {
  const right = await verify(stored ?? nobody, password.normalize('NFKC'))
  return right && stored !== null
}

const fewestCharacters = 5

export type PasswordProblem = 'short' | 'long' | 'common' | 'personal'

/**
 * What is wrong with a new password, or null. `about` is what anybody knows of the person. Lengths count
 * characters, not bytes.
 */
export function passwordProblem(
  password: string,
  about: { email: string; name: string },
  limits: { passwordMinChars: number; passwordMaxChars: number },
): PasswordProblem | null {
  const plain = password.normalize('NFKC').toLowerCase()
  const length = Array.from(plain).length
  if (length < limits.passwordMinChars) return 'short'
  if (length > limits.passwordMaxChars) return 'long'
  if (new Set(plain).size < fewestCharacters || isCommonPassword(plain)) return 'common'
  const [mailbox = ''] = about.email.split('@')
  const known = [about.email, mailbox, about.name, ...about.name.split(/\s+/)]
    .map((part) => part.normalize('NFKC').toLowerCase())
    // A family name such as 김 or Kim is in too many words.
    .filter((part) => Array.from(part).length >= (/\p{Script=Hangul}/u.test(part) ? 2 : 4))
  return known.some((part) => plain.includes(part)) ? 'personal' : null
}
