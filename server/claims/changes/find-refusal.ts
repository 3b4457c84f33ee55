import type { Db } from '../../db/connections'
import type { ChangeKind, Refusal } from './change-kinds'
import { selectNewestOf } from './changes.store'

/** Why the newest change of this kind that was asked for since then was not made; null when it was, or waits. */
export async function findRefusal(
  db: Db,
  claimId: string,
  kind: ChangeKind,
  since: Date,
): Promise<Refusal | null> {
  const row = await selectNewestOf(db, { claimId, kind }, since)
  return row?.outcome === 'refused' ? row.reason : null
}
