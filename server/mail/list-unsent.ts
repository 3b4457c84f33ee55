import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import type { Limits } from '../limits'
import { readCursor, writeCursor } from '../web/cursor'
import type { Person } from '../web/person'
import * as store from './mail.store'

export type { UnsentRow, UnsentState } from './mail.store'

/** What the list can show. Those still being tried: the longest waiting first; those given up: the newest. */
const views = {
  all: { states: store.unsentStates, order: 'asc' },
  bounced: { states: ['bounced'], order: 'desc' },
  failed: { states: ['failed'], order: 'desc' },
  deferred: { states: ['deferred'], order: 'asc' },
  queued: { states: ['queued'], order: 'asc' },
} as const satisfies Record<string, { states: readonly store.UnsentState[]; order: 'asc' | 'desc' }>

export type UnsentView = keyof typeof views
export const unsentViews = Object.keys(views) as UnsentView[]

export interface ListDeps {
  db: Db
  clock: Clock
  config: { limits: Pick<Limits, 'mailLateMs' | 'mailAlertMs' | 'mailCountMax' | 'pageSize'> }
}

export interface Unsent {
  mails: store.UnsentRow[]
  /** of each state; one more than `mailCountMax` stands for more than that */
  counts: Map<store.UnsentState, number>
  /** asks for the page behind this one, where there is any */
  next: string | null
  /** how long the oldest mail that is still being tried has waited, in ms, when that is too long */
  alertMs: number | null
}

/**
 * Mails that have not gone out: deferred, bounced, given up, and queued for longer than the queue needs.
 * Nothing leaves the list but by being sent, or by losing its sense.
 */
export async function listUnsent(
  { db, clock, config: { limits } }: ListDeps,
  person: Person,
  query: { view: UnsentView; after?: string | undefined },
): Promise<Unsent> {
  const now = clock.now()
  const lateBefore = new Date(now.getTime() - limits.mailLateMs)
  return asActor(db, person.id, async (tx) => {
    const rows = await store.selectUnsent(tx, {
      ...views[query.view],
      lateBefore,
      behind: readCursor(query.after),
      limit: limits.pageSize + 1,
    })
    const mails = rows.slice(0, limits.pageSize)
    const last = mails.at(-1)
    return {
      mails,
      counts: await store.countUnsent(tx, lateBefore, limits.mailCountMax + 1),
      next:
        last && rows.length > mails.length
          ? writeCursor({ at: last.created_at, id: last.id })
          : null,
      alertMs: tooLong(await store.selectOldestWaiting(tx, now), now, limits),
    }
  })
}

/** How long the oldest mail that is still being tried has waited, in ms; null while that is no news. */
export async function longestWait(
  {
    db,
    clock,
    config: { limits },
  }: Omit<ListDeps, 'config'> & {
    config: { limits: Pick<Limits, 'mailAlertMs'> }
  },
  person: Person,
): Promise<number | null> {
  const now = clock.now()
  const oldest = await asActor(db, person.id, (tx) => store.selectOldestWaiting(tx, now))
  return tooLong(oldest, now, limits)
}

function tooLong(
  oldest: Date | null,
  now: Date,
  { mailAlertMs }: Pick<Limits, 'mailAlertMs'>,
): number | null {
  const waited = oldest === null ? 0 : now.getTime() - oldest.getTime()
  return waited > mailAlertMs ? waited : null
}
