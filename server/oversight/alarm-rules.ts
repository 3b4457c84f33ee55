import { Temporal } from 'temporal-polyfill'
import type { Limits } from '../limits'
import type { Role } from '../web/person'

/** What administrators are alerted to. */
export const alertKinds = [
  /** refused: past the openings of an hour, of a day */
  'budget_hour',
  'budget_day',
  /** openings at night */
  'night',
  /** more openings in a week than anybody's work needs … */
  'week',
  /** … or than this person's own weeks before */
  'unusual',
  /** originals and signed papers that left for a device */
  'files',
  /** the same delivery downloaded again and again */
  'batch_again',
  /** claims asked for that do not exist: by a person, from one address, by everybody */
  'unknown_person',
  'unknown_address',
  'unknown_all',
] as const
export type AlertKind = (typeof alertKinds)[number]

/** A number that has been reached: so many since then, where it is `most`. */
export interface Alarm {
  kind: AlertKind
  count: number
  most: number
  since: Date
}

type Numbers = Pick<Limits, 'openings' | 'nightHours' | 'unusualWeek'>

/** Where days and weeks begin, and where those who run the portal sleep. */
export const officeZone = 'Asia/Seoul'

/** The windows that openings are counted in. */
export interface Windows {
  hour: Date
  /** share of the hour before that lies within the last sixty minutes: what was opened in it still counts so far */
  before: number
  day: Date
  /** from Monday */
  week: Date
  /** when the night began; null: it is day */
  night: Date | null
}

/**
 * The clock's running hour, the day and the week in Korea, and the night where the person is (`zone`).
 */
export function windowsAt(now: Date, nightHours: Limits['nightHours'], zone: string): Windows {
  const at = Temporal.Instant.fromEpochMilliseconds(now.getTime())
  const day = at.toZonedDateTimeISO(officeZone).startOfDay()
  const local = at.toZonedDateTimeISO(zone)
  const evening = local.startOfDay().with({ hour: nightHours.from })
  const dateOf = (moment: Temporal.ZonedDateTime) => new Date(moment.epochMilliseconds)
  const intoHour = now.getTime() % hourMs
  return {
    hour: new Date(now.getTime() - intoHour),
    before: 1 - intoHour / hourMs,
    day: dateOf(day),
    week: dateOf(day.subtract({ days: day.dayOfWeek - 1 })),
    night:
      local.hour >= nightHours.from
        ? dateOf(evening)
        : local.hour < nightHours.until
          ? dateOf(evening.subtract({ days: 1 }))
          : null,
  }
}

/** The next day in Korea, where days have 24 hours. */
export function nextDay({ day }: Windows): Date {
  return new Date(day.getTime() + 24 * hourMs)
}

/**
 * When there is room for `room` openings less than the hour's number again, on the full minute: in this
 * hour, as those of the hour before cease to count, or in the next, as those of this one do.
 */
export function freeInHour(
  { hour }: Windows,
  { room, inHour, inBefore }: { room: number; inHour: number; inBefore: number },
): Date {
  const share =
    inHour <= room ? 1 - (room - inHour) / Math.max(inBefore, 1) : 2 - room / Math.max(inHour, 1)
  return new Date(Math.ceil((hour.getTime() + share * hourMs) / minuteMs) * minuteMs)
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/**
 * Whether a count that has just grown by `added` has reached `most`, or doubled once more since: so that
 * whoever goes on is told of again, and a loop does not fill the list. A number below one never is.
 */
export function reaches(count: number, added: number, most: number): boolean {
  if (most < 1 || count < most) return false
  const before = count - added
  return before < most || doublings(count, most) > doublings(before, most)
}

function doublings(count: number, most: number): number {
  return Math.floor(Math.log2(count / most))
}

/** What one person has opened, this opening among it. */
export interface OpeningCounts {
  week: number
  night: number
  files: number
  /** a moving mean of the weeks before; null: there were none */
  usualWeek: number | null
}

export interface Opened {
  counts: OpeningCounts
  /** claims of this opening */
  added: number
  /** files that leave with it */
  files: number
  role: Role
  windows: Windows
}

type Rule = (opened: Opened, numbers: Numbers) => Alarm | null

/** Nobody's work is at night more than now and then. */
export const nightRule: Rule = ({ counts, added, role, windows }, { openings }) => {
  const most = openings[role].nightAlarm
  if (windows.night === null || !reaches(counts.night, added, most)) return null
  return { kind: 'night', count: counts.night, most, since: windows.night }
}

/** Whoever stays just under the number of each day shows over the week. */
export const weekRule: Rule = ({ counts, added, role, windows }, { openings }) => {
  const most = openings[role].weekAlarm
  if (!reaches(counts.week, added, most)) return null
  return { kind: 'week', count: counts.week, most, since: windows.week }
}

/** Whoever opens a few claims a week and then a multiple of that, however far from the number for all. */
export const unusualRule: Rule = ({ counts, added, windows }, { unusualWeek }) => {
  if (counts.usualWeek === null) return null
  const most = Math.max(unusualWeek.least, Math.ceil(counts.usualWeek * unusualWeek.times))
  if (!reaches(counts.week, added, most)) return null
  return { kind: 'unusual', count: counts.week, most, since: windows.week }
}

/** Files leave for a device, where nothing counts what is done with them. */
export const filesRule: Rule = ({ counts, files, role, windows }, { openings }) => {
  const most = openings[role].filesAlarm
  if (files === 0 || !reaches(counts.files, files, most)) return null
  return { kind: 'files', count: counts.files, most, since: windows.day }
}

const openingRules = [nightRule, weekRule, unusualRule, filesRule]

/** What an opening that was allowed sets off. */
export function alarmsOf(opened: Opened, numbers: Numbers): Alarm[] {
  return openingRules.flatMap((rule) => rule(opened, numbers) ?? [])
}

/** A count of one kind that stands for itself: reached, or doubled since. */
export function countRule(
  kind: 'batch_again' | 'unknown_person' | 'unknown_address' | 'unknown_all',
  counted: { count: number; since: Date },
  most: number,
): Alarm | null {
  return reaches(counted.count, 1, most) ? { kind, most, ...counted } : null
}
