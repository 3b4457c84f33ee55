import { asActor, type Db } from '../db/connections'
import { selectRights, type RightsRow } from './rights.store'

export type { RightsRow } from './rights.store'

/**
 * Who got or lost which right, newest first, of one person or of all, a page at a time; for administrators
 * alone. `next` asks for the older ones, when there are any.
 */
export async function listRights(
  db: Db,
  actorId: string,
  {
    personId = null,
    before,
    limit,
  }: { personId?: string | null; before?: string | undefined; limit: number },
): Promise<{ rows: RightsRow[]; next: string | null }> {
  const behind = /^\d{1,15}$/.test(before ?? '') ? Number(before) : null
  const found = await asActor(db, actorId, (tx) => selectRights(tx, personId, behind, limit + 1))
  const rows = found.slice(0, limit)
  return { rows, next: found.length > limit ? String(rows.at(-1)!.id) : null }
}
