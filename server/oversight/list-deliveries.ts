import { asActor, type Db } from '../db/connections'
import { readCursor, writeCursor } from '../web/cursor'
import * as store from './deliveries.store'

export type { DeliveryRow } from './deliveries.store'

/** Deliveries asked for, made, downloaded and recalled: who and when, newest first, a page at a time. */
export async function listDeliveries(
  db: Db,
  actorId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<{ rows: store.DeliveryRow[]; next: string | null }> {
  return asActor(db, actorId, async (tx) => {
    const found = await store.selectDeliveries(tx, readCursor(before), limit + 1)
    const rows = found.slice(0, limit)
    const last = rows.at(-1)
    const next = found.length > limit && last ? writeCursor({ at: last.at, id: last.id }) : null
    return { rows, next }
  })
}

/** Recalls that no firm has noted yet, counted no further than `max`. */
export function countRecalls(db: Db, actorId: string, max: number): Promise<number> {
  return asActor(db, actorId, (tx) => store.countOpenRecalls(tx, max))
}
