import type { Tx } from '../db/connections'
import { setBounced } from './worker.store'

/**
 * Notes that the newest mail about a claim came back at this moment, or that it went out after all (null):
 * for the browser that filed, and for staff. Whose address it was is not part of it.
 */
export async function noteBounce(tx: Tx, claimId: string, at: Date | null): Promise<void> {
  await setBounced(tx, claimId, at)
}
