import { inviteGuardian } from '../server/authority/invite-guardian'
import { takeSigning } from '../server/authority/take-signing'
import type { JobHandler } from './catalogue'

export const takeSigningJob: JobHandler<'take-signing'> = (deps, { requestId }, run) =>
  takeSigning(deps, requestId, run)

export const inviteGuardianJob: JobHandler<'invite-guardian'> = (deps, { packId }, run) =>
  inviteGuardian(deps, packId, run)
