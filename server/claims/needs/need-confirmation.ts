import type { Tx } from '../../db/connections'
import type { ReminderLimits } from '../reminders/plan-reminders'
import { addNeeds } from './add-needs'
import * as store from './needs.store'

const dayMs = 24 * 60 * 60 * 1000

/** Notes that the address of a claim waits to be confirmed, until the claim expires. That it was, a trigger notes. */
export async function needConfirmation(
  tx: Tx,
  now: Date,
  limits: ReminderLimits & { unverifiedDays: number },
  { id, filed_at: filedAt }: { id: string; filed_at: Date },
): Promise<void> {
  const dueAt = new Date(filedAt.getTime() + limits.unverifiedDays * dayMs)
  await addNeeds(tx, now, limits, {
    claimId: id,
    by: null,
    wanted: [{ kind: 'confirm', ref: 'email', required: true, dueAt }],
  })
}

/** Nobody waits for it any more: the person has another claim, which is confirmed. */
export async function dropConfirmation(tx: Tx, now: Date, claimId: string): Promise<void> {
  await store.cancelByRule(tx, { claimId, kind: 'confirm' }, now)
}
