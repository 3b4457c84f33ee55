import { newClaimNumber } from '../../server/claims/claim-number'
import { asActor } from '../../server/db/connections'
import { newId } from '../../server/kernel/ids'
import { Problem } from '../../server/kernel/problem'
import { limits, type OpeningNumbers } from '../../server/limits'
import { addMessage } from '../../server/messages/add-message'
import { watchDownload } from '../../server/oversight/watch-download'
import type { Purpose } from '../../server/vault/record-opening'
import { createVault, type Vault } from '../../server/vault/vault'
import type { Person } from '../../server/web/person'
import { openDesk, type Desk } from '../moderation/desk'
import { createTestApp, csrfFrom, testKeys, type Agent, type TestApp } from '../support/app'
import type { FiledClaim } from '../support/filed-claim'
import { until } from '../support/until'
import { workerDeps } from '../support/worker'

/**
 * Somebody with every right reads as much as they can: when are they stopped, and when do the administrators
 * hear of it? And a day of honest work, with the shipped numbers in both.
 */

let desk: Desk
let claims: FiledClaim[]
let counsel: Person
let now = new Date()
let vault: Vault
let staff: TestApp
const keys = testKeys()
const clock = { now: () => now }

/** A moment by the clock in Korea; 2 March 2026 is a Monday. */
const kst = (text: string) => new Date(`2026-${text}+09:00`)
const minutes = (from: Date, count: number) => new Date(from.getTime() + count * 60_000)

beforeAll(async () => {
  desk = await openDesk({ keys })
  const { database } = desk
  claims = []
  for (let one = 0; one < 6; one++) claims.push(await desk.claim('verified'))
  const { firm_id: firmId } = await database.db
    .superuser('matters')
    .where({ slug: 'test-breach' })
    .first('firm_id')
  counsel = await desk.person('counsel', '이도윤', firmId)
  const worker = workerDeps({ database, keys, mailbox: { url: 'smtp://127.0.0.1:9' } })
  for (const { id: claimId } of claims) {
    const message = { claimId, from: null, desk: 'counsel', about: 'question', text: '?' } as const
    await worker.deps.db.transaction((tx) => addMessage(tx, new Date(), worker.deps, message))
  }
  await worker.close()
  staff = desk.app({ clock })
  vault = createVault({ db: database.db.staff, clock, limits }, { vaultKey: keys.VAULT_KEY })
})
afterAll(() => desk.close())

const alertsOf = (person: Person | null) =>
  desk.database.db
    .superuser('alerts')
    .where(person ? { person_id: person.id } : {})
    .modify((rows) => void (person ? rows : rows.whereNull('person_id')))
    .orderBy('id')

/** Reads `count` claims at one moment, as the vault counts them. @returns whether it was allowed */
async function read(person: Person, purpose: Purpose = 'review', count = 1): Promise<boolean> {
  const actor = { kind: 'person', personId: person.id } as const
  const ids = claims.slice(0, count).map(({ id }) => id)
  try {
    await vault.beginOpening(ids, { actor, purpose })
    return true
  } catch (error) {
    if (error instanceof Problem && error.code === 'budget_exceeded') return false
    throw error
  }
}

/** A browser in which somebody works: each form carries the token of its session. */
async function atWork(person: Person, on = staff) {
  const agent: Agent = await desk.signedIn(person, on)
  const token = csrfFrom((await agent.get('/account')).text)
  return {
    agent,
    post: async (path: string, fields: object = {}) =>
      (
        await agent
          .post(path)
          .type('form')
          .send({ ...fields, _csrf: token })
      ).status,
  }
}

/** Moments of work, so many minutes apart. */
const shift = (from: Date, count: number, every: number) =>
  Array.from({ length: count }, (_, one) => minutes(from, one * every))

// Reviews take two and a half minutes; from three to four many are near-duplicates, told in 75 seconds.
// Then home, and once more for what was promised: four.
const reviews = [
  ...shift(kst('03-04T09:00'), 72, 2.5),
  ...shift(kst('03-04T13:00'), 48, 2.5),
  ...shift(kst('03-04T15:00'), 48, 1.25),
  ...shift(kst('03-04T16:00'), 48, 2.5),
  ...shift(kst('03-04T22:10'), 4, 3),
]
// Counsel answers questions in the morning; in the afternoon they go through a sample of signed papers.
const questions = shift(kst('03-04T09:30'), 30, 3.5)
const papers = shift(kst('03-04T13:00'), 120, 1.5)

test('a normal day of a busy moderator and of counsel sets off nothing', async () => {
  const moderator = await desk.person('moderator', '정민호')
  const work = async (person: Person, purpose: Purpose, moments: Date[]) => {
    for (const at of moments) {
      now = at
      expect(await read(person, purpose)).toBe(true)
    }
  }
  await work(moderator, 'review', reviews)
  // A dozen originals on top, because a view could not be read.
  await work(moderator, 'document_download', shift(kst('03-04T23:30'), 1, 1))
  await work(moderator, 'document_download', shift(kst('03-05T10:00'), 11, 20))
  await work(counsel, 'messages', questions)
  await work(counsel, 'authority_check', papers)
  // Three deliveries, each fetched twice: once for the archive.
  for (const batchId of [newId(), newId(), newId()]) {
    await fetchBatch(batchId)
    await fetchBatch(batchId)
  }
  expect([reviews.length, await alertsOf(moderator), await alertsOf(counsel)]).toEqual([
    220,
    [],
    [],
  ])
}, 60_000)

test('the same day through the pages, a tenth of it with a tenth of the numbers, sets off nothing', async () => {
  const moderator = await desk.person('moderator', '정민서')
  const { firmId } = counsel
  const lawyer = await desk.person('counsel', '이도연', firmId!)
  const tenth = (numbers: OpeningNumbers) =>
    Object.fromEntries(
      Object.entries(numbers).map(([name, most]) => [name, Math.round(most / 10)]),
    ) as unknown as OpeningNumbers
  const openings = {
    administrator: tenth(limits.openings.administrator),
    moderator: tenth(limits.openings.moderator),
    counsel: tenth(limits.openings.counsel),
  }
  const small = desk.app({
    clock,
    config: (config) => ({ ...config, limits: { ...config.limits, openings } }),
  })
  let desks: Awaited<ReturnType<typeof atWork>> | undefined
  let last = new Date(0)
  const work = async (person: Person, pathOf: (claim: FiledClaim) => string, moments: Date[]) => {
    for (const [one, at] of moments.filter((_, index) => index % 10 === 0).entries()) {
      now = at
      // Whoever was away for half an hour signs in again.
      const away = at.getTime() - last.getTime() > limits.staffIdleMinutes * 60_000
      if (!desks || away || one === 0) desks = await atWork(person, small)
      last = at
      const path = pathOf(claims[one % claims.length]!)
      expect([path, await desks.post(path, { purpose: 'review' })]).toEqual([path, 200])
    }
  }
  await work(moderator, ({ id }) => `/claims/${id}/open`, reviews)
  // People read numbers over the telephone: of old claims, of another portal, and mistyped.
  for (const number of [newClaimNumber(), newClaimNumber(), '7K2M-93QD-X4TA']) {
    await desks!.agent.get(`/queue?number=${number}`).expect(200)
  }
  await work(lawyer, ({ id }) => `/messages/${id}/open`, questions)
  expect([await alertsOf(moderator), await alertsOf(lawyer)]).toEqual([[], []])
  // The numbers were in force: a fast one is stopped at them, and told so.
  now = minutes(last, 600)
  desks = await atWork(lawyer, small)
  const answers = []
  for (let one = 0; one <= openings.counsel.perHour; one++) {
    answers.push(await desks.post(`/messages/${claims[0]!.id}/open`))
  }
  expect(answers.filter((status) => status === 429)).toHaveLength(1)
}, 60_000)

function fetchBatch(batchId: string): Promise<void> {
  return asActor(desk.database.db.staff, counsel.id, (tx) =>
    watchDownload(tx, now, limits, { person: counsel, batchId }),
  )
}

interface Line {
  insider: string
  /** openings, or numbers tried, before the first alert */
  before: number
  alert: string
  after: string
  /** of how many more it was stopped at all */
  stopped: string
}
const table: Line[] = []

/** How long an insider had until the first alert, and what it was. */
async function line(
  insider: string,
  person: Person | null,
  { start, before, stopped }: { start: Date; before: number; stopped: string },
): Promise<Line> {
  const [first] = await alertsOf(person)
  const seconds = (first.at.getTime() - start.getTime()) / 1000
  const days = Math.floor(seconds / 86_400)
  const after =
    days > 0
      ? `${days} d ${Math.round((seconds % 86_400) / 3600)} h`
      : seconds >= 3600
        ? `${Math.round(seconds / 360) / 10} h`
        : `${seconds} s`
  const found = { insider, before, alert: first.kind as string, after, stopped }
  table.push(found)
  return found
}

/** Opens as it is told until somebody hears of it. @returns what had been opened by then */
async function openUntilAlert(
  person: Person,
  steps: Iterable<{ at: Date; claims?: number; purpose?: Purpose }>,
): Promise<{ before: number; refused: boolean }> {
  let before = 0
  for (const { at, claims: count = 1, purpose } of steps) {
    now = at
    const allowed = await read(person, purpose, count)
    if ((await alertsOf(person)).length > 0) {
      return { before: allowed ? before + count : before, refused: !allowed }
    }
    before += count
  }
  throw new Error(`${before} were opened and nobody heard of it`)
}

test('an insider who is fast is stopped within two minutes of the hour, and for the day at its number', async () => {
  const person = await desk.person('moderator', '빠른 사람')
  const start = kst('03-02T10:00')
  function* everySecond(from: Date, count: number) {
    for (let one = 0; one < count; one++) yield { at: new Date(from.getTime() + one * 1000) }
  }
  const { before, refused } = await openUntilAlert(person, everySecond(start, 400))
  expect([before, refused]).toEqual([limits.openings.moderator.perHour, true])
  // The clock strikes, and there is no second helping: room comes back as the hour before passes.
  now = minutes(start, 60)
  expect(await read(person)).toBe(false)
  now = minutes(start, 61)
  expect(await read(person)).toBe(true)
  let day = before + 1
  const kinds = async () => (await alertsOf(person)).map(({ kind }: { kind: string }) => kind)
  for (let minute = 63; !(await kinds()).includes('budget_day'); minute += 3) {
    now = minutes(start, minute)
    if (await read(person, 'review', 6)) day += 6
  }
  // 120 an hour, no faster, and the day's number after hours.
  expect(now.getTime()).toBeGreaterThan(minutes(start, 180).getTime())
  expect(day).toBeGreaterThan(limits.openings.moderator.perDay - 6)
  expect(day).toBeLessThanOrEqual(limits.openings.moderator.perDay)
  const stopped = `${before} in the hour, ${day} in the day`
  const said = await line('fast, one a second', person, { start, before, stopped })
  expect(said).toMatchObject({ alert: 'budget_hour', after: '120 s' })
}, 30_000)

test('an insider who is slow, just under the numbers of hour and day, is seen on the fifth day; beside a quiet past, on the first', async () => {
  function* working(
    from: Date,
    { days, perDay, step }: Record<'days' | 'perDay' | 'step', number>,
  ) {
    for (let day = 0; day < days; day++) {
      for (let read = 0; read < perDay; read += step) {
        // Spread over ten hours, from half past eight on.
        yield { at: minutes(from, day * 24 * 60 + (read / perDay) * 600), claims: step }
      }
    }
  }
  const start = kst('03-02T08:30')
  const person = await desk.person('moderator', '느린 사람')
  const slow = await openUntilAlert(person, working(start, { days: 14, perDay: 396, step: 6 }))
  expect(slow.refused).toBe(false)
  const stopped = 'no more than 400 a day'
  const said = await line('slow, 396 a day', person, { start, before: slow.before, stopped })
  expect(said).toMatchObject({ alert: 'week', before: 1602 })
  expect(said.after).toMatch(/^4 d/)

  const quiet = await desk.person('moderator', '평소에 조용한 사람')
  for (let week = 0; week < 4; week++) {
    for (const step of working(minutes(start, week * 7 * 24 * 60), {
      days: 5,
      perDay: 12,
      step: 6,
    })) {
      now = step.at
      expect(await read(quiet, 'review', step.claims)).toBe(true)
    }
  }
  expect(await alertsOf(quiet)).toEqual([])
  const turned = minutes(start, 4 * 7 * 24 * 60)
  const faster = working(turned, { days: 5, perDay: 240, step: 4 })
  const { before } = await openUntilAlert(quiet, faster)
  const found = await line('60 a week, then 240 a day', quiet, { start: turned, before, stopped })
  expect(found).toMatchObject({ alert: 'unusual', before: limits.unusualWeek.least })
}, 60_000)

test('an insider who comes by night is seen at the tenth claim', async () => {
  const person = await desk.person('administrator', '밤에 오는 사람')
  const start = kst('03-03T02:00')
  const steps = Array.from({ length: 60 }, (_, one) => ({ at: minutes(start, one) }))
  const { before } = await openUntilAlert(person, steps)
  const said = await line('by night, one a minute', person, {
    start,
    before,
    stopped: `${limits.openings.administrator.perHour} in the hour`,
  })
  expect(said).toMatchObject({ alert: 'night', before: 10, after: '540 s' })
})

test('an insider who takes files, or the same delivery again and again, is seen', async () => {
  const start = kst('03-03T09:00')
  const person = await desk.person('moderator', '파일을 받는 사람')
  const steps = Array.from({ length: 120 }, (_, one) => ({
    at: minutes(start, one / 2),
    purpose: 'document_download' as const,
  }))
  const { before } = await openUntilAlert(person, steps)
  const stopped = `${limits.openings.moderator.perHour} in the hour`
  const said = await line('originals, two a minute', person, { start, before, stopped })
  expect(said).toMatchObject({ alert: 'files', before: limits.openings.moderator.filesAlarm })

  const batchId = newId()
  let fetched = 0
  for (now = start; (await alertsOf(counsel)).length === 0; fetched++) {
    now = minutes(start, fetched)
    await fetchBatch(batchId)
  }
  const again = { start, before: fetched, stopped: 'no' }
  const told = await line('one delivery, once a minute', counsel, again)
  expect(told).toMatchObject({ alert: 'batch_again', before: limits.batchAgainAlarm })
  expect((await alertsOf(counsel))[0].subject_id).toBe(batchId)
})

test('whoever tries numbers that name no claim is seen, inside and outside', async () => {
  const person = await desk.person('moderator', '번호를 넣어 보는 사람')
  const start = kst('03-03T14:00')
  now = start
  const { agent } = await atWork(person)
  let tried = 0
  for (; (await alertsOf(person)).length === 0; tried++) {
    now = new Date(start.getTime() + tried * 1000)
    // By number, by address, in turn.
    const path = tried % 2 ? `/claims/${newId()}` : `/queue?number=${newClaimNumber()}`
    await agent.get(path).set('Accept', 'text/html')
  }
  const inside = { start, before: tried, stopped: 'no: nothing is there to read' }
  const said = await line('unknown numbers, one a second', person, inside)
  expect(said).toMatchObject({ alert: 'unknown_person', before: limits.unknownPersonAlarm })

  const site = createTestApp({
    surface: 'public',
    database: desk.database,
    keys,
    clock,
    config: (config) => ({ ...config, limits: { ...config.limits, unknownAllAlarm: 40 } }),
  })
  const stranger = site.agent()
  const token = csrfFrom((await stranger.get('/claims/confirm')).text)
  const counted = async () => {
    const row = await desk.database.db
      .superuser('watch_counts')
      .where({ kind: 'outside all' })
      .first('count')
    return (row?.count as number | undefined) ?? 0
  }
  now = start
  for (let one = 1; one <= 40; one++) {
    now = new Date(start.getTime() + one * 1000)
    const number = newClaimNumber()
    const path = one % 2 ? '/claims/confirm' : '/claims/confirm/new-link'
    const answer = await stranger
      .post(path)
      .type('form')
      .send({ number, code: '123456', _csrf: token })
    // The same answer as for a claim that is there.
    expect(answer.status).toBe(303)
    await until('it was counted', async () => (await counted()) === one)
  }
  const outside = { start, before: limits.unknownAddressAlarm, stopped: '300 codes an hour' }
  await line('unknown numbers, public, one a second', null, outside)
  const told = await alertsOf(null)
  expect(told).toMatchObject([
    { kind: 'unknown_address', count: 30, person_id: null },
    { kind: 'unknown_all', count: 40 },
  ])
  const rows = await desk.database.db.superuser('watch_counts')
  expect(JSON.stringify(rows)).not.toMatch(/127\.0\.0\.1|::/)
  expect(site.logged.join('')).not.toContain('was not counted')
}, 30_000)

test('each alert is an entry; the table says when whom', async () => {
  const { superuser } = desk.database.db
  const entries = await superuser('ledger_entries').where({ kind: 'alert.raised' })
  const alerts = await superuser('alerts')
  expect(entries).toHaveLength(alerts.length)
  expect(table).toHaveLength(8)
  process.stdout.write(printed(table))
})

function printed(lines: readonly Line[]): string {
  const columns = ['insider', 'before', 'alert', 'after', 'stopped'] as const
  const rows = [
    columns.map(String),
    ...lines.map((one) => columns.map((name) => String(one[name]))),
  ]
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)))
  return `\n${rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')).join('\n')}\n`
}
