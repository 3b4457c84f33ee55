import type { Db, Tx } from '../../db/connections'
import type { ReceiptCore } from './receipt'
import { selectFiledEntry } from './receipts.store'

/** What is kept of a receipt in a copy for the claimant: the rest is made when it is shown. */
export interface KeptReceipt {
  entryId: string
  core: ReceiptCore
}

/** What an entry leaves to keep; `salt` is 32 bytes. */
export function keptReceipt(entry: {
  id: string
  entry: string
  private: string
  salt: Buffer
}): KeptReceipt {
  const core = { entry: entry.entry, private: entry.private, salt: entry.salt.toString('hex') }
  return { entryId: entry.id, core }
}

/** The receipt of a claim from the entry of its filing. Throws when there is none, or its salt was erased. */
export async function findKeptReceipt(db: Db | Tx, claimId: string): Promise<KeptReceipt> {
  const entry = await selectFiledEntry(db, claimId)
  if (!entry) throw new Error('a claim has no entry of its filing')
  return keptReceipt(entry)
}
