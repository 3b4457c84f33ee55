import { renewMessages } from '../server/messages/renew-messages'
import type { JobHandler } from './catalogue'

export const renewMessagesJob: JobHandler<'renew-messages'> = (deps, { claimId }, run) =>
  renewMessages(deps, claimId, run)
