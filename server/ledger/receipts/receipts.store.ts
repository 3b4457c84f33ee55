import type { Db, Tx } from '../../db/connections'

export interface FiledEntryRow {
  id: string
  /** public part */
  entry: string
  private: string
  /** 32 bytes */
  salt: Buffer
}

/** The entry of a claim's filing with what opens it; only the worker may read that. */
export async function selectFiledEntry(
  db: Db | Tx,
  claimId: string,
): Promise<FiledEntryRow | undefined> {
  return db('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .join('ledger_salts as s', 's.entry_id', 'p.entry_id')
    .where({ 'p.claim_id': claimId, 'e.kind': 'claim.filed' })
    .first<FiledEntryRow | undefined>('e.id', 'e.entry', 'p.private', 's.salt')
}
