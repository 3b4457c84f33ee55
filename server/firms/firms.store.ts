import type { Db, Tx } from '../db/connections'

export interface FirmRow {
  id: string
  slug: string
  content: unknown
}

export function selectFirms(db: Db | Tx): Promise<FirmRow[]> {
  return db('firms').orderBy('slug').select<FirmRow[]>('id', 'slug', 'content')
}

export function selectFirmBySlug(db: Db | Tx, slug: string): Promise<FirmRow | undefined> {
  return db('firms').where({ slug }).first<FirmRow | undefined>('id', 'slug', 'content')
}
