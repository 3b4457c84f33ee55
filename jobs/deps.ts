import type { ProcessConfig } from '../server/config'
import type { Db } from '../server/db/connections'
import type { Clock } from '../server/kernel/clock'
import type { Parse } from '../server/evidence/parser/parse-document'
import type { Storage } from '../server/evidence/storage/storage'
import type { Mailer } from '../server/mail/transport'
import type { CopyKind } from '../server/vault/claimant-copies'
import type { LedgerSigner } from '../server/vault/ledger-signer'
import type { NoticeVault } from '../server/vault/notices'
import type { VerificationSecrets } from '../server/vault/verification-secrets'
import type { WorkerVault } from '../server/vault/vault'
import type { Log } from '../server/web/log'

/** Everything jobs work with; made once at start, or by a test. */
export interface WorkerDeps {
  config: ProcessConfig
  db: Db
  clock: Clock
  log: Log
  vault: WorkerVault
  notices: NoticeVault
  mailer: Mailer
  storage: Storage
  parse: Parse
  signer: LedgerSigner
  secretsOf: (id: string) => VerificationSecrets
  copyTokenOf: (kind: CopyKind, claimId: string, version: number) => string
}
