import { screenClaim } from '../server/claims/screen-claim'
import type { JobHandler } from './catalogue'

export const screenClaimJob: JobHandler<'screen-claim'> = (deps, { claimId }, run) =>
  screenClaim(deps, claimId, run)
