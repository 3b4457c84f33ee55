import type { Tx } from '../../db/connections'
import { newId } from '../../kernel/ids'
import { reminderMoments, type Reminded, type ReminderLimits } from './reminder-moments'
import * as store from './reminders.store'

export type { ReminderLimits } from './reminder-moments'

/**
 * Has a claim looked at when the first reminder of what was just asked for is due, in the caller's transaction. The
 * deadlines of its case are looked at by then.
 */
export async function planReminders(
  tx: Tx,
  limits: ReminderLimits,
  claimId: string,
  needs: readonly Reminded[],
): Promise<void> {
  const [first] = reminderMoments(needs, [], limits)
  if (first) await store.planNext(tx, { id: newId(), claimId, at: first })
}
