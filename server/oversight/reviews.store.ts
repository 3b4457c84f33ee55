import type { Tx } from '../db/connections'
import type { Limits } from '../limits'
import type { Role } from '../web/person'

/** Statements on the log of a month, and the figures that they are about, counted from what the ledger keeps. */

interface Bounds {
  from: Date
  to: Date
}

export interface PersonOpenings {
  person: string
  role: Role
  firm: string | null
  /** acts of opening, and the claims of all of them */
  acts: number
  claims: number
  /** of the acts: their own, by night */
  night: number
}

/** Openings by each person or at their request; `night`: hours in Korea from which and until which it is. */
export async function countByPerson(
  tx: Tx,
  { from, to }: Bounds,
  night: Limits['nightHours'],
): Promise<PersonOpenings[]> {
  const hour = `extract(hour from at at time zone 'Asia/Seoul')`
  const rows = await tx('openings')
    .whereNotNull('person_id')
    .where('at', '>=', from)
    .where('at', '<', to)
    .groupBy('person_id', 'role', 'firm_id')
    .orderBy(['person_id', 'role', 'firm_id'])
    .select(
      'person_id as person',
      'role',
      'firm_id as firm',
      tx.raw('count(*) as acts'),
      tx.raw('sum(claims) as claims'),
      tx.raw(`count(*) filter (where job is null and (${hour} >= ? or ${hour} < ?)) as night`, [
        night.from,
        night.until,
      ]),
    )
  return rows as PersonOpenings[]
}

export interface KindCount {
  kind: string
  /** whom the entry names */
  person: string | null
  count: number
}

/** Refusals, alerts and downloads of a period, by kind and person. */
export async function countWatched(tx: Tx, { from, to }: Bounds): Promise<KindCount[]> {
  // The kinds stand here as the index names them.
  const { rows } = await tx.raw<{ rows: KindCount[] }>(
    `select e.kind, coalesce(p.private::jsonb ->> 'person', p.private::jsonb ->> 'by') as person,
       count(*) as count
     from ledger_entries e join ledger_private p on p.entry_id = e.id
     where e.kind in ('opening.refused', 'alert.raised', 'batch.downloaded', 'authority.listed',
         'openings.exported', 'leak.exported')
       and e.at >= ? and e.at < ?
     group by 1, 2 order by 1, 2`,
    [from, to],
  )
  return rows
}

export interface StateCount {
  state: 'disabled' | 'asleep'
  count: number
}

/** Accounts that ended, or fell asleep, in a period. */
export function countEnded(tx: Tx, { from, to }: Bounds): Promise<StateCount[]> {
  return tx('rights_history')
    .whereIn('state', ['disabled', 'asleep'])
    .whereRaw('state is distinct from state_before')
    .where('at', '>=', from)
    .where('at', '<', to)
    .groupBy('state')
    .orderBy('state')
    .select<StateCount[]>('state', tx.raw('count(*) as count'))
}

/** How often people downloaded originals of documents: openings of their own kind. */
export async function countOriginals(tx: Tx, { from, to }: Bounds): Promise<number> {
  const [row] = await tx('openings')
    .whereNotNull('person_id')
    .where({ purpose: 'document_download' })
    .where('at', '>=', from)
    .where('at', '<', to)
    .count<{ count: number }[]>('* as count')
  return row!.count
}

export interface StatementRow {
  id: string
  /** `YYYY-MM-DD`, the first of the month */
  month: string
  signed_by: string
  signed_name: string
  signed_at: Date
  findings: string
  /** RFC 8785 JSON, as it was shown */
  figures: string
  figures_sha256: Buffer
}

export async function insertStatement(tx: Tx, row: StatementRow): Promise<void> {
  await tx('log_reviews').insert(row)
}

/** The statements on a month, the first one first. */
export function selectStatements(tx: Tx, month: string): Promise<StatementRow[]> {
  return tx('log_reviews')
    .where({ month: `${month}-01` })
    .orderBy([{ column: 'signed_at' }, { column: 'id' }])
    .select<StatementRow[]>('*')
}

/** The months that somebody reviewed, `YYYY-MM`, with the first statement on each. */
export async function selectReviewed(
  tx: Tx,
  sinceMonth: string,
): Promise<Map<string, Pick<StatementRow, 'signed_name' | 'signed_at'>>> {
  const rows = await tx('log_reviews')
    .where('month', '>=', `${sinceMonth}-01`)
    .distinctOn('month')
    .orderBy([{ column: 'month' }, { column: 'signed_at' }])
    .select<Pick<StatementRow, 'month' | 'signed_name' | 'signed_at'>[]>(
      'month',
      'signed_name',
      'signed_at',
    )
  return new Map(rows.map((row) => [row.month.slice(0, 7), row]))
}

/** When the first account was made: from then on there is a log to review. */
export async function selectFirstAccount(tx: Tx): Promise<Date | null> {
  const row = await tx('people').min<{ min: Date | null }[]>('created_at')
  return row[0]?.min ?? null
}

export async function isReviewed(tx: Tx, month: string): Promise<boolean> {
  return Boolean(
    await tx('log_reviews')
      .where({ month: `${month}-01` })
      .first('month'),
  )
}

/** @returns the reminder's id, or null when the administrators were reminded of this month before */
export async function takeReminder(
  tx: Tx,
  id: string,
  month: string,
  now: Date,
): Promise<string | null> {
  const taken = await tx('log_review_reminders')
    .insert({ id, month: `${month}-01`, told_at: now })
    .onConflict('month')
    .ignore()
    .returning<{ id: string }[]>('id')
  return taken[0]?.id ?? null
}

export async function selectReminder(tx: Tx, id: string): Promise<string | undefined> {
  const row = await tx('log_review_reminders')
    .where({ id })
    .first<{ month: string } | undefined>('month')
  return row?.month.slice(0, 7)
}
