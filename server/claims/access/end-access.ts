import type { Tx } from '../../db/connections'
import * as store from './access-worker.store'

/**
 * Ends what anybody has open of these claims, and what mailed links would still open of them: their
 * address is another one now. The receipt stays: it tells of nobody, and whoever filed was sent it.
 */
export async function endAccess(tx: Tx, claimIds: string[]): Promise<void> {
  await store.deleteAccess(tx, claimIds)
}
