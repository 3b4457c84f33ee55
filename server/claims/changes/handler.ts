import type { Db, Tx } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import type { Limits } from '../../limits'
import type { VerificationSecrets } from '../../vault/verification-secrets'
import type { LedgerSigner } from '../../vault/ledger-signer'
import type { WorkerVault } from '../../vault/vault'
import type { WorkerClaim } from '../worker.store'
import type { ChangeContent, ChangeKind, Refusal } from './change-kinds'

export interface ChangeDeps {
  db: Db
  clock: Clock
  vault: WorkerVault
  signer: Pick<LedgerSigner, 'publicKey'>
  /** token and code of a mailed link, derived from an id */
  secretsOf: (id: string) => VerificationSecrets
  config: { limits: Limits }
}

/** What a person asked of their claim, found to be theirs to ask. */
export interface AskedChange<Kind extends ChangeKind = ChangeKind> {
  id: string
  at: Date
  /** of the browser that asked */
  secret: string
  /** as it was read before the transaction */
  claim: WorkerClaim
  content: ChangeContent<Kind>
  /** names this run in records of openings */
  run: string
}

/** Makes the change in the transaction that marks it as handled, the claim's row locked and its state looked at. */
export type Apply = (tx: Tx, now: Date, claim: WorkerClaim) => Promise<Refusal | null>

/** Reads what the change needs, outside of any transaction. */
export type ChangeHandler<Kind extends ChangeKind> = (
  deps: ChangeDeps,
  change: AskedChange<Kind>,
) => Promise<Apply | Refusal>
