import { asActor, type Db } from '../db/connections'
import { listFirms } from '../firms/list-firms'
import { listMatters } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { readCursor, writeCursor } from '../web/cursor'
import type { Person } from '../web/person'
import * as store from './messages.store'

/** `firms`: what waits for the law firms, for those who run the portal to see; they cannot read it. */
export const threadViews = ['waiting', 'all', 'firms'] as const
export type ThreadView = (typeof threadViews)[number]

export interface ThreadQuery {
  view: ThreadView
  /** slug; one that is unknown filters nothing */
  matter?: string | undefined
  after?: string | undefined
}

export interface ListedThread extends store.ThreadRow {
  number: string
  matter: Matter
  /** that it waits for; `left`: the case has another one now */
  firm: { name: { ko: string; en: string }; left: boolean } | null
}

export interface ThreadList {
  /** those whose threads this person may see */
  matters: Matter[]
  matter: Matter | null
  threads: ListedThread[]
  /** asks for the page behind this one, where there is any */
  next: string | null
}

/** The desk that a person writes from. */
export function deskOf({ role }: Pick<Person, 'role'>): store.Desk {
  return role === 'counsel' ? 'counsel' : 'moderators'
}

/** What a person can choose from: counsel has no other desk to watch. */
export function viewsFor({ role }: Pick<Person, 'role'>): readonly ThreadView[] {
  return role === 'counsel' ? threadViews.filter((view) => view !== 'firms') : threadViews
}

/** A page of threads without a word of what they say: those that wait the longest first, all of them the newest. */
export async function listThreads(
  db: Db,
  person: Person,
  query: ThreadQuery,
  pageSize: number,
): Promise<ThreadList> {
  const everywhere = await listMatters(db)
  const matters = everywhere.filter(
    ({ firm }) => person.role !== 'counsel' || firm.id === person.firmId,
  )
  const matter = matters.find(({ slug }) => slug === query.matter) ?? null
  const waiting = query.view !== 'all'
  const rows = await asActor(db, person.id, (tx) =>
    store.selectThreadPage(tx, {
      desk: query.view === 'firms' ? 'counsel' : deskOf(person),
      waiting,
      matterId: matter?.id,
      behind: readCursor(query.after),
      limit: pageSize + 1,
    }),
  )
  const shown = rows.slice(0, pageSize)
  const last = shown.at(-1)
  const byId = new Map(everywhere.map((one) => [one.id, one]))
  const names = new Map((await listFirms(db)).map(({ id, content }) => [id, content.name]))
  return {
    matters,
    matter,
    threads: shown.map((thread) => {
      const its = byId.get(thread.matter_id)!
      const name = names.get(thread.firm_id ?? '')
      const left = thread.firm_id !== its.firm.id
      return { ...thread, matter: its, firm: name ? { name, left } : null }
    }),
    next:
      last && rows.length > shown.length
        ? writeCursor({ at: waiting ? last.waiting_since! : last.last_at, id: last.claim_id })
        : null,
  }
}
