import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { queueMail } from '../mail/queue-mail'
import type { Person } from '../web/person'
import * as store from './messages.store'

/**
 * Mails whoever answers questions that some wait: once for all that came since the last such mail, and at
 * most once in `digestMs`, so that a flood of questions is no flood of mails.
 */
export async function tellOfQuestions({
  db,
  clock,
  config,
}: {
  db: Db
  clock: Clock
  config: { limits: { digestMs: number } }
}): Promise<void> {
  const now = clock.now()
  const before = new Date(now.getTime() - config.limits.digestMs)
  await db.transaction(async (tx) => {
    for (const { person_id: personId, language } of await store.takeDigests(tx, now, before)) {
      const about = { template: 'questions-waiting', personId, subjectId: personId } as const
      await queueMail(tx, { ...about, language, at: now })
    }
  })
}

/** How many questions wait for the desk of this person now, counted no further than `max`. */
export function countQuestionsFor(
  db: Db,
  person: Pick<Person, 'role' | 'firmId'>,
  max: number,
): Promise<number> {
  return store.countWaiting(db, person, max)
}
