import type { Db } from '../db/connections'
import { addIntent } from '../outbox/add-intent'
import { selectSilent, updateBatch } from './batches.store'

/**
 * Asks again for every batch that is neither complete nor failed and has shown no sign of life since
 * `before`: its job was lost. For the sweeper; at most `limit` a call.
 * @returns how many
 */
export async function redriveBatches(
  db: Db,
  { now, before, limit }: { now: Date; before: Date; limit: number },
): Promise<number> {
  return db.transaction(async (tx) => {
    const ids = await selectSilent(tx, before, limit)
    for (const batchId of ids) {
      await updateBatch(tx, batchId, { touched_at: now })
      await addIntent(tx, 'build-batch', { batchId })
    }
    return ids.length
  })
}
