import { startEmailChange } from '../server/claims/email-change/start-email-change'
import type { JobHandler } from './catalogue'

export const startEmailChangeJob: JobHandler<'start-email-change'> = (
  deps,
  { emailChangeId },
  run,
) => startEmailChange(deps, emailChangeId, run)
