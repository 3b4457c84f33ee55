import { listMatters } from '../../server/matters/list-matters'
import { createTestApp, testKeys, type TestApp } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { insertEntries, sequencerOf, type BareEntry } from '../support/ledger'

const keys = testKeys()
const now = new Date('2026-11-24T15:30:00Z') // already the 25th in Korea
const korean = 'coupang-2025-kr'
const american = 'coupang-2025-us'
let database: TestDatabase
let site: TestApp

beforeAll(async () => {
  database = await createTestDatabase()
  site = createTestApp({ surface: 'public', database, keys, clock: { now: () => now } })
})
afterAll(() => database.drop())

async function read(lang = 'ko') {
  const page = await site.agent().get('/ledger').set('Accept-Language', lang)
  expect(page.status).toBe(200)
  const html = page.text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#39;', `'`)
  return { page, html, text: html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ') }
}

test('an empty ledger says so, before and after its first signature', async () => {
  expect((await read()).text).toContain('아직 서명한 것이 없습니다')
  await sequencerOf(database, { keys }).settle()
  const { text, page } = await read()
  for (const part of [
    '아직 접수가 없습니다',
    '아직 기록이 없습니다',
    'joinder.localhost/ledger 0 ',
  ]) {
    expect(text).toContain(part)
  }
  expect(page.headers['set-cookie']).toBeUndefined()
  expect(page.headers['cache-control']).toBe('public, max-age=15')
})

test('what the page counts is what the entries say', async () => {
  const hour = 60 * 60 * 1000
  const entries = Array.from({ length: 1_400 }, (_, at): BareEntry => {
    const moment = new Date(now.getTime() - ((at * 37) % (50 * 24)) * hour)
    if (at % 4 === 0) return { type: 'private', at: moment }
    if (at % 9 === 0) return { type: 'batch.delivered', matter: korean, at: moment }
    return { type: 'claim.filed', matter: at % 5 === 0 ? american : korean, at: moment }
  })
  await insertEntries(database, entries)
  await sequencerOf(database, { keys, batch: 400 }).settle()
  const { html, text } = await read()

  const filed = entries.filter(({ type }) => type === 'claim.filed')
  expect(text).toContain('전체 기록 1,400건')
  expect(text).toContain(`접수된 신청 ${filed.length.toLocaleString()}건`)
  const dayOf = ({ at }: BareEntry) => new Date(at.getTime() + 9 * hour).toISOString().slice(0, 10)
  const matters = (await listMatters(database.db.public)).filter(
    ({ slug }) => slug === korean || slug === american,
  )
  expect(matters).toHaveLength(2)
  for (const { slug, content } of matters) {
    const own = filed.filter(({ matter }) => matter === slug)
    const byDay = new Map<string, number>()
    for (const one of own) byDay.set(dayOf(one), (byDay.get(dayOf(one)) ?? 0) + 1)
    const shown = [...byDay].filter(([day]) => day > '2026-10-26' && day <= '2026-11-25')
    const recent = shown.reduce((sum, [, count]) => sum + count, 0)
    expect(recent).toBeLessThan(own.length)

    const card = html.slice(html.indexOf(`<h3>${content.title.ko}</h3>`)).split('</section>')[0]!
    expect(card).toContain(`최근 30일 ${recent}건</b> · 모두 ${own.length}건`)
    const rows = [...card.matchAll(/<th scope="row"[^>]*>([^<]+)<\/th><td[^>]*>([^<]+)<\/td>/g)]
    const expected = shown
      .toSorted(([a], [b]) => (a < b ? 1 : -1))
      .map(([day, count]) => {
        const [year, month, date] = day.split('-').map(Number)
        return [`${year}년 ${month}월 ${date}일`, String(count)]
      })
    expect(rows.map(([, day, count]) => [day, count])).toEqual(expected)
    expect(card.match(/<rect /g)).toHaveLength(expected.length)
  }
})

test('the latest entries are listed with what they show of themselves', async () => {
  await insertEntries(database, [
    { type: 'claim.filed', matter: 'no-longer-here', at: new Date('2026-11-24T14:59:00Z') },
    { type: 'private', at: new Date('2026-11-24T15:01:00Z') },
  ])
  await sequencerOf(database, { keys }).settle()
  const { html } = await read('en')
  const list = html.slice(html.indexOf('class="card log"')).split('</ol>')[0]!
  const lines = list
    .split('<li')
    .slice(1)
    .map((line) => line.replace(/^[^>]*>|<[^>]+>/g, ' '))
  expect(lines).toHaveLength(20)
  expect(lines[0]).toMatch(
    /number 1401.*Private entry.*November 25, 2026 at 12:01 AM \(Korea.time\)/,
  )
  expect(lines[1]).toMatch(/number 1400.*Claim registered.*no-longer-here.*November 24, 2026/)
})

test('the page names every key that counts, what a restore lost, and no key that is not ours', async () => {
  const note = (await site.agent().get('/ledger/checkpoint')).text
  const previous = note.replace('\n1402\n', '\n1407\n')
  const ours = Buffer.from(keys.LEDGER_PUBLIC_KEY, 'base64url')
  await database.db.superuser('ledger_origins').insert([
    {
      id: 2,
      origin: 'joinder.localhost/ledger/2',
      public_key: ours,
      opened_at: now,
      from_size: 1402,
      previous,
    },
    {
      id: 3,
      origin: 'somebody-else',
      public_key: Buffer.alloc(32, 7),
      opened_at: now,
      from_size: 1402,
      previous: null,
    },
  ])
  const checkpoints = database.db.superuser('ledger_checkpoints')
  await checkpoints.insert({ origin_id: 3, size: 1402, note, signed_at: now })
  const { text, html } = await read('en')
  expect(text).toContain('Entries lost in a restore: 5')
  expect(html).toMatch(/>joinder\.localhost\/ledger\/2\+[0-9a-f]{8}\+/)
  expect(html).toMatch(/>joinder\.localhost\/ledger\+[0-9a-f]{8}\+/)
  expect(html).toContain(`>${previous}<`)
  expect(html).not.toContain('somebody-else')
})
