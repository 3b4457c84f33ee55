import { isIP } from 'node:net'
import { needsTwo, type Acted } from '../approvals/request-approval'
import { asActor, type Db, type Tx } from '../db/connections'
import { findFirm, listFirms, type Firm } from '../firms/list-firms'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import {
  countNetworks,
  deleteNetwork,
  existsNetwork,
  insertNetwork,
  isWithinNetworks,
  lockNetworks,
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

export interface NetworkDeps {
  db: Db
  clock: Clock
  config: { limits: { approvalHours: number } }
}

/**
 * Names a network of a firm, from which its people may sign in. The first one closes all others to them;
 * each further one lets them in from more places, which takes another person and `reason`.
 */
export async function addNetwork(
  { db, clock, config }: NetworkDeps,
  given: { firm: string; network: string; reason?: string | undefined },
  by: string,
): Promise<Acted | { outcome: 'wrong'; field: 'firm' | 'network' }> {
  const firm = await findFirm(db, given.firm)
  if (!firm) return { outcome: 'wrong', field: 'firm' }
  const network = parseNetwork(given.network)
  if (network === null) return { outcome: 'wrong', field: 'network' }
  return asActor(db, by, async (tx) => {
    const now = clock.now()
    await lockNetworks(tx, firm.id)
    const count = await countNetworks(tx, firm.id)
    if (count >= mostNetworks) return { outcome: 'wrong', field: 'network' }
    if (count > 0 && !(await existsNetwork(tx, firm.id, network))) {
      return needsTwo(tx, asker(now, by, config), widening('network_add', firm, network, given))
    }
    await applyNetwork(tx, 'network_add', { firmId: firm.id, network }, { by, now })
    return { outcome: 'done' }
  })
}

/**
 * Takes a network away. Without the last one the firm's people may sign in from anywhere again, which takes
 * another person and `reason`.
 */
export async function removeNetwork(
  { db, clock, config }: NetworkDeps,
  given: { firm: string; network: string; reason?: string | undefined },
  by: string,
): Promise<Acted> {
  const firm = await findFirm(db, given.firm)
  const network = parseNetwork(given.network)
  if (!firm || network === null) return { outcome: 'done' }
  return asActor(db, by, async (tx) => {
    const now = clock.now()
    await lockNetworks(tx, firm.id)
    const last = (await countNetworks(tx, firm.id)) === 1
    if (last && (await existsNetwork(tx, firm.id, network))) {
      return needsTwo(tx, asker(now, by, config), widening('network_remove', firm, network, given))
    }
    await applyNetwork(tx, 'network_remove', { firmId: firm.id, network }, { by, now })
    return { outcome: 'done' }
  })
}

/**
 * Adds or removes, on the record, in the caller's transaction.
 * @returns whether anything changed
 */
export async function applyNetwork(
  tx: Tx,
  what: 'network_add' | 'network_remove',
  { firmId, network }: { firmId: string; network: string },
  made: { by: string; now: Date; approval?: string },
): Promise<boolean> {
  const { by, now, approval } = made
  const row = { firm_id: firmId, network, added_by: by, added_at: now }
  const changed =
    what === 'network_add' ? await insertNetwork(tx, row) : await deleteNetwork(tx, firmId, network)
  if (!changed) return false
  await appendEntry(tx, now, {
    kind: what === 'network_add' ? 'firm.network_added' : 'firm.network_removed',
    // How many there are now, and not which: no address stands in the ledger.
    private: {
      firm: firmId,
      by,
      networks: await countNetworks(tx, firmId),
      ...(approval !== undefined && { approval }),
    },
  })
  return true
}

function asker(now: Date, by: string, { limits }: NetworkDeps['config']) {
  return { now, by, approvalHours: limits.approvalHours }
}

function widening(
  kind: 'network_add' | 'network_remove',
  { id, slug }: Firm,
  network: string,
  { reason }: { reason?: string | undefined },
) {
  return { kind, object: `${id} ${network}`, params: { firm: slug, network }, reason }
}
