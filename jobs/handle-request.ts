import { handleRequest } from '../server/claims/handle-request'
import type { JobHandler } from './catalogue'

export const handleRequestJob: JobHandler<'handle-request'> = (deps, { requestId }, run) =>
  handleRequest(deps, requestId, run)
