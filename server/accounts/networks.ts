import { isIP } from 'node:net'
import { asActor, type Db, type Tx } from '../db/connections'
import { findFirm, listFirms, type Firm } from '../firms/list-firms'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import {
  countNetworks,
  deleteNetwork,
  insertNetwork,
  isWithinNetworks,
  selectNetworks,
} from './networks.store'

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

/** The shortest prefix taken: a wider network would be no limit. */
const widest = { 4: 8, 6: 16 } as const
const mostNetworks = 50

/** A network as it was typed, `203.0.113.0/24` or a single address; null when it is none, or too wide. */
export function parseNetwork(typed: string): string | null {
  const [address = '', prefix, ...rest] = typed.normalize('NFKC').trim().split('/')
  const version = isIP(address)
  if (rest.length > 0 || (version !== 4 && version !== 6) || address.includes('%')) return null
  const bits = version === 4 ? 32 : 128
  if (prefix === undefined) return `${address}/${bits}`
  if (!/^\d{1,3}$/.test(prefix)) return null
  return Number(prefix) <= bits && Number(prefix) >= widest[version] ? `${address}/${prefix}` : null
}

export interface FirmNetworks {
  firm: Firm
  /** CIDR; none: its people may sign in from anywhere */
  networks: string[]
}

export async function listNetworks(db: Db): Promise<FirmNetworks[]> {
  const [firms, rows] = [await listFirms(db), await selectNetworks(db)]
  return firms.map((firm) => ({
    firm,
    networks: rows.filter((row) => row.firm_id === firm.id).map((row) => row.network),
  }))
}

/** Names a network of a firm, from which its people may sign in; the first one closes all others to them. */
export async function addNetwork(
  { db, clock }: { db: Db; clock: Clock },
  given: { firm: string; network: string },
  by: string,
): Promise<'added' | 'firm' | 'network'> {
  const firm = await findFirm(db, given.firm)
  if (!firm) return 'firm'
  const network = parseNetwork(given.network)
  if (network === null) return 'network'
  return asActor(db, by, async (tx) => {
    const now = clock.now()
    if ((await countNetworks(tx, firm.id)) >= mostNetworks) return 'network'
    const row = { firm_id: firm.id, network, added_by: by, added_at: now }
    if (!(await insertNetwork(tx, row))) return 'added'
    await appendEntry(tx, now, {
      kind: 'firm.network_added',
      // How many there are now, and not which: no address stands in the ledger.
      private: { firm: firm.id, by, networks: await countNetworks(tx, firm.id) },
    })
    return 'added'
  })
}

/** Takes a network away; without the last one the firm's people may sign in from anywhere again. */
export async function removeNetwork(
  { db, clock }: { db: Db; clock: Clock },
  given: { firm: string; network: string },
  by: string,
): Promise<void> {
  const firm = await findFirm(db, given.firm)
  const network = parseNetwork(given.network)
  if (!firm || network === null) return
  await asActor(db, by, async (tx) => {
    if (!(await deleteNetwork(tx, firm.id, network))) return
    await appendEntry(tx, clock.now(), {
      kind: 'firm.network_removed',
      private: { firm: firm.id, by, networks: await countNetworks(tx, firm.id) },
    })
  })
}
