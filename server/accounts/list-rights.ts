import { asActor, type Db } from '../db/connections'
import { selectRights, type RightsRow } from './rights.store'

export type { RightsRow } from './rights.store'

/** Who got or lost which right, newest first, of one person or of all; for administrators alone. */
export function listRights(
  db: Db,
  actorId: string,
  { personId = null, limit }: { personId?: string | null; limit: number },
): Promise<RightsRow[]> {
  return asActor(db, actorId, (tx) => selectRights(tx, personId, limit))
}
