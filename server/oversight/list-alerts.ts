import { hasOtherAdministrator } from '../accounts/list-staff'
import { asActor, type Db } from '../db/connections'
import { isId } from '../kernel/ids'
import type { Person } from '../web/person'
import * as store from './alerts.store'

export { alertOutcomes, type AlertOutcome, type AlertRow, type ListedAlert } from './alerts.store'

export const alertViews = ['open', 'done'] as const
export type AlertView = (typeof alertViews)[number]

/** A page of alerts, newest first: those that nobody has looked into, or the others. For administrators. */
export async function listAlerts(
  db: Db,
  person: Person,
  query: { view: AlertView; after?: string | undefined },
  pageSize: number,
): Promise<{ rows: store.ListedAlert[]; next: string | null }> {
  const { after } = query
  const found = await asActor(db, person.id, (tx) =>
    store.selectAlerts(tx, {
      open: query.view === 'open',
      behind: isId(after) ? after : null,
      limit: pageSize + 1,
    }),
  )
  const rows = found.slice(0, pageSize)
  return { rows, next: found.length > pageSize ? rows.at(-1)!.id : null }
}

/** The newest alerts that nobody has looked into, for an overview; to anybody but an administrator, none. */
export async function openAlerts(
  db: Db,
  person: Person,
  limit: number,
): Promise<store.ListedAlert[]> {
  return (await listAlerts(db, person, { view: 'open' }, limit)).rows
}

/** How many are open, counted no further than `most`: one look into an index as small as they are few. */
export function countOpenAlerts(db: Db, most: number): Promise<number> {
  return store.countOpen(db, most)
}

/** One alert, for the worker that tells of it. @throws Error when there is none */
export async function findAlert(db: Db, id: string): Promise<store.AlertRow> {
  const alert = await store.selectAlert(db, id)
  if (!alert) throw new Error('a mail is about an alert that is not stored')
  return alert
}

/** Whether somebody else could look into an alert about this administrator. */
export function hasAnother(db: Db, person: Person): Promise<boolean> {
  return asActor(db, person.id, (tx) => hasOtherAdministrator(tx, person.id))
}
