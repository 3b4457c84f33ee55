import type { Db, Tx } from '../db/connections'
import type { Cursor } from '../web/cursor'

/** The table of this feature: erasure_requests. */

/** Why an erasure is refused; each is worded for the claimant. */
export const erasureRefusals = ['legal_duty', 'in_court', 'not_the_person'] as const
export type ErasureRefusal = (typeof erasureRefusals)[number]

export interface ErasureRow {
  id: string
  claim_id: string
  asked_at: Date
  due_at: Date
  answered_at: Date | null
  answer: 'granted' | 'refused' | null
  reason: ErasureRefusal | null
}

const columns = ['id', 'claim_id', 'asked_at', 'due_at', 'answered_at', 'answer', 'reason'] as const

export async function insertErasure(
  tx: Tx,
  row: Pick<ErasureRow, 'id' | 'claim_id' | 'asked_at' | 'due_at'> & { matter_id: string },
): Promise<void> {
  await tx('erasure_requests').insert(row)
}

/** The newest one of a claim. */
export async function selectErasure(db: Db | Tx, claimId: string): Promise<ErasureRow | undefined> {
  return db('erasure_requests')
    .where({ claim_id: claimId })
    .orderBy('asked_at', 'desc')
    .first<ErasureRow | undefined>(...columns)
}

/** Whether one of a claim waits for its answer. */
export async function hasOpenErasure(tx: Tx, claimId: string): Promise<boolean> {
  const row = await tx('erasure_requests')
    .where({ claim_id: claimId })
    .whereNull('answered_at')
    .first('id')
  return row !== undefined
}

export async function existsErasure(tx: Tx, id: string): Promise<boolean> {
  return (await tx('erasure_requests').where({ id }).first('id')) !== undefined
}

export type OpenErasure = ErasureRow & { language: 'ko' | 'en'; number: string }

/** One that waits for its answer, held until the transaction ends, with the language of its person. */
export async function lockOpenErasure(tx: Tx, id: string): Promise<OpenErasure | undefined> {
  return tx('erasure_requests as e')
    .join('claims as c', 'c.id', 'e.claim_id')
    .where({ 'e.id': id })
    .whereNull('e.answered_at')
    .forUpdate('e')
    .first<OpenErasure | undefined>(
      ...columns.map((column) => `e.${column}`),
      'c.language',
      'c.number',
    )
}

/** Held until the transaction ends: what one person has erased at the same moment is counted one by one. */
export async function lockErasuresOf(tx: Tx, personId: string): Promise<void> {
  await tx.raw(`select pg_advisory_xact_lock(hashtextextended(?, 0))`, [`erasures ${personId}`])
}

/** How many this person has granted since then. */
export async function countGranted(tx: Tx, personId: string, since: Date): Promise<number> {
  const rows = await tx('erasure_requests')
    .where({ answered_by: personId, answer: 'granted' })
    .where('answered_at', '>', since)
    .count<{ count: number }[]>()
  return rows[0]!.count
}

export async function updateAnswer(
  tx: Tx,
  id: string,
  answer: {
    answered_at: Date
    answered_by: string
    answer: 'granted' | 'refused'
    reason: ErasureRefusal | null
  },
): Promise<void> {
  await tx('erasure_requests').where({ id }).update(answer)
}

export interface ListedErasure extends ErasureRow {
  number: string
  matter_id: string
}

/** One page: those that wait, the oldest first, or those answered, the newest first. */
export async function selectErasures(
  tx: Tx,
  page: { view: 'open' | 'answered'; behind: Cursor | null; limit: number },
): Promise<ListedErasure[]> {
  const [moment, order] = page.view === 'open' ? ['asked_at', 'asc'] : ['answered_at', 'desc']
  const rows = tx('erasure_requests as e')
    .join('claims as c', 'c.id', 'e.claim_id')
    .orderBy(['e.' + moment, 'e.id'].map((column) => ({ column, order: order as 'asc' | 'desc' })))
    .limit(page.limit)
    .select<ListedErasure[]>(...columns.map((column) => `e.${column}`), 'c.number', 'e.matter_id')
  void (page.view === 'open' ? rows.whereNull('e.answered_at') : rows.whereNotNull('e.answered_at'))
  if (page.behind) {
    const { at, id } = page.behind
    void rows.whereRaw(`(e.${moment}, e.id) ${order === 'asc' ? '>' : '<'} (?, ?)`, [at, id])
  }
  return rows
}
