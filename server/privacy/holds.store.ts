import type { Db, Tx } from '../db/connections'

/** The table of legal holds: legal_holds. */

/** Why something is kept; each is worded under `privacy:hold.reason.<code>`. */
export const holdReasons = ['in_court', 'authority_asks', 'investigation'] as const
export type HoldReason = (typeof holdReasons)[number]

export interface HoldRow {
  id: string
  /** one of the two */
  matter_id: string | null
  claim_id: string | null
  reason: HoldReason
  set_by: string
  set_at: Date
  lifted_at: Date | null
  lifted_by: string | null
}

/** False when there is one that stands. */
export async function insertHold(
  tx: Tx,
  row: Omit<HoldRow, 'lifted_at' | 'lifted_by'>,
): Promise<boolean> {
  const added = await tx.raw<{ rowCount: number }>(
    `insert into legal_holds (id, matter_id, claim_id, reason, set_by, set_at)
     values (:id, :matter_id, :claim_id, :reason, :set_by, :set_at) on conflict do nothing`,
    { ...row },
  )
  return added.rowCount === 1
}

export interface ListedHold extends HoldRow {
  number: string | null
  name: string
}

/** Those that stand first, newest first; there are dozens, not thousands. */
export function selectHolds(tx: Tx, limit: number): Promise<ListedHold[]> {
  return tx('legal_holds as h')
    .join('people as p', 'p.id', 'h.set_by')
    .leftJoin('claims as c', 'c.id', 'h.claim_id')
    .orderByRaw('h.lifted_at is null desc, h.set_at desc, h.id desc')
    .limit(limit)
    .select<ListedHold[]>('h.*', 'c.number', 'p.name')
}

export function lockHold(tx: Tx, id: string): Promise<HoldRow | undefined> {
  return tx('legal_holds').where({ id }).forUpdate().first<HoldRow | undefined>()
}

export function selectHold(
  tx: Tx,
  id: string,
): Promise<(HoldRow & { number: string | null }) | undefined> {
  return tx('legal_holds as h')
    .leftJoin('claims as c', 'c.id', 'h.claim_id')
    .where({ 'h.id': id })
    .first<(HoldRow & { number: string | null }) | undefined>('h.*', 'c.number')
}

export async function updateLifted(tx: Tx, id: string, at: Date, by: string): Promise<void> {
  await tx('legal_holds').where({ id }).update({ lifted_at: at, lifted_by: by })
}

/** Asked of the database's own rule, so that both say the same. */
export async function selectHeld(db: Db | Tx, claimId: string): Promise<boolean> {
  const found = await db.raw<{ rows: { held: boolean }[] }>('select is_held(?) as held', [claimId])
  return found.rows[0]!.held
}
