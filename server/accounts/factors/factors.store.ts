import type { Db, Tx } from '../../db/connections'

/** The tables of second factors: totp_factors, passkeys, recovery_codes. */

export interface TotpRow {
  person_id: string
  secret: Buffer
  created_at: Date
  last_step: number
}

/** The authenticator app of a person, held against whoever tries a code at the same moment. */
export function lockTotp(tx: Tx, personId: string): Promise<TotpRow | undefined> {
  return tx('totp_factors')
    .where({ person_id: personId })
    .forUpdate()
    .first<TotpRow | undefined>('person_id', 'secret', 'created_at', 'last_step')
}

export function selectTotp(db: Db | Tx, personId: string): Promise<TotpRow | undefined> {
  return db('totp_factors')
    .where({ person_id: personId })
    .first<TotpRow | undefined>('person_id', 'secret', 'created_at', 'last_step')
}

export async function insertTotp(tx: Tx, row: TotpRow): Promise<void> {
  await tx('totp_factors').insert(row)
}

export async function updateLastStep(tx: Tx, personId: string, step: number): Promise<void> {
  await tx('totp_factors').where({ person_id: personId }).update({ last_step: step })
}

export function deleteTotp(tx: Tx, personId: string): Promise<number> {
  return tx('totp_factors').where({ person_id: personId }).delete()
}

export interface PasskeyRow {
  id: string
  person_id: string
  credential_id: Buffer
  /** COSE */
  public_key: Buffer
  counter: number
  /** as the browser named them, joined by commas */
  transports: string
  browser: string
  created_at: Date
  used_at: Date | null
}

const passkeyColumns = [
  'id',
  'person_id',
  'credential_id',
  'public_key',
  'counter',
  'transports',
  'browser',
  'created_at',
  'used_at',
] as const

/** Oldest first. */
export function selectPasskeys(db: Db | Tx, personId: string): Promise<PasskeyRow[]> {
  return db('passkeys')
    .where({ person_id: personId })
    .orderBy('id')
    .select<PasskeyRow[]>(passkeyColumns)
}

export function selectPasskey(db: Db | Tx, credentialId: Buffer): Promise<PasskeyRow | undefined> {
  return db('passkeys')
    .where({ credential_id: credentialId })
    .first<PasskeyRow | undefined>(passkeyColumns)
}

export async function insertPasskey(tx: Tx, row: PasskeyRow): Promise<void> {
  await tx('passkeys').insert(row)
}

/** False when the passkey is gone, or has been used meanwhile with a counter at least as high. */
export async function usePasskey(
  tx: Tx,
  { id, counter }: Pick<PasskeyRow, 'id' | 'counter'>,
  at: Date,
): Promise<boolean> {
  const used = await tx('passkeys')
    .where({ id })
    // Authenticators that count nothing always say 0.
    .whereRaw('(counter < ? or (counter = 0 and ? = 0))', [counter, counter])
    .update({ counter, used_at: at })
  return used === 1
}

export function deletePasskey(tx: Tx, personId: string, id: string): Promise<number> {
  return tx('passkeys').where({ id, person_id: personId }).delete()
}

export function deletePasskeys(tx: Tx, personId: string): Promise<number> {
  return tx('passkeys').where({ person_id: personId }).delete()
}

/** In place of all that the person had. */
export async function replaceRecoveryCodes(
  tx: Tx,
  personId: string,
  digests: Buffer[],
): Promise<void> {
  await tx('recovery_codes').where({ person_id: personId }).delete()
  if (digests.length === 0) return
  await tx('recovery_codes').insert(digests.map((digest) => ({ person_id: personId, digest })))
}

/** True once for each code: whoever comes second waits for the first and finds it used. */
export async function useRecoveryCode(
  tx: Tx,
  personId: string,
  digest: Buffer,
  at: Date,
): Promise<boolean> {
  const used = await tx('recovery_codes')
    .where({ person_id: personId, digest })
    .whereNull('used_at')
    .update({ used_at: at })
  return used === 1
}

export async function countRecoveryCodes(db: Db | Tx, personId: string): Promise<number> {
  const rows = await db('recovery_codes')
    .where({ person_id: personId })
    .whereNull('used_at')
    .count<{ count: number }[]>()
  return rows[0]!.count
}
