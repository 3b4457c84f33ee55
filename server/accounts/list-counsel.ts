import type { Tx } from '../db/connections'
import { selectCounsel } from './accounts.store'

/** The active people of a firm, to be written to. */
export async function listCounsel(
  tx: Tx,
  firmId: string,
): Promise<{ id: string; language: 'ko' | 'en' }[]> {
  return selectCounsel(tx, firmId)
}
