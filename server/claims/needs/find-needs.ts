import type { Db, Tx } from '../../db/connections'
import * as store from './needs.store'

export type { NeedRow } from './needs.store'

/** What a claim lacks: first what is required, in the order it was asked for. */
export function findOpenNeeds(db: Db | Tx, claimId: string): Promise<store.NeedRow[]> {
  return store.selectNeeds(db, claimId, { open: true })
}

/** The same with what has arrived since. */
export function findNeeds(db: Db | Tx, claimId: string): Promise<store.NeedRow[]> {
  return store.selectNeeds(db, claimId, { open: false })
}

export function isOpenNeed({ met_at, cancelled_at }: store.NeedRow): boolean {
  return met_at === null && cancelled_at === null
}

export async function findNeed(
  db: Db | Tx,
  claimId: string,
  id: string,
): Promise<store.NeedRow | null> {
  const need = await store.selectNeed(db, id)
  return need?.claim_id === claimId ? need : null
}

/** For staff, who also see whether a moderator or a rule asked. */
export const findStaffNeeds = store.selectStaffNeeds
