import type { Db } from '../db/connections'
import { ledgerPublicKeys } from '../vault/ledger-signer'
import * as store from './ledger.store'
import type { LogKey } from './tree/checkpoint'

/**
 * Whose signatures under the ledger's checkpoints count, the newest name first. The database knows which
 * names the ledger has had, the environment alone which keys are ours: a key that somebody wrote into
 * the database convinces nobody.
 */
export async function trustedKeys(
  db: Db,
  config: { keys: { ledgerPublicKey?: string } },
): Promise<LogKey[]> {
  const ours = ledgerPublicKeys(config.keys.ledgerPublicKey)
  const origins = await store.selectOrigins(db)
  return origins
    .filter(({ public_key: key }) => ours.some((one) => one.equals(key)))
    .map(({ origin, public_key: key }) => ({ origin, publicKey: new Uint8Array(key) }))
    .toReversed()
}
