import { asActor, type Db } from '../db/connections'
import { readCursor, writeCursor } from '../web/cursor'
import type { Person } from '../web/person'
import * as store from './privacy.store'

export { erasureRefusals, type ErasureRow, type ListedErasure } from './privacy.store'

export const erasureViews = ['open', 'answered'] as const
export type ErasureView = (typeof erasureViews)[number]

/** A page of what people asked to have erased: the open ones first asked first, the answered newest first. */
export async function listErasures(
  db: Db,
  person: Person,
  query: { view: ErasureView; after?: string | undefined },
  pageSize: number,
): Promise<{ rows: store.ListedErasure[]; next: string | null }> {
  const found = await asActor(db, person.id, (tx) =>
    store.selectErasures(tx, {
      view: query.view,
      behind: readCursor(query.after),
      limit: pageSize + 1,
    }),
  )
  const rows = found.slice(0, pageSize)
  const last = rows.at(-1)
  const at = last && (query.view === 'open' ? last.asked_at : last.answered_at!)
  const next = last && found.length > pageSize ? writeCursor({ at: at!, id: last.id }) : null
  return { rows, next }
}

/** The newest request to erase a claim, for the page of its person; undefined when there is none. */
export async function findErasure(db: Db, claimId: string): Promise<store.ErasureRow | undefined> {
  return store.selectErasure(db, claimId)
}
