import type { Db } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import type { LedgerSigner } from '../../vault/ledger-signer'
import type { VerificationSecrets } from '../../vault/verification-secrets'
import type { WorkerVault } from '../../vault/vault'
import * as store from './access-worker.store'
import type { RequestLimits } from '../request-limits'
import { letIn } from './let-in'
import { mailLink } from './mail-link'

export interface AccessDeps {
  db: Db
  clock: Clock
  vault: WorkerVault
  /** whose key the papers of a claim name */
  signer: Pick<LedgerSigner, 'publicKey'>
  /** token and code of a link, derived from its id */
  secretsOf: (id: string) => VerificationSecrets
  config: {
    limits: RequestLimits & {
      accessHours: number
      accessAttempts: number
      accessMails: number
      accessClaims: number
      sessionHours: number
      historyRows: number
      threadMessages: number
    }
  }
}

/**
 * Answers what a claimant's browser asked for: a mailed link, or to be let in. Only here is an address
 * looked up and a code or token checked, so that a public surface that was taken over can do neither.
 * Harmless to repeat.
 */
export async function answerAccess(
  deps: AccessDeps,
  requestId: string,
  run: string,
): Promise<void> {
  const request = await store.selectWorkerRequest(deps.db, requestId)
  if (!request || request.handled_at !== null || request.box === null) return
  // Deleted by the next sweep.
  if (request.expires_at <= deps.clock.now()) return
  if (request.kind === 'link') await mailLink(deps, request.id, request.box)
  else await letIn(deps, request, run)
}
