import { z } from 'zod'

const id = z.uuid()

/**
 * What the surfaces may ask the worker for: the name of each job and its payload. Payloads hold ids
 * only; a job reads everything else from the database when it runs.
 */
export const intents = {
  'screen-claim': z.strictObject({ claimId: id }),
  'confirm-claim': z.strictObject({ confirmationId: id }),
  'send-mail': z.strictObject({ mailId: id }),
  'handle-request': z.strictObject({ requestId: id }),
  'build-batch': z.strictObject({ batchId: id }),
  'end-person': z.strictObject({ personId: id }),
  'answer-access': z.strictObject({ requestId: id }),
  'apply-change': z.strictObject({ changeId: id }),
  'mail-tasks': z.strictObject({ claimId: id }),
  'render-pack': z.strictObject({ packId: id }),
  'take-signing': z.strictObject({ requestId: id }),
  'invite-guardian': z.strictObject({ packId: id }),
  // also asked for by triggers, see migrations/0009
  'renew-copies': z.strictObject({ claimId: id }),
  // asked for by a trigger, see migrations/0013
  'renew-messages': z.strictObject({ claimId: id }),
  'start-email-change': z.strictObject({ emailChangeId: id }),
  'answer-email-change': z.strictObject({ answerId: id }),
  'apply-email-change': z.strictObject({ emailChangeId: id }),
  'admit-document': z.strictObject({ evidenceId: id }),
  'view-document': z.strictObject({ evidenceId: id }),
  'remove-document': z.strictObject({ removalId: id }),
  // also asked for by a trigger, see migrations/0011
  'renew-documents': z.strictObject({ claimId: id }),
  'check-notice': z.strictObject({ checkId: id }),
  'erase-object': z.strictObject({ objectId: id }),
  'answer-search': z.strictObject({ searchId: id }),
  'tell-of-alert': z.strictObject({ alertId: id }),
  'settle-approval': z.strictObject({ approvalId: id }),
}

export type JobName = keyof typeof intents

export type Payload<Name extends JobName> = z.infer<(typeof intents)[Name]>

/** True for the name of a job of this release; an older row may name one that is gone. */
export function isJobName(name: string): name is JobName {
  return Object.hasOwn(intents, name)
}
