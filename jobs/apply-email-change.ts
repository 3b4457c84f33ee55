import { applyEmailChange } from '../server/claims/email-change/apply-email-change'
import type { JobHandler } from './catalogue'

export const applyEmailChangeJob: JobHandler<'apply-email-change'> = (
  deps,
  { emailChangeId },
  run,
) => applyEmailChange(deps, emailChangeId, run)
