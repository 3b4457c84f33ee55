import type { Db, Tx } from '../db/connections'
import { firmFile, type FirmContent } from '../matters/matter-file'
import { selectFirmBySlug, selectFirms, type FirmRow } from './firms.store'

export interface Firm {
  id: string
  slug: string
  content: FirmContent
}

/** Every law firm, by slug; there are dozens, not thousands. */
export async function listFirms(db: Db | Tx): Promise<Firm[]> {
  return (await selectFirms(db)).map(toFirm)
}

/** The firm of that slug, or null. */
export async function findFirm(db: Db | Tx, slug: string): Promise<Firm | null> {
  const row = await selectFirmBySlug(db, slug)
  return row ? toFirm(row) : null
}

function toFirm({ id, slug, content }: FirmRow): Firm {
  return { id, slug, content: firmFile.parse(content) }
}
