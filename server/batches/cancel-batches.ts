import { selectUnfinishedOf } from './batches.store'
import { failBatch, type FailDeps } from './fail-batch'

/**
 * Gives up every batch that this person asked for and that is not finished, because they may not receive
 * it any more. Their claims are free for the next one. Harmless to repeat.
 */
export async function cancelBatchesOf(deps: FailDeps, personId: string): Promise<void> {
  for (const id of await selectUnfinishedOf(deps.db, personId)) {
    await failBatch(deps, id, 'requester_left')
  }
}
