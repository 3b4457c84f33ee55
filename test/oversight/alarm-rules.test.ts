import { limits } from '../../server/limits'
import {
  alarmsOf,
  countRule,
  freeInHour,
  nextDay,
  reaches,
  windowsAt,
  type Opened,
} from '../../server/oversight/alarm-rules'

/** A moment by the clock in Korea. */
const kst = (text: string) => new Date(`${text}+09:00`)
const windows = (at: Date, zone = 'Asia/Seoul') => windowsAt(at, limits.nightHours, zone)

const opened = (about: Partial<Opened['counts']>, more: Partial<Opened> = {}): Opened => ({
  counts: { week: 1, night: 0, files: 0, usualWeek: null, ...about },
  added: 1,
  files: 0,
  role: 'moderator',
  windows: windows(kst('2026-03-05T14:00')),
  ...more,
})
const kinds = (one: Opened) => alarmsOf(one, limits).map(({ kind }) => kind)

test('hours, days and weeks begin by the clock in Korea, the night where the person is', () => {
  const { hour, day, week, night } = windows(kst('2026-03-05T00:30'))
  expect(hour).toEqual(kst('2026-03-05T00:00'))
  expect(day).toEqual(kst('2026-03-05T00:00'))
  expect(week).toEqual(kst('2026-03-02T00:00'))
  expect(night).toEqual(kst('2026-03-04T22:00'))
  expect(windows(kst('2026-03-08T23:59')).week).toEqual(week)
  expect(windows(kst('2026-03-09T00:00')).week).toEqual(kst('2026-03-09T00:00'))
  for (const [at, begins] of [
    ['2026-03-04T21:59', null],
    ['2026-03-04T22:00', '2026-03-04T22:00'],
    ['2026-03-05T05:59', '2026-03-04T22:00'],
    ['2026-03-05T06:00', null],
  ] as const) {
    expect([at, windows(kst(at)).night]).toEqual([at, begins && kst(begins)])
  }
  // A morning of counsel in New York is a night in Korea.
  expect(windows(kst('2026-03-05T00:30'), 'America/New_York').night).toBeNull()
  expect(windows(kst('2026-03-05T15:00'), 'America/New_York').night).toEqual(
    new Date('2026-03-04T22:00-05:00'),
  )
})

test('whoever is refused is free again as the last hour passes, or with the next day in Korea', () => {
  const at = (text: string) => windows(kst(text))
  expect(nextDay(at('2026-12-31T23:40'))).toEqual(kst('2027-01-01T00:00'))
  expect(at('2026-12-31T09:15').before).toBe(0.75)
  // 120 in this hour: the first of them ceases to count half a minute into the next.
  const fast = { room: 119, inHour: 120, inBefore: 0 }
  expect(freeInHour(at('2026-12-31T09:02'), fast)).toEqual(kst('2026-12-31T10:01'))
  // 120 in the hour before, 60 in this one: half of them have to pass.
  const both = { room: 119, inHour: 60, inBefore: 120 }
  expect(freeInHour(at('2026-12-31T09:20'), both)).toEqual(kst('2026-12-31T09:31'))
  // Many at once need more of it to be over.
  const many = { room: 60, inHour: 120, inBefore: 120 }
  expect(freeInHour(at('2026-12-31T09:20'), many)).toEqual(kst('2026-12-31T10:30'))
})

test('a number is told of when it is reached, and again each time the count has doubled', () => {
  const told = Array.from({ length: 100 }, (_, before) => before + 1).filter((count) =>
    reaches(count, 1, 10),
  )
  expect(told).toEqual([10, 20, 40, 80])
  // Many at once pass it too, once.
  expect(reaches(35, 30, 10)).toBe(true)
  expect(reaches(39, 4, 10)).toBe(false)
  for (const off of [0, -1]) expect(reaches(5, 5, off)).toBe(false)
})

test('each number of a role is an alarm of its own', () => {
  for (const role of ['moderator', 'administrator', 'counsel'] as const) {
    const { weekAlarm, nightAlarm, filesAlarm, perDay, perHour } = limits.openings[role]
    expect(kinds(opened({ week: weekAlarm - 1 }, { role }))).toEqual([])
    expect(kinds(opened({ week: weekAlarm }, { role }))).toEqual(['week'])
    expect(kinds(opened({ files: filesAlarm }, { role, files: 1 }))).toEqual(['files'])
    // Reading on after a file was the last one of its number is not another file.
    expect(kinds(opened({ files: filesAlarm }, { role }))).toEqual([])
    const late = { role, windows: windows(kst('2026-03-05T02:00')) }
    expect(kinds(opened({ night: nightAlarm - 1 }, late))).toEqual([])
    expect(kinds(opened({ night: nightAlarm }, late))).toEqual(['night'])
    // Last night's count says nothing by day.
    expect(kinds(opened({ night: nightAlarm }, { role }))).toEqual([])
    // Whoever keeps to the number of each day is seen within the week.
    expect(weekAlarm).toBeLessThan(perDay * 5)
    expect(perHour).toBeLessThan(perDay)
  }
})

test('a week far from the own ones before is an alarm, and somebody new has none before', () => {
  const { times, least } = limits.unusualWeek
  expect(kinds(opened({ week: least }))).toEqual([])
  // A handful a week: three times that is still nothing.
  expect(kinds(opened({ week: 90, usualWeek: 30 }))).toEqual([])
  expect(kinds(opened({ week: least, usualWeek: 30 }))).toEqual(['unusual'])
  expect(kinds(opened({ week: 300 * times - 1, usualWeek: 300 }))).toEqual([])
  expect(kinds(opened({ week: 300 * times, usualWeek: 300 }))).toEqual(['unusual'])
})

test('what is counted besides says how many, since when, and what the number was', () => {
  const since = kst('2026-03-05T00:00')
  expect(countRule('unknown_person', { count: 9, since }, 10)).toBeNull()
  const alarm = { kind: 'unknown_person', count: 10, most: 10, since }
  expect(countRule('unknown_person', { count: 10, since }, 10)).toEqual(alarm)
})
