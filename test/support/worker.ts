import { join } from 'node:path'
import type { WorkerDeps } from '../../jobs/deps'
import { startWorker } from '../../jobs/start-worker'
import { connect } from '../../server/db/connections'
import { createParser } from '../../server/evidence/parser/parse-document'
import { openStorage } from '../../server/evidence/storage/open-storage'
import { systemClock, type Clock } from '../../server/kernel/clock'
import type { Limits } from '../../server/limits'
import { createMailer } from '../../server/mail/transport'
import { copyTokens } from '../../server/vault/claimant-copies'
import { createLedgerSigner } from '../../server/vault/ledger-signer'
import { createNoticeVault } from '../../server/vault/notices'
import { createWorkerVault } from '../../server/vault/vault'
import { verificationSecrets } from '../../server/vault/verification-secrets'
import { createLog } from '../../server/web/log'
import { testConfig, type TestKeys } from './app'
import type { TestDatabase } from './database'
import type { Mailbox } from './mailbox'

export interface TestWorkerOptions {
  database: TestDatabase
  keys: TestKeys
  mailbox: Pick<Mailbox, 'url'>
  clock?: Clock
  env?: Record<string, string>
  limits?: Partial<Limits>
}

export interface TestWorkerDeps {
  deps: WorkerDeps
  /** The lines logged so far. */
  logged: string[]
  /** how a process that parses is started */
  parser: { entry: string; execArgv: string[] }
  close(): Promise<void>
}

/** What the shipped worker is made of, on a test database, without starting anything: verbs run by hand. */
export function workerDeps(options: TestWorkerOptions): TestWorkerDeps {
  const { database, keys, mailbox, clock = systemClock, env, limits } = options
  const shipped = testConfig('worker', { database, keys, ...(env && { env }) })
  const config = { ...shipped, limits: { ...shipped.limits, ...quick, ...limits } }
  const logged: string[] = []
  const vaultDb = connect(config.databaseUrl, { poolMax: 3, applicationName: 'test-vault' })
  const mailer = createMailer(config, mailbox.url)
  const log = createLog(config, { write: (line: string) => void logged.push(line) })
  return {
    deps: {
      config,
      db: database.db.worker,
      clock,
      log,
      vault: createWorkerVault({ db: vaultDb, clock, limits: config.limits }, config.keys),
      notices: createNoticeVault(config.keys),
      mailer,
      storage: openStorage(config),
      parse: createParser({ ...parser, log, limits: config.limits }),
      signer: createLedgerSigner(config.keys),
      secretsOf: verificationSecrets(config.keys.tokenKey),
      copyTokenOf: copyTokens(config.keys.tokenKey),
    },
    logged,
    parser,
    async close() {
      mailer.close()
      await vaultDb.destroy()
    },
  }
}

/** Our parsing process, as TypeScript. */
const parser = {
  entry: join(__dirname, '../../server/evidence/parser/parse-child.ts'),
  execArgv: ['--require', join(__dirname, 'typescript-hook.cjs')],
}

/** A person would not notice the difference, a test would. */
const quick = { outboxPollMs: 30, jobBackoffMs: 50, sweepMs: 500, jobLockMs: 2_000 }

/** The shipped worker in this process: relay, queues, upkeep and all. */
export async function startTestWorker(options: TestWorkerOptions): Promise<TestWorkerDeps> {
  const made = workerDeps(options)
  const worker = await startWorker(made.deps)
  return {
    ...made,
    async close() {
      await worker.close()
      await made.close()
    },
  }
}
