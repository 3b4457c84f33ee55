import { withdrawApprovalsOf } from '../server/approvals/tend-approvals'
import { cancelBatchesOf } from '../server/batches/cancel-batches'
import type { JobHandler } from './catalogue'

/** What somebody who was ended had asked for is not made any more, nor decided. */
export const endPersonJob: JobHandler<'end-person'> = async (deps, { personId }) => {
  await withdrawApprovalsOf(deps, personId)
  await cancelBatchesOf(deps, personId)
}
