import type { Db, Tx } from '../../db/connections'
import { isChangeKind, type ChangeKind } from './change-kinds'
import * as store from './changes.store'

/** What became of something a person asked of their claim; undefined when there is no such thing. */
export async function findChange(
  db: Db,
  id: string,
): Promise<(store.ChangeRow & { kind: ChangeKind }) | undefined> {
  const change = await store.selectChange(db, id)
  return change && isChangeKind(change.kind) ? { ...change, kind: change.kind } : undefined
}

/** How often a change of this kind was made of a claim since then; null: over its whole life. */
export async function countMade(
  tx: Tx,
  claimId: string,
  kind: ChangeKind,
  since: Date | null,
): Promise<number> {
  return store.countChanges(tx, { claimId, kind, outcome: 'done' }, since)
}
