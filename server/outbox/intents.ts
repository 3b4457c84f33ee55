import { z } from 'zod'

const id = z.uuid()

/**
 * What the surfaces may ask the worker for: the name of each job and its payload. Payloads hold ids
 * only; a job reads everything else from the database when it runs.
 */
export const intents = {
  'screen-claim': z.strictObject({ claimId: id }),
  'send-mail': z.strictObject({ mailId: id }),
  'handle-request': z.strictObject({ requestId: id }),
  'build-batch': z.strictObject({ batchId: id }),
  'end-person': z.strictObject({ personId: id }),
  'answer-access': z.strictObject({ requestId: id }),
  // also asked for by triggers, see migrations/0009
  'renew-copies': z.strictObject({ claimId: id }),
}

export type JobName = keyof typeof intents

export type Payload<Name extends JobName> = z.infer<(typeof intents)[Name]>

/** True for the name of a job of this release; an older row may name one that is gone. */
export function isJobName(name: string): name is JobName {
  return Object.hasOwn(intents, name)
}
