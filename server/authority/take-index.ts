import { wasGranted } from '../approvals/find-approved'
import { needsTwo, type Acted } from '../approvals/request-approval'
import type { ApprovalHandlers } from '../approvals/settle-approval'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import type { Matter } from '../matters/matter-file'
import type { Person } from '../web/person'
import { selectCounts } from './authority-staff.store'

/**
 * Whether this person may take the list of a matter's papers as a file. Of more than `exportClaimsAlone` claims
 * that takes another person and `reason`, and then holds for `approvalHours`.
 */
export async function askIndex(
  {
    db,
    clock,
    config,
  }: {
    db: Db
    clock: Clock
    config: { limits: { approvalHours: number; exportClaimsAlone: number } }
  },
  person: Pick<Person, 'id' | 'firmId'>,
  matter: Pick<Matter, 'id'>,
  reason: string | undefined,
): Promise<Acted> {
  const { approvalHours, exportClaimsAlone } = config.limits
  return asActor(db, person.id, async (tx): Promise<Acted> => {
    const now = clock.now()
    const counts = await selectCounts(tx, matter.id)
    const claims = counts.reduce((sum, one) => sum + one.claims, 0)
    if (claims <= exportClaimsAlone) return { outcome: 'done' }
    const object = `${matter.id} ${person.id}`
    const since = new Date(now.getTime() - approvalHours * 3600_000)
    if (await wasGranted(tx, { kind: 'index', object, askedBy: person.id, since })) {
      return { outcome: 'done' }
    }
    return needsTwo(
      tx,
      { now, approvalHours, by: person.id },
      {
        kind: 'index',
        object,
        params: { matter: matter.id, claims },
        reason,
        ...(person.firmId !== null && { firmId: person.firmId }),
      },
    )
  })
}

/** The approval itself is what was asked for. */
export const indexHandlers: Pick<ApprovalHandlers, 'index'> = {
  index: { carryOut: async () => {} },
}
