import type { Limits } from '../server/limits'
import { intents, type JobName, type Payload } from '../server/outbox/intents'
import { answerAccessJob } from './answer-access'
import { answerSearchJob } from './answer-search'
import { answerEmailChangeJob } from './answer-email-change'
import { applyChangeJob } from './apply-change'
import { applyEmailChangeJob } from './apply-email-change'
import { buildBatchJob, giveUpBatch } from './build-batch'
import { confirmClaimJob } from './confirm-claim'
import { checkNoticeJob } from './check-notice'
import type { WorkerDeps } from './deps'
import {
  admitDocumentJob,
  eraseObjectJob,
  removeDocumentJob,
  renewDocumentsJob,
  viewDocumentJob,
} from './documents'
import { endPersonJob } from './end-person'
import { handleRequestJob } from './handle-request'
import { mailTasksJob } from './mail-tasks'
import { hopeless, type Try } from './queue'
import { renderPackJob } from './render-pack'
import { renewCopiesJob } from './renew-copies'
import { renewMessagesJob } from './renew-messages'
import { inviteGuardianJob, takeSigningJob } from './take-signing'
import { screenClaimJob } from './screen-claim'
import { sendMailJob } from './send-mail'
import { settleApprovalJob } from './settle-approval'
import { startEmailChangeJob } from './start-email-change'
import { tellOfAlertJob } from './tell-of-alert'

/** `run` names this try; it stands in records of openings. */
export type JobHandler<Name extends JobName> = (
  deps: WorkerDeps,
  payload: Payload<Name>,
  run: string,
) => Promise<void>

export interface JobEntry<Name extends JobName> {
  attempts: number
  /** Wait before the second attempt, in milliseconds; doubles each time. */
  backoffMs: number
  /** Jobs of this kind that one worker runs at a time. */
  concurrency: number
  handler: JobHandler<Name>
  /** What to do after the last attempt has failed; without it, the sweeper asks for the job again. */
  giveUp?: (deps: WorkerDeps, payload: Payload<Name>) => Promise<void>
}

export type Catalogue = { [Name in JobName]: JobEntry<Name> }

/** Every job there is. One that intents.ts names and this does not is an error of the compiler. */
export function createCatalogue({ jobAttempts, jobBackoffMs, mailConnections }: Limits): Catalogue {
  const retried = { attempts: jobAttempts, backoffMs: jobBackoffMs }
  return {
    'screen-claim': { ...retried, concurrency: 4, handler: screenClaimJob },
    // Somebody is looking at a page that waits.
    'confirm-claim': { ...retried, backoffMs: 1_000, concurrency: 4, handler: confirmClaimJob },
    // Tried again by the sweeper, by the mail's own row: one layer of retrying.
    'send-mail': { attempts: 1, backoffMs: 0, concurrency: mailConnections, handler: sendMailJob },
    'handle-request': { ...retried, concurrency: 2, handler: handleRequestJob },
    // Someone waits for it: minutes of trying, not hours.
    'build-batch': {
      ...retried,
      attempts: 5,
      concurrency: 1,
      handler: buildBatchJob,
      giveUp: giveUpBatch,
    },
    'end-person': { ...retried, backoffMs: 1_000, concurrency: 1, handler: endPersonJob },
    // Somebody is looking at a page that waits.
    'answer-access': { ...retried, backoffMs: 1_000, concurrency: 4, handler: answerAccessJob },
    'check-notice': { ...retried, backoffMs: 1_000, concurrency: 4, handler: checkNoticeJob },
    'apply-change': { ...retried, backoffMs: 1_000, concurrency: 4, handler: applyChangeJob },
    'mail-tasks': { ...retried, concurrency: 1, handler: mailTasksJob },
    // Waits for the entry to get its place, a second or two.
    'render-pack': { ...retried, concurrency: 2, handler: renderPackJob },
    'take-signing': { ...retried, backoffMs: 1_000, concurrency: 2, handler: takeSigningJob },
    'invite-guardian': { ...retried, concurrency: 2, handler: inviteGuardianJob },
    'renew-copies': { ...retried, concurrency: 2, handler: renewCopiesJob },
    'renew-messages': { ...retried, backoffMs: 1_000, concurrency: 2, handler: renewMessagesJob },
    'start-email-change': { ...retried, concurrency: 1, handler: startEmailChangeJob },
    'answer-email-change': {
      ...retried,
      backoffMs: 1_000,
      concurrency: 2,
      handler: answerEmailChangeJob,
    },
    'apply-email-change': { ...retried, concurrency: 1, handler: applyEmailChangeJob },
    // Each holds a file of up to 20 MB several times over, and a child that parses it.
    'admit-document': { ...retried, concurrency: 2, handler: admitDocumentJob },
    'view-document': { ...retried, concurrency: 1, handler: viewDocumentJob },
    'remove-document': { ...retried, concurrency: 2, handler: removeDocumentJob },
    'renew-documents': { ...retried, backoffMs: 1_000, concurrency: 2, handler: renewDocumentsJob },
    'erase-object': { ...retried, concurrency: 4, handler: eraseObjectJob },
    // Somebody is on the telephone.
    'answer-search': { ...retried, backoffMs: 1_000, concurrency: 2, handler: answerSearchJob },
    'tell-of-alert': { ...retried, backoffMs: 1_000, concurrency: 1, handler: tellOfAlertJob },
    'settle-approval': { ...retried, backoffMs: 1_000, concurrency: 1, handler: settleApprovalJob },
  }
}

/** Runs one try of a job. A payload that is not the job's own will never be, so it is not tried again. */
export async function runJob<Name extends JobName>(
  catalogue: Catalogue,
  deps: WorkerDeps,
  name: Name,
  { id, data, last }: Try,
): Promise<void> {
  const parsed = intents[name].safeParse(data)
  if (!parsed.success) throw hopeless('the payload is not that of this job')
  const payload = parsed.data as Payload<Name>
  const { handler, giveUp }: JobEntry<Name> = catalogue[name]
  try {
    await handler(deps, payload, id)
  } catch (error) {
    if (last) await giveUp?.(deps, payload)
    throw error
  }
}
