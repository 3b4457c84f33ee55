import { asActor, type Db } from '../db/connections'
import { listCases } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { selectImports, selectLists, type ImportRow, type ListRow } from './notices.store'

export interface NoticeLists {
  /** every matter whose file takes notices, or that has a list */
  lists: { matter: Matter; list: Pick<ListRow, 'ids' | 'fillable' | 'demonstration'> }[]
  /** what was done to lists, the newest first */
  imports: { matter: Matter; done: ImportRow & { person: string } }[]
}

/** The lists of notices as administrators see them: numbers, days and names of staff. */
export async function listNotices(
  db: Db,
  person: { id: string },
  rows: number,
): Promise<NoticeLists> {
  const matters = await listCases(db)
  const read = await asActor(db, person.id, async (tx) => ({
    lists: await selectLists(tx),
    imports: await selectImports(tx, rows),
  }))
  const none = { ids: 0, fillable: 0, demonstration: false }
  const byId = new Map(matters.map((matter) => [matter.id, matter]))
  return {
    lists: matters.flatMap((matter) => {
      const list = read.lists.find((one) => one.matter_id === matter.id)
      return list || matter.content.notices ? [{ matter, list: list ?? none }] : []
    }),
    imports: read.imports.map((done) => ({ matter: byId.get(done.matter_id)!, done })),
  }
}
