import { asActor, type Db } from '../db/connections'
import { readCursor, writeCursor } from '../web/cursor'
import type { Person } from '../web/person'
import * as store from './recalls.store'

export type { RecallRow } from './recalls.store'

export const recallViews = ['open', 'noted'] as const
export type RecallView = (typeof recallViews)[number]

/** A page of delivered claims that changed: the open ones longest waiting first, the noted newest first. */
export async function listRecalls(
  db: Db,
  person: Person,
  query: { view: RecallView; after?: string | undefined },
  pageSize: number,
): Promise<{ rows: store.RecallRow[]; next: string | null }> {
  const found = await asActor(db, person.id, (tx) =>
    store.selectRecalls(tx, {
      view: query.view,
      firmId: person.firmId,
      behind: readCursor(query.after),
      limit: pageSize + 1,
    }),
  )
  const rows = found.slice(0, pageSize)
  const last = rows.at(-1)
  const at = last && (query.view === 'open' ? last.at : last.noted_at!)
  const next = last && found.length > pageSize ? writeCursor({ at: at!, id: last.id }) : null
  return { rows, next }
}
