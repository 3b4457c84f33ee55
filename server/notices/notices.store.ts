import type { Db, Tx } from '../db/connections'
import { redrive } from '../outbox/redrive'

/** The tables of this feature: notices, notice_lists, notice_imports, notice_checks, claim_notices. */

export interface NoticeRow {
  idIndex: Buffer
  proof: Buffer
  box: Buffer | null
}

/** Holds the list of a matter against other imports until the transaction ends. */
export async function lockList(tx: Tx, matterId: string): Promise<void> {
  await tx('notice_lists').insert({ matter_id: matterId }).onConflict('matter_id').ignore()
  await tx('notice_lists').where({ matter_id: matterId }).forUpdate().first('matter_id')
}

/** Adds rows; what the list has already stays as it is. @returns the indexes of those that were added */
export async function insertNotices(
  tx: Tx,
  matterId: string,
  rows: NoticeRow[],
): Promise<Set<string>> {
  const added = await tx('notices')
    .insert(
      rows.map(({ idIndex, proof, box }) => ({
        matter_id: matterId,
        id_index: idIndex,
        proof,
        box,
      })),
    )
    .onConflict(['matter_id', 'id_index'])
    .ignore()
    .returning<{ id_index: Buffer }[]>('id_index')
  return new Set(added.map((row) => row.id_index.toString('hex')))
}

/** Deletes a list. @returns how many IDs it had, and how many of them could fill in a form */
export async function deleteNotices(
  tx: Tx,
  matterId: string,
): Promise<{ ids: number; fillable: number }> {
  await tx('notices').where({ matter_id: matterId }).delete()
  const list = await tx('notice_lists')
    .where({ matter_id: matterId })
    .first<{ ids: number; fillable: number }>('ids', 'fillable')
  await tx('notice_lists')
    .where({ matter_id: matterId })
    .update({ ids: 0, fillable: 0, demonstration: false })
  return list
}

export async function growList(
  tx: Tx,
  matterId: string,
  by: { ids: number; fillable: number; demonstration?: boolean },
): Promise<void> {
  await tx('notice_lists')
    .where({ matter_id: matterId })
    .update({
      ids: tx.raw('ids + ?', [by.ids]),
      fillable: tx.raw('fillable + ?', [by.fillable]),
      ...(by.demonstration && { demonstration: true }),
    })
}

/** Deletes made-up notices as they were put in. */
export async function shrinkDemonstration(
  tx: Tx,
  matterId: string,
  rows: NoticeRow[],
): Promise<void> {
  const proofs = rows.map(({ proof }) => proof)
  const gone = await tx('notices')
    .where({ matter_id: matterId })
    .whereIn('proof', proofs)
    .delete<{ box: Buffer | null }[]>('box')
  await tx('notice_lists')
    .where({ matter_id: matterId })
    .update({
      ids: tx.raw('ids - ?', [gone.length]),
      fillable: tx.raw('fillable - ?', [gone.filter(({ box }) => box !== null).length]),
      demonstration: false,
    })
}

export interface ListRow {
  matter_id: string
  ids: number
  fillable: number
  demonstration: boolean
}

export async function selectList(db: Db | Tx, matterId: string): Promise<ListRow | undefined> {
  return db('notice_lists').where({ matter_id: matterId }).first<ListRow | undefined>()
}

export async function selectLists(tx: Tx): Promise<ListRow[]> {
  return tx('notice_lists').select<ListRow[]>()
}

export interface ImportRow {
  id: string
  matter_id: string
  kind: 'import' | 'removal'
  at: Date
  lines: number
  ids: number
  fillable: number
  refused: number
}

export async function insertImport(tx: Tx, row: ImportRow & { done_by: string }): Promise<void> {
  await tx('notice_imports').insert(row)
}

/** The newest first, with the name of who did it. */
export async function selectImports(
  tx: Tx,
  limit: number,
): Promise<(ImportRow & { person: string })[]> {
  return tx('notice_imports as i')
    .join('people as p', 'p.id', 'i.done_by')
    .orderBy([
      { column: 'i.at', order: 'desc' },
      { column: 'i.id', order: 'desc' },
    ])
    .limit(limit)
    .select('i.*', 'p.name as person')
}

/** An administrator who can act, by address. */
export async function selectAdministrator(
  db: Db,
  email: string,
): Promise<{ id: string; language: 'ko' | 'en' } | undefined> {
  return db('people')
    .where({ email: email.trim().toLowerCase(), role: 'administrator', state: 'active' })
    .first<{ id: string; language: 'ko' | 'en' } | undefined>('id', 'language')
}

/** What the list holds for an ID together with its PIN. */
export async function selectNotice(
  tx: Tx,
  matterId: string,
  { idIndex, proof }: Pick<NoticeRow, 'idIndex' | 'proof'>,
): Promise<{ box: Buffer | null } | undefined> {
  return tx('notices')
    .where({ matter_id: matterId, id_index: idIndex, proof })
    .first<{ box: Buffer | null } | undefined>('box')
}

export async function insertCheck(
  tx: Tx,
  check: {
    id: string
    matter_id: string
    public_key: Buffer
    box: Buffer
    created_at: Date
    expires_at: Date
  },
): Promise<void> {
  await tx('notice_checks').insert(check)
}

/** What the public login sees of a check that has not expired. */
export async function selectAnswer(
  db: Db,
  check: { id: string; matterId: string },
  now: Date,
): Promise<{ created_at: Date; answer: Buffer | null } | undefined> {
  return db('notice_checks')
    .where({ id: check.id, matter_id: check.matterId })
    .where('expires_at', '>', now)
    .first<{ created_at: Date; answer: Buffer | null } | undefined>('created_at', 'answer')
}

/** A check that waits for its answer, held until the transaction ends. */
export async function lockCheck(
  tx: Tx,
  id: string,
): Promise<{ matter_id: string; public_key: Buffer; box: Buffer; expires_at: Date } | undefined> {
  return tx('notice_checks')
    .where({ id })
    .whereNull('answered_at')
    .forUpdate()
    .first<{ matter_id: string; public_key: Buffer; box: Buffer; expires_at: Date } | undefined>(
      'matter_id',
      'public_key',
      'box',
      'expires_at',
    )
}

/** Counts wrong guesses since then, of one ID or of a whole matter, no further than `most`. */
export async function countWrong(
  tx: Tx,
  of: { matterId: string; tried?: Buffer },
  since: Date,
  most: number,
): Promise<number> {
  const wrong = tx('notice_checks')
    .where({ matter_id: of.matterId, outcome: 'wrong' })
    .where('answered_at', '>', since)
    .limit(most)
    .select('id')
  if (of.tried) void wrong.where({ tried: of.tried })
  const rows = await tx.from(wrong.as('wrong')).count<{ count: number }[]>()
  return rows[0]!.count
}

/** Guesses at one ID are answered one after the other, in whichever worker. */
export async function lockGuesses(tx: Tx, tried: Buffer): Promise<void> {
  await tx.raw('select pg_advisory_xact_lock(hashtextextended(?, 23))', [tried.toString('hex')])
}

export type Outcome = 'right' | 'wrong' | 'braked'

export async function markAnswered(
  tx: Tx,
  id: string,
  as: { answered_at: Date; answer: Buffer; tried: Buffer; outcome: Outcome },
): Promise<void> {
  await tx('notice_checks')
    .where({ id })
    .update({ ...as, box: null })
}

export async function deleteExpiredChecks(db: Db, now: Date, limit: number): Promise<number> {
  const due = db('notice_checks')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .select('id')
  return db('notice_checks').whereIn('id', due).delete()
}

export async function redriveChecks(tx: Tx, before: Date, limit: number): Promise<void> {
  await redrive(
    tx,
    { table: 'notice_checks', doneAt: 'answered_at', job: 'check-notice', key: 'checkId' },
    before,
    limit,
  )
}

export async function insertClaimNotice(
  tx: Tx,
  row: { claim_id: string; matter_id: string; notice_index: Buffer; noted_at: Date },
): Promise<void> {
  await tx('claim_notices').insert(row).onConflict('claim_id').ignore()
}

/** Of these claims, those whose notice is confirmed. */
export async function selectConfirmed(tx: Db | Tx, claimIds: string[]): Promise<string[]> {
  return tx('claim_notices').whereIn('claim_id', claimIds).pluck('claim_id')
}

/** Other claims with the notice of this one, the earliest first; those that ended without a decision left out. */
export async function selectSameNotice(
  tx: Tx,
  claimId: string,
  limit: number,
): Promise<{ id: string; number: string; filed_at: Date }[]> {
  return tx('claim_notices as mine')
    .join('claim_notices as other', (on) =>
      on
        .on('other.matter_id', 'mine.matter_id')
        .andOn('other.notice_index', 'mine.notice_index')
        .andOn('other.claim_id', '<>', 'mine.claim_id'),
    )
    .join('claims as c', 'c.id', 'other.claim_id')
    .where('mine.claim_id', claimId)
    .whereNotIn('c.state', ['expired', 'withdrawn', 'erased'])
    .orderBy(['c.filed_at', 'c.id'])
    .limit(limit)
    .select('c.id', 'c.number', 'c.filed_at')
}
