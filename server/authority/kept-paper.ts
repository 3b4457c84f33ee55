import type { Db, Tx } from '../db/connections'
import type { ReceiptCore } from '../ledger/receipts/receipt'
import * as store from './authority-worker.store'
import type { PackCore } from './pack-content'

/** All that a paper is made of: the same each time, so the same paper each time. */
export interface KeptPaper {
  core: PackCore
  /** how the signer was identified: at this address, by the mailed link or code */
  confirmed: { at: string; how: 'link' | 'code'; address: string }
  /** the entry of the confirmation, with what opens it */
  entry: ReceiptCore
  /** C2SP tlog-proof of that entry */
  proof: string
  /** the key that signed it, in one line (signed-note) */
  key: string
}

/** The entry of a pack's confirmation. Throws when its salt was erased. */
export async function findConfirmation(db: Db | Tx, entryId: string): Promise<ReceiptCore> {
  const row = await store.selectEntry(db, entryId)
  if (!row) throw new Error('the confirmation of a pack has no entry that can be opened')
  return { entry: row.entry, private: row.private, salt: row.salt.toString('hex') }
}
