import type { Db } from '../db/connections'
import { hasCopies, renewCopies } from '../vault/claimant-copies'
import type { WorkerVault } from '../vault/vault'
import { documentsCopy } from './own-documents'

/**
 * Makes anew what everyone who has a claim open right now sees of its documents. Asked for by a trigger
 * when one was received or destroyed (migrations/0011). Reading their names is an opening like any other,
 * so nothing is read where nobody looks.
 */
export async function renewDocuments(
  { db, vault }: { db: Db; vault: WorkerVault },
  claimId: string,
  run: string,
): Promise<void> {
  if (!(await hasCopies(db, 'documents', claimId))) return
  const opening = await vault.beginOpening([claimId], {
    actor: { kind: 'job', job: 'renew-documents', run },
    purpose: 'own_page',
  })
  await db.transaction((tx) =>
    renewCopies(tx, { kind: 'documents', claimId }, async () => ({
      content: await documentsCopy(opening, claimId),
    })),
  )
}
