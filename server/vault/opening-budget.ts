import type { Tx } from '../db/connections'
import type { Limits } from '../limits'
import {
  alarmsOf,
  freeInHour,
  nextDay,
  windowsAt,
  type OpeningCounts,
  type Windows,
} from '../oversight/alarm-rules'
import { raiseAlert } from '../oversight/raise-alert'
import type { Role } from '../web/person'

export type BudgetLimits = Pick<
  Limits,
  'openings' | 'refusalAlertMs' | 'nightHours' | 'unusualWeek'
>

/** Who wants to open, and how much of it. */
export interface Spending {
  person: { id: string; role: Role }
  claims: number
  /** originals or papers that leave for a device */
  files: number
  /** where this person's nights are */
  zone: string
}

/** Which number a refused opening would have passed. */
export interface Refusal {
  kind: 'budget_hour' | 'budget_day'
  most: number
  /** null: more at once than anybody of this role may open at all */
  freeAt: Date | null
}

/**
 * Counts an opening in the one row of its person, which the update locks: fifty requests at once cannot
 * pass a number together. What the count sets off is raised in the same transaction.
 * @returns null when it is within the person's numbers
 */
export async function spend(
  tx: Tx,
  now: Date,
  limits: BudgetLimits,
  spending: Spending,
): Promise<Refusal | null> {
  const { person, claims, files, zone } = spending
  const windows = windowsAt(now, limits.nightHours, zone)
  const counts = await count(tx, limits, spending, windows)
  if (counts === null) return refuse(tx, now, limits, spending, windows)
  const opened = { counts, added: claims, files, role: person.role, windows }
  for (const alarm of alarmsOf(opened, limits)) await raiseAlert(tx, now, alarm, { person })
  return null
}

/** The counts with this opening, or null where it would pass the hour's or the day's. */
async function count(
  tx: Tx,
  limits: BudgetLimits,
  { person, claims, files }: Spending,
  { hour, before, day, week, night }: Windows,
): Promise<OpeningCounts | null> {
  const { perHour, perDay } = limits.openings[person.role]
  if (claims > perHour || claims > perDay) return null
  const counted = await tx.raw<{
    rows: { week: number; night: number; files: number; usual: number | null }[]
  }>(
    `insert into opening_budgets as b (person_id, hour, hour_count, day, day_count, file_count,
       week, week_count, night, night_count)
     values (:person, :hour, :claims, :day, :claims, :files, :week, :claims,
             cast(:night as timestamptz), case when cast(:night as timestamptz) is null then 0 else :claims end)
     on conflict (person_id) do update set
       before_count = case when b.hour = excluded.hour then b.before_count
         when b.hour = :hourBefore then b.hour_count else 0 end,
       hour_count = case when b.hour = excluded.hour then b.hour_count else 0 end + :claims,
       day_count = case when b.day = excluded.day then b.day_count else 0 end + :claims,
       file_count = case when b.day = excluded.day then b.file_count else 0 end + :files,
       week_count = case when b.week = excluded.week then b.week_count else 0 end + :claims,
       usual_week = case when b.week is null or b.week = excluded.week then b.usual_week
         else coalesce((3 * b.usual_week + b.week_count) / 4, b.week_count) end,
       night_count = case when excluded.night is null then b.night_count
         when b.night = excluded.night then b.night_count + :claims else :claims end,
       hour = excluded.hour, day = excluded.day, week = excluded.week,
       night = coalesce(excluded.night, b.night)
     where :claims + case when b.hour = excluded.hour
           then b.hour_count + b.before_count * cast(:before as double precision)
         when b.hour = :hourBefore then b.hour_count * cast(:before as double precision)
         else 0 end <= :perHour
       and case when b.day = excluded.day then b.day_count else 0 end + :claims <= :perDay
     returning week_count as week, night_count as night, file_count as files, usual_week as usual`,
    {
      person: person.id,
      hour,
      hourBefore: hourBefore(hour),
      before,
      day,
      week,
      night,
      claims,
      files,
      perHour,
      perDay,
    },
  )
  const row = counted.rows[0]
  return row ? { ...row, usualWeek: row.usual } : null
}

interface BudgetRow {
  hour: Date
  hour_count: number
  before_count: number
  day: Date
  day_count: number
  told_at: Date | null
}

/** Alerts the administrators, unless they were told of this person a while ago. */
async function refuse(
  tx: Tx,
  now: Date,
  limits: BudgetLimits,
  { person, claims }: Spending,
  windows: Windows,
): Promise<Refusal> {
  const { perHour, perDay } = limits.openings[person.role]
  // Locked by the statement that found no room in it.
  const row = await tx('opening_budgets')
    .where({ person_id: person.id })
    .first<BudgetRow | undefined>(
      'hour',
      'hour_count',
      'before_count',
      'day',
      'day_count',
      'told_at',
    )
  const inDay = row && +row.day === +windows.day ? row.day_count : 0
  const { inHour, inBefore } = hoursOf(row, windows)
  // Where both are used up it is the day that has to pass.
  const kind = inDay + claims > perDay ? 'budget_day' : 'budget_hour'
  const most = kind === 'budget_day' ? perDay : perHour
  const never = claims > perDay || claims > perHour

  if (!row?.told_at || +now - +row.told_at >= limits.refusalAlertMs) {
    await tx.raw(
      `insert into opening_budgets (person_id, hour, hour_count, day, day_count, told_at)
       values (:person, :hour, 0, :day, 0, :now)
       on conflict (person_id) do update set told_at = excluded.told_at`,
      { person: person.id, hour: windows.hour, day: windows.day, now },
    )
    const [used, since] =
      kind === 'budget_day'
        ? [inDay, windows.day]
        : [Math.floor(inHour + inBefore * windows.before), new Date(now.getTime() - hourMs)]
    await raiseAlert(tx, now, { kind, count: used, most, since }, { person })
  }
  const room = perHour - claims
  const freeAt =
    kind === 'budget_day' ? nextDay(windows) : freeInHour(windows, { room, inHour, inBefore })
  return { kind, most, freeAt: never ? null : freeAt }
}

/** What was opened in the clock's running hour, and in the one before it. */
function hoursOf(
  row: BudgetRow | undefined,
  { hour }: Windows,
): { inHour: number; inBefore: number } {
  if (row && +row.hour === +hour) return { inHour: row.hour_count, inBefore: row.before_count }
  const last = row && +row.hour === +hourBefore(hour)
  return { inHour: 0, inBefore: last ? row.hour_count : 0 }
}

const hourMs = 3600_000

function hourBefore(hour: Date): Date {
  return new Date(hour.getTime() - hourMs)
}
