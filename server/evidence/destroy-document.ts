import type { Tx } from '../db/connections'
import { appendEntry } from '../ledger/append-entry'
import { queueMail } from '../mail/queue-mail'
import { addIntent } from '../outbox/add-intent'
import type { DocumentRef } from '../vault/vault'
import * as store from './destroy.store'
import type { DestroyReason } from './document'

/** What the person is not written to about: they did it themselves, or hear of the claim as a whole. */
const untold: readonly DestroyReason[] = ['by_claimant', 'claim_ended']

/**
 * Destroys a document in the caller's transaction: its keys and its name at once, its files right after
 * the commit. The row stays and says when and why; the claimant is written to.
 * @returns false when there was nothing left to destroy
 */
export async function destroyDocument(
  tx: Tx,
  now: Date,
  document: DocumentRef,
  why: { reason: DestroyReason; person: string | null },
): Promise<boolean> {
  const { reason, person } = why
  const { id, claimId } = document
  const change = { destroyed_at: now, destroyed_by: person, reason }
  if (!(await store.markDestroyed(tx, document, change))) return false
  const files = await store.deleteKeysAndFiles(tx, id)
  for (const objectId of files) await addIntent(tx, 'erase-object', { objectId })
  await appendEntry(tx, now, {
    kind: 'evidence.destroyed',
    claimId,
    private: { evidence: id, reason, person, files: files.length },
  })
  if (!untold.includes(reason)) {
    const language = await store.selectLanguage(tx, claimId)
    await queueMail(tx, {
      template: 'document-destroyed',
      claimId,
      subjectId: id,
      language,
      at: now,
    })
  }
  return true
}

/** The same for every document of a claim that has ended. */
export async function destroyDocumentsOf(tx: Tx, now: Date, claimId: string): Promise<void> {
  for (const id of await store.selectUndestroyed(tx, claimId)) {
    await destroyDocument(tx, now, { id, claimId }, { reason: 'claim_ended', person: null })
  }
}
