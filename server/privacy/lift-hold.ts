import { needsTwo, type Acted } from '../approvals/request-approval'
import { NotAsApproved, type ApprovalHandlers } from '../approvals/settle-approval'
import { asActor } from '../db/connections'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import type { Person } from '../web/person'
import { lockHold, selectHold, updateLifted } from './holds.store'
import type { HoldDeps } from './set-hold'

/**
 * Asks that a hold be lifted, which takes another person and `reason`.
 * @throws Problem('not_found' | 'conflict' when it was lifted)
 */
export async function askLift(
  { db, clock, config }: HoldDeps & { config: { limits: { approvalHours: number } } },
  person: Pick<Person, 'id'>,
  id: string,
  reason: string | undefined,
): Promise<Acted> {
  if (!isId(id)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const hold = await selectHold(tx, id)
    if (!hold) throw new Problem('not_found')
    if (hold.lifted_at) throw new Problem('conflict')
    const { approvalHours } = config.limits
    const params = { hold: id, matter: hold.matter_id, number: hold.number }
    const asker = { now: clock.now(), approvalHours, by: person.id }
    return needsTwo(tx, asker, { kind: 'hold_lift', object: id, params, reason })
  })
}

/** What a hold kept may go again, once two people agreed. */
export const holdHandlers: Pick<ApprovalHandlers, 'hold_lift'> = {
  hold_lift: {
    carryOut: async (tx, { hold: id }, { by, now, id: approval }) => {
      const hold = await lockHold(tx, id)
      if (!hold || hold.lifted_at) throw new NotAsApproved()
      await updateLifted(tx, id, now, approval)
      await appendEntry(tx, now, { kind: 'hold.lifted', private: { hold: id, by, approval } })
    },
  },
}
