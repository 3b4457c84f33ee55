import { holderOf } from '../claims/access/holder-of'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isHeld } from '../privacy/is-held'
import type { WorkerVault } from '../vault/vault'
import { destroyDocument } from './destroy-document'
import { givesDocumentsBack } from './document'
import { selectClaimState } from './evidence.store'
import * as store from './evidence-worker.store'

/**
 * Destroys a document that its claimant took back, if the secret that was sealed with the request allows
 * it, the claim is not decided and no legal hold keeps it. Harmless to repeat.
 */
export async function removeDocument(
  { db, clock, vault }: { db: Db; clock: Clock; vault: WorkerVault },
  removalId: string,
): Promise<void> {
  const removal = await store.selectRemoval(db, removalId)
  if (!removal?.box) return
  const { evidence_id: id, claim_id: claimId } = removal
  const secret = vault.openFromWorkerBox('evidence_removal', removalId, removal.box)
  const now = clock.now()
  await db.transaction(async (tx) => {
    const holder = await holderOf(tx, secret, claimId, now)
    const state = await selectClaimState(tx, claimId)
    const gives = state !== null && givesDocumentsBack(state)
    if (holder?.kind === 'owner' && gives && !(await isHeld(tx, claimId))) {
      await destroyDocument(tx, now, { id, claimId }, { reason: 'by_claimant', person: null })
    }
    await store.markRemovalHandled(tx, removalId, now)
  })
}
