import { rightsHandlers } from '../server/accounts/approved-rights'
import { settleApproval, type ApprovalHandlers } from '../server/approvals/settle-approval'
import { indexHandlers } from '../server/authority/take-index'
import { exportHandlers } from '../server/batches/approved-export'
import { destroyHandlers } from '../server/evidence/staff-documents'
import { erasureHandlers } from '../server/privacy/answer-erasure'
import { holdHandlers } from '../server/privacy/lift-hold'
import type { JobHandler } from './catalogue'
import type { WorkerDeps } from './deps'

/** What each kind of approval does once it is given. One that approvals/kinds.ts names and this does not is an error of the compiler. */
export function approvalHandlers(deps: WorkerDeps): ApprovalHandlers {
  return {
    ...rightsHandlers(deps),
    ...exportHandlers(deps),
    ...erasureHandlers,
    ...destroyHandlers,
    ...holdHandlers,
    ...indexHandlers,
  }
}

export const settleApprovalJob: JobHandler<'settle-approval'> = (deps, { approvalId }) =>
  settleApproval(deps, approvalHandlers(deps), approvalId)
