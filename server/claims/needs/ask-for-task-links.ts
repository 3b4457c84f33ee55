import type { Db } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { appendEntry } from '../../ledger/append-entry'
import { addIntent } from '../../outbox/add-intent'
import type { NeedRow } from './find-needs'

/**
 * Asks the worker to mail new links to what a claim lacks, for somebody who holds an old one. They go to the
 * address on the claim and nowhere else; the worker counts how many.
 */
export async function askForTaskLinks(
  { db, clock }: { db: Db; clock: Clock },
  { id, claim_id: claimId }: Pick<NeedRow, 'id' | 'claim_id'>,
): Promise<void> {
  await db.transaction(async (tx) => {
    await appendEntry(tx, clock.now(), {
      kind: 'task.link_requested',
      claimId,
      private: { need: id },
    })
    await addIntent(tx, 'mail-tasks', { claimId })
  })
}
