/** Days and months in Korea, which has one zone and no summer time. */

const zone = '+09:00'
const dayMs = 24 * 3600_000
const dayShape = /^\d{4}-\d{2}-\d{2}$/
const monthShape = /^\d{4}-(0[1-9]|1[0-2])$/

/** The first moment of a day written `YYYY-MM-DD`, or null for one that is not in the calendar. */
export function startOfDay(text: string): Date | null {
  if (!dayShape.test(text)) return null
  const at = new Date(`${text}T00:00:00${zone}`)
  // The 31st of a shorter month would be the first of the next.
  return Number.isNaN(at.getTime()) || dayOf(at) !== text ? null : at
}

/** The day of a moment, `YYYY-MM-DD`. */
export function dayOf(at: Date): string {
  return new Date(at.getTime() + 9 * 3600_000).toISOString().slice(0, 10)
}

export interface Period {
  from?: Date | undefined
  /** exclusive */
  to?: Date | undefined
}

/** A period of whole days, the last one included; each end may be left open. `wrong` names what is no day. */
export function readPeriod(
  from: string,
  to: string,
): { period: Period; wrong: ('from' | 'to' | 'order')[] } {
  const [first, last] = [startOfDay(from), startOfDay(to)]
  const wrong: ('from' | 'to' | 'order')[] = []
  if (from !== '' && !first) wrong.push('from')
  if (to !== '' && !last) wrong.push('to')
  if (first && last && last < first) wrong.push('order')
  const end = last && new Date(last.getTime() + dayMs)
  return { period: { ...(first && { from: first }), ...(end && { to: end }) }, wrong }
}

/** The month of a moment, `YYYY-MM`. */
export function monthOf(at: Date): string {
  return dayOf(at).slice(0, 7)
}

/** The month so many before (or, negative, after) this one. */
export function monthBefore(month: string, months = 1): string {
  const [year, number] = month.split('-').map(Number)
  return new Date(Date.UTC(year!, number! - 1 - months, 1)).toISOString().slice(0, 7)
}

/** A month written `YYYY-MM`, or null. */
export function readMonth(text: string): string | null {
  return monthShape.test(text) ? text : null
}

/** First moment of a month, and of the one after it. */
export function boundsOf(month: string): { from: Date; to: Date } {
  return {
    from: new Date(`${month}-01T00:00:00${zone}`),
    to: new Date(`${monthBefore(month, -1)}-01T00:00:00${zone}`),
  }
}

/** From when on a month that nobody reviewed is overdue: the end of this day of the next month. */
export function overdueFrom(month: string, day: number): Date {
  return new Date(boundsOf(month).to.getTime() + day * dayMs)
}
