import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import { removeFiles } from './batch-files'
import { deletePassphrase, lockBatch, releaseClaims, updateBatch } from './batches.store'
import { editionOf } from './edition'

/** Why a batch was given up; worded under `batches:failure.<code>`. */
export type BatchFailure =
  | 'nothing_new'
  | 'passphrase_missing'
  | 'requester_left'
  | 'build_failed'
  /** another person had to agree and did not */
  | 'not_approved'
  /** the claims are not those that were approved */
  | 'claims_changed'

export interface FailDeps {
  db: Db
  clock: Clock
  config: { home: string }
}

/**
 * Gives a batch up: its claims are free for the next one, its passphrase and files are gone. Of a batch
 * that was to be made again the edition before stays, with its claims and its file. Called by the job
 * when its last attempt has failed; does nothing to a batch that is complete.
 */
export async function failBatch(
  deps: FailDeps,
  batchId: string,
  code: BatchFailure = 'build_failed',
): Promise<void> {
  const now = deps.clock.now()
  const failed = await deps.db.transaction(async (tx) => {
    const batch = await lockBatch(tx, batchId)
    if (!batch || batch.state === 'complete' || batch.state === 'failed') return null
    if (batch.manifest === null) {
      await releaseClaims(tx, batchId)
      await updateBatch(tx, batchId, { state: 'failed', failure: code, touched_at: now })
    } else {
      const { rows } = batch.manifest.claims
      const before = { state: 'complete', claim_count: rows, done_count: rows } as const
      await updateBatch(tx, batchId, { ...before, failure: code, touched_at: now })
    }
    await deletePassphrase(tx, batchId)
    await appendEntry(tx, now, {
      kind: 'batch.failed',
      private: { batch: batchId, firm: batch.firm_id, edition: editionOf(batch), why: code },
    })
    return batch
  })
  if (failed) await removeFiles(deps.config.home, batchId, failed.file_sha256)
}
