import { randomUUID } from 'node:crypto'
import type { Tx } from '../db/connections'
import { appendEntry } from '../ledger/append-entry'
import type { DocumentDeps } from './admit-document'
import { decodeText } from './check-document'
import type { ViewProblem } from './document'
import * as store from './evidence-worker.store'
import { StorageMissing } from './storage/storage'

/**
 * Makes what staff look at in place of a document: drawn anew by a process without keys, so that nothing of
 * the file's own construction reaches a person's browser, and no place where a photo was taken. Encrypted
 * like the original, under a key of its own. Harmless to repeat.
 */
export async function viewDocument(
  deps: DocumentDeps,
  evidenceId: string,
  run: string,
): Promise<void> {
  const { db, clock, vault, storage } = deps
  const document = await store.selectDocument(db, evidenceId)
  if (document?.state !== 'received' || document.view !== 'waiting') return
  const { id, claim_id: claimId } = document
  const opening = await vault.beginOpening([claimId], {
    actor: { kind: 'job', job: 'view-document', run },
    purpose: 'document_check',
  })
  const bytes = await storage
    .get(document.object_id)
    .then((ciphertext) => opening.part({ id, claimId }, 'original', 1, ciphertext))
    .catch(nullWhenMissing)
  const drawn = bytes ? await draw(deps, document, bytes) : { problem: 'unreadable' as const }
  if ('problem' in drawn) {
    await settle(deps, document, { pages: 0, problem: drawn.problem }, (tx) =>
      store.markViewed(tx, id, { view: 'failed', view_problem: drawn.problem }),
    )
    return
  }
  const sealed = vault.sealView({ id, claimId }, drawn.pages)
  const pages = sealed.pages.map((page) => ({ ...page, objectId: randomUUID() }))
  for (const { objectId, ciphertext: page } of pages) await storage.put(objectId, page)
  // If it was destroyed or viewed meanwhile, the files are without a row and the sweep takes them.
  await settle(deps, document, { pages: pages.length, problem: null }, async (tx) => {
    await store.insertKey(tx, id, sealed.key)
    await store.insertViews(tx, id, pages, clock.now())
    await store.markViewed(tx, id, { view: 'made' })
  })
}

/** Tried again it would be missing still; the sweep reports it. */
function nullWhenMissing(error: unknown): null {
  if (error instanceof StorageMissing) return null
  throw error
}

async function draw(
  { parse }: DocumentDeps,
  { type }: store.WorkerDocument,
  bytes: Buffer,
): Promise<{ pages: Buffer[] } | { problem: ViewProblem }> {
  if (type === 'text') return { pages: [Buffer.from(decodeText(bytes) ?? '')] }
  const answer = await parse({ task: 'draw', type }, bytes)
  if ('pages' in answer && answer.pages.length > 0) return answer
  return { problem: 'problem' in answer ? answer.problem : 'unreadable' }
}

async function settle(
  { db, clock }: DocumentDeps,
  { id, claim_id: claimId }: store.WorkerDocument,
  facts: { pages: number; problem: ViewProblem | null },
  change: (tx: Tx) => Promise<void>,
): Promise<void> {
  await db.transaction(async (tx) => {
    if (!(await store.lockUnviewed(tx, id))) return
    await change(tx)
    await appendEntry(tx, clock.now(), {
      kind: 'evidence.shown',
      claimId,
      private: { evidence: id, ...facts },
    })
  })
}
