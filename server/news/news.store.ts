import type { Db, Tx } from '../db/connections'
import type { Cursor } from '../web/cursor'

/** The table of this feature: news. */

export interface NewsTexts {
  title_ko: string
  title_en: string
  text_ko: string
  text_en: string
}

export interface PublicNews extends NewsTexts {
  id: string
  matter_id: string
  /** whose counsel posted it; null: an administrator */
  firm_id: string | null
  published_at: Date
}

export interface NewsRow extends PublicNews {
  posted_by: string
  withdrawn_at: Date | null
}

const texts = ['title_ko', 'title_en', 'text_ko', 'text_en'] as const
const publicColumns = ['id', 'matter_id', ...texts, 'firm_id', 'published_at'] as const
const columns = [...publicColumns, 'posted_by', 'withdrawn_at'] as const
const newestFirst = ['published_at', 'id'].map((column) => ({ column, order: 'desc' as const }))

/** What is published about a matter, the newest first; `behind` begins behind that one. */
export async function selectPublished(
  db: Db,
  matterId: string,
  { behind, limit }: { behind: Cursor | null; limit: number },
): Promise<PublicNews[]> {
  const rows = db('news')
    .where({ matter_id: matterId })
    .whereNull('withdrawn_at')
    .orderBy(newestFirst)
    .limit(limit)
  if (behind) void rows.whereRaw('(published_at, id) < (?, ?)', [behind.at, behind.id])
  return rows.select<PublicNews[]>(...publicColumns)
}

/** Everything that the actor may see, withdrawn news too, the newest first. */
export async function selectNews(
  tx: Tx,
  { behind, limit }: { behind: Cursor | null; limit: number },
): Promise<NewsRow[]> {
  const rows = tx('news').orderBy(newestFirst).limit(limit)
  if (behind) void rows.whereRaw('(published_at, id) < (?, ?)', [behind.at, behind.id])
  return rows.select<NewsRow[]>(...columns)
}

/** Writes it once: the same form sent twice is one piece of news. @returns whether this call did */
export async function insertNews(
  tx: Tx,
  news: NewsTexts & {
    id: string
    matter_id: string
    posted_by: string
    firm_id: string | null
    published_at: Date
  },
): Promise<boolean> {
  const written = await tx('news').insert(news).onConflict('id').ignore().returning('id')
  return written.length === 1
}

/** Withdraws it if it still stands; null when there is nothing like it that the actor sees. */
export async function withdraw(
  tx: Tx,
  id: string,
  by: { withdrawn_at: Date; withdrawn_by: string },
): Promise<{ matter_id: string; withdrawn: boolean } | null> {
  const row = await tx('news').where({ id }).first<{ matter_id: string } | undefined>('matter_id')
  if (!row) return null
  const changed = await tx('news').where({ id }).whereNull('withdrawn_at').update(by)
  return { ...row, withdrawn: changed === 1 }
}
