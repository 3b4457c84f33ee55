import type { Tx } from '../../db/connections'
import { appendEntry } from '../../ledger/append-entry'
import { dropUnsent } from '../../mail/drop-unsent'
import type { StoppedBy } from './change-state'
import * as store from './worker.store'

/** Ends a change that is locked without making it: its links say so, and a trigger deletes both addresses. */
export async function stopEmailChange(
  tx: Tx,
  now: Date,
  change: Pick<store.EmailChangeRow, 'id' | 'claim_id'>,
  by: Exclude<StoppedBy, 'declined' | 'erased'>,
): Promise<void> {
  await store.updateEmailChange(tx, change.id, { stopped_at: now, stopped_by: by })
  await dropUnsent(tx, change.claim_id, 'email_change')
  await appendEntry(tx, now, {
    kind: 'claim.email_change_stopped',
    claimId: change.claim_id,
    private: { change: change.id, by },
  })
}
