import { isIP } from 'node:net'
import type { Db, Tx } from '../db/connections'

/** From where the people of a firm may sign in: firm_networks. */

/** True for a firm that names no network; text that is no address is in none. */
export async function isWithinNetworks(
  db: Db | Tx,
  firmId: string,
  address: string,
): Promise<boolean> {
  const known = isIP(address) === 0 ? '0.0.0.0/32' : address
  const rows = await db('firm_networks')
    .where({ firm_id: firmId })
    .select<{ inside: boolean }[]>(db.raw('cast(? as inet) <<= network as inside', [known]))
  return rows.length === 0 || rows.some(({ inside }) => inside)
}
