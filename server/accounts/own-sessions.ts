import { createHash } from 'node:crypto'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { deleteSomeSessions, selectSessions } from './accounts.store'

export interface OwnSession {
  /** names the session in forms; who knows it cannot use the session */
  id: string
  browser: string
  startedAt: Date
  seenAt: Date
  /** the one that asks */
  current: boolean
}

const idOf = (sid: string) => createHash('sha256').update(sid).digest('hex')

/** Where the person is signed in now, the newest use first. `sid` is the session that asks. */
export async function listOwnSessions(
  db: Db,
  personId: string,
  sid: string,
): Promise<OwnSession[]> {
  const rows = await selectSessions(db, personId)
  return rows.map((row) => ({
    id: idOf(row.sid),
    browser: row.sess.browser ?? '',
    startedAt: new Date(row.sess.startedAt ?? 0),
    seenAt: new Date(row.sess.seenAt ?? 0),
    current: row.sid === sid,
  }))
}

/**
 * Ends one session of the person's own, or (`id` is `others`) all but the one that asks.
 * @throws Problem('not_found') when there is no such session of theirs
 */
export async function endOwnSessions(
  { db, clock }: { db: Db; clock: Clock },
  personId: string,
  sid: string,
  id: string,
): Promise<void> {
  await asActor(db, personId, async (tx) => {
    const rows = await selectSessions(tx, personId)
    const ended = rows
      .map((row) => row.sid)
      .filter((one) => (id === 'others' ? one !== sid : idOf(one) === id))
    if (ended.length === 0 && id !== 'others') throw new Problem('not_found')
    const count = await deleteSomeSessions(tx, personId, ended)
    if (count === 0) return
    await appendEntry(tx, clock.now(), {
      kind: 'person.session_ended',
      private: { person: personId, sessions: count },
    })
  })
}
