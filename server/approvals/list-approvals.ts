import { asActor, type Db } from '../db/connections'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { readCursor, writeCursor } from '../web/cursor'
import type { Person } from '../web/person'
import { hasOtherAdministrator } from '../accounts/list-staff'
import { selectApproval, selectApprovals, type ApprovalRow } from './approvals.store'

export type { ApprovalRow, ApprovalState } from './approvals.store'

export const approvalViews = ['open', 'closed'] as const
export type ApprovalView = (typeof approvalViews)[number]

/** A page of the requests that this person may see, newest first. */
export async function listApprovals(
  db: Db,
  person: Person,
  query: { view: ApprovalView; after?: string | undefined },
  pageSize: number,
): Promise<{ rows: ApprovalRow[]; next: string | null }> {
  const page = { view: query.view, behind: readCursor(query.after), limit: pageSize + 1 }
  const found = await asActor(db, person.id, (tx) => selectApprovals(tx, page))
  const rows = found.slice(0, pageSize)
  const last = rows.at(-1)
  const at = last && (query.view === 'open' ? last.asked_at : last.closed_at!)
  return {
    rows,
    next: last && found.length > pageSize ? writeCursor({ at: at!, id: last.id }) : null,
  }
}

/**
 * One request, and whether somebody other than who asked could decide it.
 * @throws Problem('not_found') for whoever may not see it
 */
export async function findApproval(
  db: Db,
  person: Pick<Person, 'id'>,
  id: string,
): Promise<{ approval: ApprovalRow; second: boolean }> {
  if (!isId(id)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const approval = await selectApproval(tx, id)
    if (!approval) throw new Problem('not_found')
    return { approval, second: await hasOtherAdministrator(tx, approval.asked_by) }
  })
}

/** Whether somebody other than this person could decide what they ask for. */
export async function hasSecond(db: Db, personId: string): Promise<boolean> {
  return asActor(db, personId, (tx) => hasOtherAdministrator(tx, personId))
}
