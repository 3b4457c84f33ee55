import { join } from 'node:path'
import { loadProcessConfig } from '../server/config'
import { connect } from '../server/db/connections'
import { assertSchema } from '../server/db/migrate'
import { createParser } from '../server/evidence/parser/parse-document'
import { openStorage } from '../server/evidence/storage/open-storage'
import { systemClock } from '../server/kernel/clock'
import { limits } from '../server/limits'
import { createMailer } from '../server/mail/transport'
import { noteKeys } from '../server/oversight/note-keys'
import { runProcess, type Running } from '../server/supervisor/child'
import { copyTokens } from '../server/vault/claimant-copies'
import { createLedgerSigner } from '../server/vault/ledger-signer'
import { createNoticeVault } from '../server/vault/notices'
import { createWorkerVault } from '../server/vault/vault'
import { verificationSecrets } from '../server/vault/verification-secrets'
import { createLog } from '../server/web/log'
import { startWorker } from './start-worker'

/** The worker as a process of its own: `npm run worker`, or a child of `npm start`. */
async function start(): Promise<Running> {
  const config = loadProcessConfig(process.env, 'worker')
  const { keys } = config
  const log = createLog(config)
  const pool = (poolMax: number, applicationName: string) =>
    connect(config.databaseUrl, { poolMax, applicationName, acquireMs: limits.poolAcquireMs })
  const db = pool(limits.poolMax, 'joinder-worker')
  const vaultDb = pool(limits.vaultPoolMax, 'joinder-worker-vault')
  // Production has refused to start without SMTP_URL; elsewhere a catcher usually listens here.
  const mailer = createMailer(config, config.smtpUrl ?? 'smtp://127.0.0.1:1025')
  const disconnect = async () => {
    mailer.close()
    await Promise.all([db.destroy(), vaultDb.destroy()])
  }

  try {
    await assertSchema(db)
    await noteKeys(db, keys)
    const worker = await startWorker(
      {
        config,
        db,
        clock: systemClock,
        log,
        vault: createWorkerVault({ db: vaultDb, clock: systemClock, limits }, keys),
        notices: createNoticeVault(keys),
        mailer,
        storage: openStorage(config),
        parse: createParser({
          entry: join(__dirname, '../server/evidence/parser/parse-child.js'),
          log,
          limits,
        }),
        signer: createLedgerSigner(keys),
        secretsOf: verificationSecrets(keys.tokenKey),
        copyTokenOf: copyTokens(keys.tokenKey),
      },
      // Nothing to wait for: what is stuck would not end. Jobs are taken up again elsewhere.
      () => process.exit(1),
    )
    return {
      stop: async () => {
        await worker.close()
        await disconnect()
      },
    }
  } catch (error) {
    await disconnect()
    throw error
  }
}

void runProcess('worker', limits.shutdownMs, start)
