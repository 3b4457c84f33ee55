import { hashClaims } from '../approvals/request-approval'
import { NotAsApproved, type ApprovalHandlers } from '../approvals/settle-approval'
import { addIntent } from '../outbox/add-intent'
import {
  lockBatch,
  selectBatch,
  selectBatchClaims,
  takeNamedClaims,
  updateBatch,
} from './batches.store'
import { editionOf } from './edition'
import { failBatch, type FailDeps } from './fail-batch'

/**
 * A delivery of many claims, once an administrator agreed: exactly the claims that were named then are taken,
 * or none. Where it was refused, or the claims are others by now, counsel has to ask again.
 */
export function exportHandlers(deps: FailDeps): Pick<ApprovalHandlers, 'export'> {
  return {
    export: {
      carryOut: async (tx, named, { id: approvalId, now }) => {
        const batch = await lockBatch(tx, named.batch)
        if (batch?.state !== 'requested' || batch.approval_id !== approvalId) {
          throw new NotAsApproved()
        }
        if (editionOf(batch) !== named.edition) throw new NotAsApproved()
        if (named.edition === 1) await takeNamedClaims(tx, batch, approvalId)
        const claims = await selectBatchClaims(tx, batch.id)
        if (claims.length !== named.claims || hashClaims(claims) !== named.claimsSha256) {
          throw new NotAsApproved('changed')
        }
        await updateBatch(tx, batch.id, { touched_at: now })
        await addIntent(tx, 'build-batch', { batchId: batch.id })
      },
      giveUp: async (approval, { batch: batchId }) => {
        const batch = await selectBatch(deps.db, batchId)
        if (batch?.state !== 'requested' || batch.approval_id !== approval.id) return
        const changed = approval.outcome === 'changed' || approval.outcome === 'altered'
        await failBatch(deps, batchId, changed ? 'claims_changed' : 'not_approved')
      },
    },
  }
}
