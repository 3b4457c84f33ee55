import { buildBatch } from '../server/batches/build-batch'
import { failBatch } from '../server/batches/fail-batch'
import type { Payload } from '../server/outbox/intents'
import type { JobHandler } from './catalogue'
import type { WorkerDeps } from './deps'

export const buildBatchJob: JobHandler<'build-batch'> = (deps, { batchId }, run) =>
  buildBatch(deps, batchId, run)

/** A batch whose last attempt failed says so on its page, and frees its claims for the next. */
export const giveUpBatch = (deps: WorkerDeps, { batchId }: Payload<'build-batch'>) =>
  failBatch(deps, batchId)
