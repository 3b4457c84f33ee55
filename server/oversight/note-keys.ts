import type { KeyTexts } from '../config'
import type { Db } from '../db/connections'
import { keyFingerprints } from '../vault/key-fingerprints'
import * as store from './keys.store'

/** Notes, as a process starts, which keys it holds: by fingerprints that give nothing away. */
export async function noteKeys(db: Db, keys: KeyTexts): Promise<void> {
  for (const [name, fingerprint] of keyFingerprints(keys)) {
    await store.noteKey(db, name, fingerprint)
  }
}
