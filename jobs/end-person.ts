import { cancelBatchesOf } from '../server/batches/cancel-batches'
import type { JobHandler } from './catalogue'

/** What somebody who was ended had asked for is not made any more. */
export const endPersonJob: JobHandler<'end-person'> = (deps, { personId }) =>
  cancelBatchesOf(deps, personId)
