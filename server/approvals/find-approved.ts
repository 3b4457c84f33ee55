import type { Tx } from '../db/connections'
import { existsGrant, selectApproval } from './approvals.store'
import type { Params } from './kinds'
import { readParams } from './read-params'

/** What was approved of this delivery; 'waiting' while nobody has decided, null when it was not approved. */
export async function findApprovedExport(
  tx: Tx,
  approvalId: string,
  batchId: string,
): Promise<Params<'export'> | 'waiting' | null> {
  const approval = await selectApproval(tx, approvalId)
  if (!approval) return null
  // An approved one has its claims only when it is carried out, in one transaction.
  if (approval.state === 'waiting' || approval.state === 'approved') return 'waiting'
  const named = approval.state === 'carried_out' ? readParams(approval) : null
  if (named?.kind !== 'export' || named.params.batch !== batchId) return null
  return named.params
}

/** Whether this person was allowed this since then: for what is a permission more than one act. */
export function wasGranted(
  tx: Tx,
  of: { kind: 'index'; object: string; askedBy: string; since: Date },
): Promise<boolean> {
  return existsGrant(tx, of)
}
