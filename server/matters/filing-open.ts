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

/** Whether claims are taken now; a deadline's own moment is too late. */
export function isFilingOpen(matter: Matter, now: Date): boolean {
  if (matter.state === 'closed') return false
  const deadline = filingDeadline(matter)
  return deadline === undefined || now < deadlineMoment(deadline)
}
