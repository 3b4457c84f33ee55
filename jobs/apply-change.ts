import { applyChange } from '../server/claims/changes/apply-change'
import type { JobHandler } from './catalogue'

export const applyChangeJob: JobHandler<'apply-change'> = (deps, { changeId }, run) =>
  applyChange(deps, changeId, run)
