import type { Db } from '../db/connections'
import { openCopies } from '../vault/claimant-copies'
import type { MessagesCopy } from './read-own-messages'

/** What was written about a claim that is open in this browser; null when there is no copy of it. */
export async function findOwnMessages(
  db: Db,
  secret: string,
  claimId: string,
): Promise<MessagesCopy | null> {
  const copies = (await openCopies(db, 'messages', secret)) as Map<string, MessagesCopy>
  return copies.get(claimId) ?? null
}
