import type { Db, Tx } from '../db/connections'
import type { DocumentPart, DocumentRef, WrappedKey } from './documents'

/** What the vault opens, as it lies in the database: ciphertexts with their wrapped keys. */

/** A sealed record, with its data key still wrapped. */
export interface StoredRecord {
  claim_id: string
  version: number
  ciphertext: Buffer
  sha256: Buffer
  wrapped_by: 'intake' | 'vault'
  wrapped: Buffer
}

/** What a wrapped data key is bound to: it opens for no other claim or version. */
export function wrapPlace(claimId: string, version: number) {
  return { table: 'wrapped_keys', claim: claimId, field: 'data_key', version }
}

/** The records in force of these claims; those that are not visible are not among them. */
export async function load(tx: Db | Tx, claimIds: string[]): Promise<StoredRecord[]> {
  const found = await tx.raw(
    `select r.claim_id, r.version, r.ciphertext, r.sha256, k.wrapped_by, k.wrapped
     from claims c
     join sealed_records r on r.claim_id = c.id and r.version = c.version
     join wrapped_keys k on k.claim_id = r.claim_id and k.version = r.version
     where c.id = any(?::uuid[])`,
    [claimIds],
  )
  return found.rows as StoredRecord[]
}

/** All versions of a claim's record, the oldest first. */
export async function loadVersions(tx: Db | Tx, claimId: string): Promise<StoredRecord[]> {
  const found = await tx.raw(
    `select r.claim_id, r.version, r.ciphertext, r.sha256, k.wrapped_by, k.wrapped
     from sealed_records r
     join wrapped_keys k on k.claim_id = r.claim_id and k.version = r.version
     where r.claim_id = ? order by r.version`,
    [claimId],
  )
  return found.rows as StoredRecord[]
}

/** The sealed names and kinds of a claim's documents. */
export async function loadAbouts(
  tx: Db | Tx,
  claimId: string,
): Promise<{ id: string; about: Buffer; wrapped: Buffer }[]> {
  return tx('evidence as e')
    .join('evidence_keys as k', 'k.evidence_id', 'e.id')
    .where({ 'e.claim_id': claimId, 'k.part': 'original' })
    .whereNotNull('e.about')
    .select('e.id', 'e.about', 'k.wrapped')
}

/** The wrapped key of one part of a document, where it is there. */
export async function loadDocumentKey(
  tx: Db | Tx,
  { id, claimId }: DocumentRef,
  part: DocumentPart,
): Promise<WrappedKey | undefined> {
  return tx('evidence_keys as k')
    .join('evidence as e', 'e.id', 'k.evidence_id')
    .where({ 'e.id': id, 'e.claim_id': claimId, 'k.part': part })
    .first<WrappedKey | undefined>('k.part', 'k.wrapped')
}
