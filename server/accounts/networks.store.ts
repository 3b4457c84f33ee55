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

export interface NetworkRow {
  firm_id: string
  /** CIDR */
  network: string
  added_at: Date
}

export function selectNetworks(db: Db | Tx): Promise<NetworkRow[]> {
  return db('firm_networks')
    .orderBy(['firm_id', 'network'])
    .select<NetworkRow[]>('firm_id', 'network', 'added_at')
}

/** False when the firm names it already. Bits behind the prefix are dropped. */
export async function insertNetwork(
  tx: Tx,
  row: NetworkRow & { added_by: string },
): Promise<boolean> {
  const added = await tx.raw<{ rowCount: number }>(
    `insert into firm_networks (firm_id, network, added_by, added_at)
     values (?, network(cast(? as inet)), ?, ?) on conflict do nothing`,
    [row.firm_id, row.network, row.added_by, row.added_at],
  )
  return added.rowCount === 1
}

export async function deleteNetwork(tx: Tx, firmId: string, network: string): Promise<boolean> {
  const gone = await tx('firm_networks').where({ firm_id: firmId, network }).delete()
  return gone === 1
}

export async function countNetworks(tx: Tx, firmId: string): Promise<number> {
  const rows = await tx('firm_networks').where({ firm_id: firmId }).count<{ count: number }[]>()
  return rows[0]!.count
}

/** As it is kept: bits behind the prefix do not count. */
export async function existsNetwork(tx: Tx, firmId: string, network: string): Promise<boolean> {
  const row = await tx('firm_networks')
    .where({ firm_id: firmId })
    .whereRaw('network = network(cast(? as inet))', [network])
    .first('firm_id')
  return row !== undefined
}

/** Held until the transaction ends: of two who remove the last two at once, one finds the last. */
export async function lockNetworks(tx: Tx, firmId: string): Promise<void> {
  await tx.raw(`select pg_advisory_xact_lock(hashtextextended(?, 0))`, [`networks ${firmId}`])
}
