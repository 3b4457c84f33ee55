import type { Db, Tx } from '../db/connections'
import type { ClaimState } from '../claims/claim-state'
import type { Cursor } from '../web/cursor'

/** Claims that a firm has and that are no longer as they were delivered; the rows come from a trigger. */

export interface RecallRow {
  id: string
  number: string
  matter_id: string
  /** null for a firm whose case it is no longer: it sees deliveries no more */
  batch_number: number | null
  batch_id: string
  /** the state that the claim went into */
  state: ClaimState
  at: Date
  noted_at: Date | null
}

export async function selectRecalls(
  tx: Tx,
  page: { view: 'open' | 'noted'; firmId: string | null; behind: Cursor | null; limit: number },
): Promise<RecallRow[]> {
  const [moment, order] = page.view === 'open' ? ['at', 'asc'] : ['noted_at', 'desc']
  const rows = tx('recalls as r')
    .leftJoin('batches as b', 'b.id', 'r.batch_id')
    .orderBy([`r.${moment}`, 'r.id'].map((column) => ({ column, order: order as 'asc' | 'desc' })))
    .limit(page.limit)
    .select<RecallRow[]>(
      'r.id',
      'r.number',
      'r.matter_id',
      'b.number as batch_number',
      'r.batch_id',
      'r.state',
      'r.at',
      'r.noted_at',
    )
  void (page.view === 'open' ? rows.whereNull('r.noted_at') : rows.whereNotNull('r.noted_at'))
  if (page.firmId !== null) void rows.where({ 'r.firm_id': page.firmId })
  if (page.behind) {
    const { at, id } = page.behind
    void rows.whereRaw(`(r.${moment}, r.id) ${order === 'asc' ? '>' : '<'} (?, ?)`, [at, id])
  }
  return rows
}

/** Marks these as noted; those that somebody noted before stay as they are. @returns their ids and claims */
export async function updateNoted(
  tx: Tx,
  ids: string[],
  noted: { noted_by: string; noted_at: Date },
): Promise<{ id: string; claim_id: string }[]> {
  return tx('recalls')
    .whereIn('id', ids)
    .whereNull('noted_at')
    .update(noted)
    .returning<{ id: string; claim_id: string }[]>(['id', 'claim_id'])
}

/** Firms with recalls that nobody there was told of, and were not mailed since `before`. */
export async function selectUntoldFirms(
  db: Db,
  before: Date,
  limit: number,
): Promise<{ firm_id: string }[]> {
  return db('recalls as r')
    .whereNull('r.told_at')
    .whereNotExists(
      db('recalls as told')
        .whereRaw('told.firm_id = r.firm_id and told.told_at > ?', [before])
        .select(db.raw('1')),
    )
    .distinct<{ firm_id: string }[]>('r.firm_id')
    .limit(limit)
}

/** Marks a firm's recalls as told. @returns the newest of them, or nothing when another run was faster */
export async function updateTold(tx: Tx, firmId: string, now: Date): Promise<string | undefined> {
  const told = await tx('recalls')
    .where({ firm_id: firmId })
    .whereNull('told_at')
    .update({ told_at: now })
    .returning<{ id: string }[]>('id')
  return told.at(-1)?.id
}
