import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import { isWithinNetworks } from './networks.store'

/** An address as PostgreSQL compares it: what IPv6 sockets call `::ffff:10.0.0.1` is an IPv4 address. */
function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  // A zone (`fe80::1%eth0`) is of this host alone.
  return mapped ? mapped[1]! : address.replace(/%.*$/, '')
}

/** Whether the firm names the networks of its people and this address is in none of them. */
export async function isOutside(
  db: Db | Tx,
  firmId: string | null,
  address: string,
): Promise<boolean> {
  if (firmId === null) return false
  return !(await isWithinNetworks(db, firmId, plainAddress(address)))
}

/** Records that somebody was refused for where they are; never where that is. */
export async function recordOutside(
  { db, clock }: { db: Db; clock: Clock },
  personId: string,
): Promise<void> {
  await db.transaction((tx) =>
    appendEntry(tx, clock.now(), {
      kind: 'person.outside_network',
      private: { person: personId },
    }),
  )
}
