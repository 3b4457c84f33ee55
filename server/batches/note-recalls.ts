import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import type { Person } from '../web/person'
import { updateNoted } from './recalls.store'

/**
 * Notes, for the firm, that these claims are no longer to be used as delivered: an entry each. Of another
 * firm's, and of what somebody noted before, nothing changes.
 * @returns how many
 */
export async function noteRecalls(
  { db, clock }: { db: Db; clock: Clock },
  person: Person,
  asked: string[],
): Promise<number> {
  const ids = [...new Set(asked)].filter(isId)
  if (ids.length === 0) return 0
  const now = clock.now()
  return asActor(db, person.id, async (tx) => {
    const noted = await updateNoted(tx, ids, { noted_by: person.id, noted_at: now })
    for (const { id, claim_id: claimId } of noted) {
      await appendEntry(tx, now, {
        kind: 'recall.noted',
        claimId,
        private: { recall: id, person: person.id },
      })
    }
    return noted.length
  })
}
