import type { Db, Tx } from '../db/connections'

/** Browsers in which people have signed in: known_devices. */

export interface DeviceRow {
  id: string
  person_id: string
  /** SHA-256 of its cookie */
  digest: Buffer
  browser: string
  first_seen_at: Date
  last_seen_at: Date
}

/** Whether the browser with this cookie is one of the account's; `since` is how long it counts. */
export async function isKnownDevice(
  db: Db | Tx,
  whose: { email: string } | { id: string },
  digest: Buffer,
  since: Date,
): Promise<boolean> {
  const row = await db('known_devices as d')
    .join('people as p', 'p.id', 'd.person_id')
    .where('email' in whose ? { 'p.email': whose.email } : { 'p.id': whose.id })
    .where({ 'd.digest': digest })
    .where('d.last_seen_at', '>', since)
    .first('d.id')
  return row !== undefined
}

/** Notes that the person was seen in that browser; false when it is not one of theirs. */
export async function touchDevice(
  tx: Tx,
  personId: string,
  digest: Buffer,
  at: Date,
): Promise<boolean> {
  const touched = await tx('known_devices')
    .where({ person_id: personId, digest })
    .update({ last_seen_at: at })
  return touched === 1
}

export async function hasDevice(tx: Tx, personId: string): Promise<boolean> {
  return (await tx('known_devices').where({ person_id: personId }).first('id')) !== undefined
}

export async function insertDevice(tx: Tx, row: DeviceRow): Promise<void> {
  await tx('known_devices').insert(row)
}

/** Forgets those not seen since. */
export async function deleteDevices(tx: Tx, personId: string, before?: Date): Promise<void> {
  const theirs = tx('known_devices').where({ person_id: personId })
  await (before ? theirs.where('last_seen_at', '<', before) : theirs).delete()
}
