import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import { addIntent } from '../outbox/add-intent'
import type { Sealer } from '../vault/sealer'
import { insertRemoval } from './evidence.store'
import type { Door } from './send-document'

/** Asks the worker to destroy a document that its claimant takes back. */
export async function askRemoval(
  { db, clock, sealer }: { db: Db; clock: Clock; sealer: Sealer },
  { claimId, secret }: Door,
  evidenceId: string,
): Promise<void> {
  const now = clock.now()
  const id = newId(now.getTime())
  await db.transaction(async (tx) => {
    const box = sealer.sealToWorker('evidence_removal', id, secret)
    await insertRemoval(tx, { id, evidenceId, box, now })
    await appendEntry(tx, now, {
      kind: 'evidence.removal_requested',
      claimId,
      private: { evidence: evidenceId, removal: id },
    })
    await addIntent(tx, 'remove-document', { removalId: id })
  })
}
