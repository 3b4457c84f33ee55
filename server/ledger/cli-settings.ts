import { ConfigError, loadConfig, type Config } from '../config'
import { connect, type Db } from '../db/connections'
import { localInstallation } from '../supervisor/database'
import { createLedgerSigner, ledgerPublicKeys } from '../vault/ledger-signer'

export interface LedgerSettings {
  config: Config
  /** as joinder_worker; the caller closes it */
  db: Db
  /** the keys that count, 32 bytes each, today's first */
  publicKeys: Buffer[]
}

/**
 * What the ledger's commands work with: the database and keys of the environment, or those of the
 * installation that `npm start` runs on this machine.
 * @throws ConfigError naming what is missing
 */
export async function ledgerSettings(applicationName: string): Promise<LedgerSettings> {
  const config = loadConfig(process.env)
  const { databases, keys, production, home } = config
  const local = production || databases.worker !== undefined ? null : await localInstallation(home)
  const url = databases.worker ?? local?.urls.worker
  if (url === undefined) {
    throw new ConfigError('DATABASE_URL_WORKER is not set, and no Joinder was started here yet.')
  }
  return {
    config,
    db: connect(url, { poolMax: 2, applicationName }),
    publicKeys: publicKeysOf(keys.ledgerPublicKey ?? local?.keys.LEDGER_PUBLIC_KEY, keys.ledgerKey),
  }
}

function publicKeysOf(publicKey: string | undefined, ledgerKey: string | undefined): Buffer[] {
  if (publicKey !== undefined) return ledgerPublicKeys(publicKey)
  if (ledgerKey !== undefined) return [createLedgerSigner({ ledgerKey }).publicKey]
  throw new ConfigError('LEDGER_PUBLIC_KEY is not set; it says whose signature counts.')
}
