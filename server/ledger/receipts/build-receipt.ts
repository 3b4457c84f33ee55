import type { Db } from '../../db/connections'
import { selectIndex } from '../ledger.store'
import { readCheckpoint, readTile } from '../read-published'
import type { KeptReceipt } from './kept-receipt'
import { proveEntry } from './prove-entry'
import { receiptOf, type Receipt } from './receipt'

/**
 * The proof of an entry by the newest checkpoint, a C2SP tlog-proof; null while it waits for its place,
 * usually some seconds.
 */
export async function findProof(db: Db, entryId: string): Promise<string | null> {
  const index = await selectIndex(db, entryId)
  // Read after the place: the checkpoint that came with it, or a later one.
  const newest = index === undefined ? undefined : await readCheckpoint(db)
  // Under a name that was just opened nothing may be signed yet.
  if (index === undefined || !newest || newest.size <= index) return null
  return proveEntry({ note: newest.note, index }, async (level, at, width) => {
    const tile = await readTile(db, { level, index: at, width })
    if (!tile) throw new Error('a tile of the signed tree is not there')
    return tile
  })
}

/** The receipt as of now; without a proof while its entry waits for its place. */
export async function buildReceipt(db: Db, { entryId, core }: KeptReceipt): Promise<Receipt> {
  return receiptOf(core, await findProof(db, entryId))
}
