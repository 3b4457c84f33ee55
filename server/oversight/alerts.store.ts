import type { Db, Tx } from '../db/connections'
import type { Role } from '../web/person'
import type { AlertKind } from './alarm-rules'

/** What an administrator found; each is worded on the page. */
export const alertOutcomes = ['expected', 'explained', 'acted'] as const
export type AlertOutcome = (typeof alertOutcomes)[number]

export interface NewAlert {
  id: string
  kind: AlertKind
  person_id: string | null
  role: Role | null
  /** a batch, where it is about one */
  subject_id: string | null
  at: Date
  count: number
  most: number
  since: Date
}

export interface AlertRow extends NewAlert {
  acknowledged_at: Date | null
  acknowledged_by: string | null
  outcome: AlertOutcome | null
  /** encrypted */
  statement: Buffer | null
}

/** With the names of those it is about and of who looked into it. */
export interface ListedAlert extends AlertRow {
  name: string | null
  acknowledged_name: string | null
}

export async function insertAlert(tx: Tx, row: NewAlert): Promise<void> {
  await tx('alerts').insert(row)
}

/** The worker's: no policy narrows it. */
export function selectAlert(db: Db | Tx, id: string): Promise<AlertRow | undefined> {
  return db('alerts').where({ id }).first<AlertRow | undefined>()
}

export function lockAlert(tx: Tx, id: string): Promise<AlertRow | undefined> {
  return tx('alerts').where({ id }).forUpdate().first<AlertRow | undefined>()
}

/** Newest first, those behind this one; ids rise with time. */
export function selectAlerts(
  tx: Tx,
  { open, behind, limit }: { open: boolean; behind: string | null; limit: number },
): Promise<ListedAlert[]> {
  const rows = tx('alerts as a')
    .leftJoin('people as p', 'p.id', 'a.person_id')
    .leftJoin('people as b', 'b.id', 'a.acknowledged_by')
    .orderBy('a.id', 'desc')
    .limit(limit)
  if (open) void rows.whereNull('a.acknowledged_at')
  else void rows.whereNotNull('a.acknowledged_at')
  if (behind !== null) void rows.where('a.id', '<', behind)
  return rows.select<ListedAlert[]>('a.*', 'p.name', 'b.name as acknowledged_name')
}

export async function updateAcknowledged(
  tx: Tx,
  id: string,
  answer: Pick<AlertRow, 'acknowledged_at' | 'acknowledged_by' | 'outcome' | 'statement'>,
): Promise<void> {
  await tx('alerts').where({ id }).update(answer)
}

export async function countOpen(db: Db, most: number): Promise<number> {
  const found = await db.raw<{ rows: { count: number }[] }>('select alerts_open(?) as count', [
    most,
  ])
  return found.rows[0]!.count
}

/**
 * Counts one more, under the row's lock, of the acting person (`own`) or of the public surface; another
 * window begins anew.
 * @returns the count with this one
 */
export async function countUp(
  tx: Tx,
  {
    whose,
    kind,
    about,
    since,
  }: { whose: 'own' | 'outside'; kind: string; about: string; since: Date },
): Promise<number> {
  const counted = await tx.raw<{ rows: { count: number }[] }>(
    whose === 'own'
      ? 'select count_own(?, ?, ?) as count'
      : 'select count_outside(?, ?, ?) as count',
    [kind, about, since],
  )
  return counted.rows[0]!.count
}

export async function deleteCounts(db: Db, before: Date): Promise<void> {
  await db('watch_counts').where('since', '<', before).delete()
}
