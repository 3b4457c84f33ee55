import { confirmClaim } from '../server/claims/confirm-claim'
import type { JobHandler } from './catalogue'

export const confirmClaimJob: JobHandler<'confirm-claim'> = (deps, { confirmationId }) =>
  confirmClaim(deps, confirmationId)
