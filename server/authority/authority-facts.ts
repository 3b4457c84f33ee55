import type { Db, Tx } from '../db/connections'
import type { Matter } from '../matters/matter-file'
import * as store from './authority-staff.store'
import { authorityKey } from './fill-documents'

/** What is known of the signed papers of a claim without opening any. */
export interface AuthorityFacts {
  /** for the documents and the firm of today */
  complete: boolean
  /** something was signed and waits for its confirmation, or for the guardian */
  waiting: boolean
  /** `fee_agreement@1,power_of_attorney@1`; empty when nothing counts */
  documents: string
  signedAt: Date | null
  confirmedAt: Date | null
  confirmedHow: 'link' | 'code' | null
  /** SHA-256 of what was signed, hex; as it stands on the paper */
  documentSha256: string | null
  /** the same of the guardian's, where there is one */
  guardianSha256: string | null
}

/** Of each of these claims; one that is not confirmed itself has nothing to tell. */
export async function findAuthorityFacts(
  db: Db | Tx,
  matter: Matter,
  claimIds: string[],
): Promise<Map<string, AuthorityFacts>> {
  const key = authorityKey(matter)
  const rows = await store.selectFacts(db, claimIds)
  return new Map(rows.map((row) => [row.claim_id, factsOf(row, key)]))
}

export function factsOf(row: store.FactsRow, key: string): AuthorityFacts {
  return {
    complete: row.key === key,
    waiting: row.waiting,
    documents: row.documents ?? '',
    signedAt: row.signed_at,
    confirmedAt: row.confirmed_at,
    confirmedHow: row.confirmed_how,
    documentSha256: row.document_sha256?.toString('hex') ?? null,
    guardianSha256: row.guardian_sha256?.toString('hex') ?? null,
  }
}
