import { z } from 'zod'
import type { ApprovalRow } from './approvals.store'
import { approvalKinds, isApprovalKind, type ApprovalKind, type Params } from './kinds'
import { hashParams } from './request-approval'

/** What a request names, by its kind. */
export type Named = { [Kind in ApprovalKind]: { kind: Kind; params: Params<Kind> } }[ApprovalKind]

const nonce = z.object({ nonce: z.string() })

/** What was asked for; null when it is not what its hash says, or of a kind that is gone. */
export function readParams(
  row: Pick<ApprovalRow, 'kind' | 'params' | 'params_sha256'>,
): Named | null {
  const { kind, params, params_sha256: sha256 } = row
  if (!isApprovalKind(kind) || !hashParams(params).equals(sha256)) return null
  const { nonce: _, ...named } = nonce.loose().parse(JSON.parse(params))
  const parsed = approvalKinds[kind].safeParse(named)
  return parsed.success ? ({ kind, params: parsed.data } as Named) : null
}
