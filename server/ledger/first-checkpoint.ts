import type { Tx } from '../db/connections'
import * as store from './ledger.store'
import { parseCheckpoint } from './tree/checkpoint'

/** The first signed tree that holds an entry. */
export interface FirstCheckpoint {
  origin: string
  /** entries of the tree */
  size: number
  /** of the tree, hex */
  root: string
  /** the entry's place, from 0 */
  index: number
  signedAt: Date
}

/**
 * The first signed tree that holds an entry; null until it has its place. Its root follows from the entry
 * itself, so nobody knew it before the entry was written, and nobody can choose another one afterwards.
 */
export async function findFirstCheckpoint(
  tx: Tx,
  entryId: string,
): Promise<FirstCheckpoint | null> {
  const row = await store.selectFirstCheckpoint(tx, entryId)
  if (!row) return null
  const checkpoint = parseCheckpoint(row.note)
  if (!checkpoint) throw new Error('a stored checkpoint cannot be read')
  const { origin, size, root } = checkpoint
  return {
    origin,
    size,
    root: Buffer.from(root).toString('hex'),
    index: row.index,
    signedAt: row.signed_at,
  }
}
