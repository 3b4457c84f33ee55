import { newClaimNumber } from '../../server/claims/claim-number'
import { newId } from '../../server/kernel/ids'
import { appendEntry } from '../../server/ledger/append-entry'
import { buildReceipt } from '../../server/ledger/receipts/build-receipt'
import { findKeptReceipt, type KeptReceipt } from '../../server/ledger/receipts/kept-receipt'
import type { Receipt } from '../../server/ledger/receipts/receipt'
import type { TestDatabase } from './database'

/** The entry of a filed claim without the claim, waiting for its place, and what its receipt rests on. */
export async function appendFiling(
  database: TestDatabase,
  {
    number = newClaimNumber(),
    matter = 'coupang-2025-kr',
    at = new Date(),
  }: { number?: string; matter?: string; at?: Date } = {},
): Promise<KeptReceipt> {
  const claimId = newId(at.getTime())
  await database.db.public.transaction((tx) =>
    appendEntry(tx, at, { kind: 'claim.filed', claimId, matter, private: { number } }),
  )
  return findKeptReceipt(database.db.worker, claimId)
}

/** A whole receipt, of an entry that `settle` (of `sequencerOf`) gives its place. */
export async function fileReceipt(
  database: TestDatabase,
  {
    settle,
    ...filing
  }: { settle: () => Promise<unknown>; number?: string; matter?: string; at?: Date },
): Promise<Receipt> {
  const kept = await appendFiling(database, filing)
  await settle()
  return buildReceipt(database.db.public, kept)
}
