import { renewWhoLooked } from '../server/claims/access/renew-copies'
import type { JobHandler } from './catalogue'

export const renewCopiesJob: JobHandler<'renew-copies'> = (deps, { claimId }) =>
  renewWhoLooked(deps, claimId)
