import type { Tx } from '../db/connections'

/** The samples that staff and counsel draw. */

export interface SampleRow {
  id: string
  matter_id: string
  seed: string
  /** whose signed tree the draw goes by */
  entry_id: string
  /** wanted */
  size: number
  key: string
  /** how many complete packs there were to draw from */
  drawn_from: number
  drawn_by: string
  drawn_at: Date
}

const columns = [
  'id',
  'matter_id',
  'seed',
  'entry_id',
  'size',
  'key',
  'drawn_from',
  'drawn_by',
  'drawn_at',
] as const

/** Numbers of the claims whose packs are complete, in the order of their characters. */
export async function selectComplete(tx: Tx, matterId: string, key: string): Promise<string[]> {
  return tx('claim_authority').where({ matter_id: matterId, key }).orderBy('number').pluck('number')
}

/** @param numbers what is drawn from, a line each */
export async function insertSample(tx: Tx, row: SampleRow & { numbers: string }): Promise<void> {
  await tx('authority_samples').insert(row)
}

export async function selectSample(
  tx: Tx,
  id: string,
): Promise<(SampleRow & { numbers: string }) | undefined> {
  return tx('authority_samples')
    .where({ id })
    .first<(SampleRow & { numbers: string }) | undefined>(...columns, 'numbers')
}

/** The newest samples of a matter. */
export async function selectSamples(tx: Tx, matterId: string, limit: number): Promise<SampleRow[]> {
  return tx('authority_samples')
    .where({ matter_id: matterId })
    .orderBy(['drawn_at', 'id'].map((column) => ({ column, order: 'desc' as const })))
    .limit(limit)
    .select<SampleRow[]>(...columns)
}

/** Those before this one, newest first. */
export async function selectEarlierSamples(
  tx: Tx,
  { matter_id: matterId, drawn_at: at, id }: SampleRow,
): Promise<SampleRow[]> {
  return tx('authority_samples')
    .where({ matter_id: matterId })
    .whereRaw('(drawn_at, id) < (?, ?)', [at, id])
    .orderBy(['drawn_at', 'id'].map((column) => ({ column, order: 'desc' as const })))
    .select<SampleRow[]>(...columns)
}

export async function countSamples(tx: Tx, matterId: string): Promise<number> {
  const row = await tx('authority_samples')
    .where({ matter_id: matterId })
    .first<{ count: number }>(tx.raw('count(*)::int as count'))
  return row.count
}
