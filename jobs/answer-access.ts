import { answerAccess } from '../server/claims/access/answer-access'
import type { JobHandler } from './catalogue'

export const answerAccessJob: JobHandler<'answer-access'> = (deps, { requestId }, run) =>
  answerAccess(deps, requestId, run)
