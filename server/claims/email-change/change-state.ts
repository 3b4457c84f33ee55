/** Whose mailbox: the one that stands on the claim, or the one that takes its place. */
export type Side = 'old' | 'new'

/**
 * Why a change ended without being made. `newer`: another one took its place; `unchanged`: the address is
 * the one on the claim; `moved`: that was over, or had another address, by then; `staff_left`: whoever asked for it or approved it is no longer staff; `time`: nobody confirmed in time.
 */
export type StoppedBy =
  | 'old_mailbox'
  | 'new_mailbox'
  | 'declined'
  | 'newer'
  | 'unchanged'
  | 'moved'
  | 'staff_left'
  | 'time'
  | 'erased'

/** What is known of a change without opening anything. */
export interface ChangeFacts {
  origin: 'claimant' | 'staff'
  started_at: Date | null
  expires_at: Date
  confirmed_old_at: Date | null
  confirmed_new_at: Date | null
  approved_at: Date | null
  hold_until: Date | null
  applied_at: Date | null
  stopped_at: Date | null
  stopped_by: StoppedBy | null
}

/** How far a change is, each worded where it is shown. */
export type ChangeStage =
  | 'starting'
  | 'waits_both'
  | 'waits_old'
  | 'waits_new'
  | 'waits_approval'
  | 'waits_hold'
  | 'applying'
  | 'done'
  | 'stopped'
  | 'expired'

export function isOver(change: Pick<ChangeFacts, 'applied_at' | 'stopped_at'>): boolean {
  return change.applied_at !== null || change.stopped_at !== null
}

/** Whether everybody who has to say yes has done so. */
export function isAgreed(change: ChangeFacts): boolean {
  const { confirmed_old_at: old, confirmed_new_at: fresh, approved_at: approved } = change
  return fresh !== null && (change.origin === 'claimant' ? old : approved) !== null
}

/**
 * Whether it can be applied now. What staff started waits until the old mailbox has had its time to stop
 * it, counted from the notice. That its mail came back before does not shorten that: a full mailbox and a
 * spam filter answer like one that nobody reads, and whoever wants the claim could wait for such a day.
 */
export function isDue(change: ChangeFacts & { noticed_at: Date | null }, now: Date): boolean {
  if (isOver(change) || change.started_at === null || !isAgreed(change)) return false
  if (change.origin === 'claimant') return true
  return change.noticed_at !== null && change.hold_until !== null && change.hold_until <= now
}

export function stageOf(change: ChangeFacts, now: Date): ChangeStage {
  if (change.applied_at !== null) return 'done'
  if (change.stopped_at !== null) return change.stopped_by === 'time' ? 'expired' : 'stopped'
  if (!isAgreed(change) && change.expires_at <= now) return 'expired'
  if (change.started_at === null) return 'starting'
  const { confirmed_old_at: old, confirmed_new_at: fresh } = change
  if (change.origin === 'claimant') {
    if (old === null) return fresh === null ? 'waits_both' : 'waits_old'
    return fresh === null ? 'waits_new' : 'applying'
  }
  if (change.approved_at === null) return 'waits_approval'
  if (fresh === null) return 'waits_new'
  return change.hold_until !== null && change.hold_until > now ? 'waits_hold' : 'applying'
}

/** Why a change was not begun that the form says beside its field. */
export const emailRefusals = ['unchanged', 'invalid', 'too_often'] as const
