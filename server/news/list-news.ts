import { asActor, type Db } from '../db/connections'
import { listFirms } from '../firms/list-firms'
import { listCases } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { readCursor, writeCursor } from '../web/cursor'
import type { Person } from '../web/person'
import * as store from './news.store'

export type { NewsRow, NewsTexts, PublicNews } from './news.store'

/** News as its readers see it, with who posted it: a firm, or null for those who run the portal. */
export interface ShownNews extends store.PublicNews {
  firm: { ko: string; en: string } | null
}

/** The newest news of a matter. */
export async function findNewest(db: Db, matterId: string, limit: number): Promise<ShownNews[]> {
  const rows = await store.selectPublished(db, matterId, { behind: null, limit })
  return withFirms(db, rows)
}

/** A page of what was published about a matter, and what asks for the next one, where there is any. */
export async function listPublished(
  db: Db,
  matterId: string,
  { after, pageSize }: { after: string | undefined; pageSize: number },
): Promise<{ news: ShownNews[]; next: string | null }> {
  const behind = readCursor(after)
  const rows = await store.selectPublished(db, matterId, { behind, limit: pageSize + 1 })
  const shown = rows.slice(0, pageSize)
  return { news: await withFirms(db, shown), next: nextOf(rows, shown) }
}

/** The matters that a person may post about. */
export async function mattersOf(db: Db, { role, firmId }: Person): Promise<Matter[]> {
  const matters = await listCases(db)
  return matters.filter(({ firm }) => role === 'administrator' || firm.id === firmId)
}

/** A page of all news that a person may see, withdrawn news too. */
export async function listNews(
  db: Db,
  person: Person,
  { after, pageSize }: { after: string | undefined; pageSize: number },
): Promise<{ news: (store.NewsRow & ShownNews)[]; next: string | null }> {
  const behind = readCursor(after)
  const rows = await asActor(db, person.id, (tx) =>
    store.selectNews(tx, { behind, limit: pageSize + 1 }),
  )
  const shown = rows.slice(0, pageSize)
  return { news: await withFirms(db, shown), next: nextOf(rows, shown) }
}

async function withFirms<Row extends store.PublicNews>(
  db: Db,
  rows: Row[],
): Promise<(Row & ShownNews)[]> {
  if (rows.length === 0) return []
  const firms = new Map((await listFirms(db)).map(({ id, content }) => [id, content.name]))
  return rows.map((row) => ({ ...row, firm: firms.get(row.firm_id ?? '') ?? null }))
}

function nextOf(rows: store.PublicNews[], shown: store.PublicNews[]): string | null {
  const last = shown.at(-1)
  return last && rows.length > shown.length
    ? writeCursor({ at: last.published_at, id: last.id })
    : null
}
