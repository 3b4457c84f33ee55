import type { NeedKind } from '../needs/need-kinds'

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs

export interface ReminderLimits {
  reminderDays: readonly number[]
  reminderDaysBefore: readonly number[]
  reminderHours: number
}

/** What is missing, as far as reminding goes. */
export interface Reminded {
  kind: NeedKind
  required: boolean
  asked_at: Date
  due_at: Date | null
}

/**
 * When to remind of what is missing, in order: some days after it was asked for, and some days before it is due
 * or a deadline of the case ends, never once it is due. Two that are close together are one, the earlier.
 * Nobody is reminded of what is only wished for.
 * @param deadlines of the case
 */
export function reminderMoments(
  needs: readonly Reminded[],
  deadlines: readonly Date[],
  { reminderDays, reminderDaysBefore, reminderHours }: ReminderLimits,
): Date[] {
  const moments = needs.flatMap(({ required, asked_at: asked, due_at: due }) => {
    if (!required) return []
    const after = reminderDays.map((days) => asked.getTime() + days * dayMs)
    const ends = [due, ...deadlines].flatMap((end) => (end === null ? [] : end.getTime()))
    const before = ends.flatMap((end) =>
      reminderDaysBefore.map((days) => end - days * dayMs).filter((at) => at > asked.getTime()),
    )
    return [...after, ...before].filter((at) => due === null || at < due.getTime())
  })
  const apart: number[] = []
  for (const at of moments.toSorted((a, b) => a - b)) {
    if (at >= (apart.at(-1) ?? -Infinity) + reminderHours * hourMs) apart.push(at)
  }
  return apart.map((at) => new Date(at))
}
