import { Temporal } from 'temporal-polyfill'
import type { Deadline, Matter } from './matter-file'

/** The moment a deadline names: its date and time in its own zone, whatever the server's is. */
export function deadlineMoment({ at, timeZone }: Deadline): Date {
  const moment = Temporal.PlainDateTime.from(at).toZonedDateTime(timeZone)
  return new Date(moment.epochMilliseconds)
}

/** The deadline that ends filing, the earliest where there are several. */
export function filingDeadline(matter: Matter): Deadline | undefined {
  return matter.content.deadlines
    .filter((one) => one.closesFiling)
    .sort((a, b) => deadlineMoment(a).getTime() - deadlineMoment(b).getTime())[0]
}

/**
 * Whether claims are taken now; a deadline's own moment is too late. Nobody opts out of a class or objects to
 * a settlement before a court has set a date for it, unless the file tells people what that is worth.
 */
export function isFilingOpen(matter: Matter, now: Date): boolean {
  if (matter.state === 'closed') return false
  const deadline = filingDeadline(matter)
  if (deadline) return now < deadlineMoment(deadline)
  const { kind, early } = matter.content
  return kind === 'claim' || early !== undefined
}

/** Whether it was never open: what is filed there waits for a court. */
export function isFilingAhead(matter: Matter): boolean {
  const { kind, early } = matter.content
  return kind !== 'claim' && early === undefined && filingDeadline(matter) === undefined
}
