import { createHmac } from 'node:crypto'

export interface PersonFields {
  /** as parsed by the form: lower-case domain */
  email: string
  /** E.164 */
  phone?: string | undefined
  name: string
  /** YYYY-MM-DD */
  birthDate?: string | undefined
}

export interface BlindIndex {
  kind: 'email' | 'phone' | 'name_birth'
  /** HMAC-SHA-256, 32 bytes */
  value: Buffer
}

/** Lower case, NFC, no spaces: so that 김 민서 and 김민서, KIM and Kim are one person. */
function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, '')
}

/**
 * Keyed one-way indexes of what duplicates and look-ups are found by. The key is not in the database:
 * without it the eleven digits of every Korean mobile number could be tried in a minute.
 */
export function blindIndexes(key: Buffer, person: PersonFields): BlindIndex[] {
  const found: BlindIndex[] = [{ kind: 'email', value: emailIndex(key, person.email) }]
  if (person.phone) found.push({ kind: 'phone', value: valueOf(key, 'phone', person.phone) })
  found.push({ kind: 'name_birth', value: nameBirthIndex(key, person.name, person.birthDate) })
  return found
}

/** What somebody tells of themselves to be found by; where it can be read in two ways, all of them. */
export type Looked =
  | { kind: 'email'; email: string }
  /** E.164 */
  | { kind: 'phone'; phones: string[] }
  /** YYYY-MM-DD */
  | { kind: 'name_birth'; name: string; births: string[] }

/** The indexes that claims of such a person have. */
export function lookedIndexes(key: Buffer, looked: Looked): BlindIndex[] {
  const { kind } = looked
  if (kind === 'email') return [{ kind, value: emailIndex(key, looked.email) }]
  if (kind === 'phone') {
    return looked.phones.map((phone) => ({ kind, value: valueOf(key, kind, phone) }))
  }
  return looked.births.map((birth) => ({ kind, value: nameBirthIndex(key, looked.name, birth) }))
}

/** The index of an address alone, by which a person is found who names no claim. */
export function emailIndex(key: Buffer, email: string): Buffer {
  return valueOf(key, 'email', plain(email))
}

function nameBirthIndex(key: Buffer, name: string, birthDate: string | undefined): Buffer {
  return valueOf(key, 'name_birth', `${plain(name)} ${birthDate ?? ''}`)
}

function valueOf(key: Buffer, kind: BlindIndex['kind'], text: string): Buffer {
  return createHmac('sha256', key).update(`${kind} ${text}`).digest()
}
