import type { Tx } from '../db/connections'
import type { Matter } from '../matters/matter-file'
import * as store from './authority-worker.store'
import { authorityKey } from './fill-documents'
import { consentsOnly } from './pack-content'

/** What a claim lacks while its guardian has not signed. */
export const guardianNeed = 'guardian'

/** Whether the papers of a claim are complete for the documents and the firm of today. */
export async function arePapersComplete(tx: Tx, claimId: string, matter: Matter): Promise<boolean> {
  const key = await store.selectKey(tx, claimId)
  if (matter.content.documents.length > 0) return key === authorityKey(matter)
  return key === `${matter.firm.id} ${consentsOnly}`
}
