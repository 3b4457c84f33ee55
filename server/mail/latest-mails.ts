import { asActor, type Db } from '../db/connections'
import { selectLatestMails, type LatestMail } from './mail.store'
import type { PersonTemplate } from './templates'

export type { LatestMail } from './mail.store'

/**
 * What became of the newest mail of one kind to each of these people, by their id: an invitation, or the
 * word that a delivery (`subjectId`) is ready. `actorId` is the administrator who looks.
 */
export async function latestMails(
  db: Db,
  actorId: string,
  about: { template: PersonTemplate; personIds: readonly string[]; subjectId?: string },
): Promise<Map<string, LatestMail>> {
  if (about.personIds.length === 0) return new Map()
  return asActor(db, actorId, (tx) => selectLatestMails(tx, about))
}
