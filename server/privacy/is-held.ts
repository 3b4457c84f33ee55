import type { Db, Tx } from '../db/connections'
import { selectHeld } from './holds.store'

/** Whether a legal hold keeps what this claim holds: then nothing of it may expire, be erased or be destroyed. */
export function isHeld(db: Db | Tx, claimId: string): Promise<boolean> {
  return selectHeld(db, claimId)
}
