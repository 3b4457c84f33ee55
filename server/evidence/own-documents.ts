import type { Db, Tx } from '../db/connections'
import { openCopies } from '../vault/claimant-copies'
import type { DocumentOpening } from '../vault/vault'
import type { DocumentAbout } from './document'
import * as store from './evidence.store'

/** Copy `documents`: what only reading them tells, their names and hashes. How they stand is read live. */
export interface DocumentsCopy {
  documents: (DocumentAbout & { id: string })[]
}

export interface OwnDocument extends store.LiveDocument {
  /** null while the worker has not read it back, and once it is destroyed */
  about: DocumentAbout | null
  /** its claimant asked to take it back */
  leaving: boolean
}

/** What is sealed to a browser of the documents of one claim, read under an opening that names it. */
export async function documentsCopy(
  opening: DocumentOpening,
  claimId: string,
): Promise<DocumentsCopy> {
  const known = (await opening.documents(claimId)) as Map<string, DocumentAbout>
  return {
    documents: [...known].map(([id, { name, sha256 }]) => ({ id, name, sha256 })),
  }
}

/** The documents of a claim that is open in this browser, the newest first. */
export async function findOwnDocuments(
  db: Db,
  secret: string,
  claimId: string,
): Promise<OwnDocument[]> {
  const live = await store.selectLiveDocuments(db, claimId)
  const copies = (await openCopies(db, 'documents', secret)) as Map<string, DocumentsCopy>
  const known = new Map(copies.get(claimId)?.documents.map((one) => [one.id, one]))
  const leaving = new Set(
    await store.selectRemovalsWaiting(
      db,
      live.filter(({ state }) => state !== 'destroyed').map(({ id }) => id),
    ),
  )
  return live.map((row) => ({
    ...row,
    about: known.get(row.id) ?? null,
    leaving: leaving.has(row.id),
  }))
}

/** Whether a document of this claim came or went since then, or is about to: a copy made meanwhile may lack it. */
export async function mayHaveChanged(tx: Tx, claimId: string, since: Date): Promise<boolean> {
  return store.hasChangedSince(tx, claimId, since)
}

/** Whether the page still waits for the worker: for a name read back, or a document to be gone. */
export function isWaiting({ state, about, leaving }: OwnDocument): boolean {
  return state !== 'destroyed' && (about === null || leaving)
}
