import type { Browser } from 'playwright-core'
import { createTestApp, testKeys } from '../support/app'
import { openBrowser, walkMs, walks } from '../support/browser'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { expectGoodPage } from '../support/good-page'
import { insertEntries, sequencerOf, type BareEntry } from '../support/ledger'
import { openSite, type Site } from '../support/site'
import { loadTestMatters, testMatter } from '../support/test-matters'

jest.setTimeout(walkMs)

const keys = testKeys()
const now = new Date('2026-11-25T05:12:00Z')
const clock = { now: () => now }
const dayMs = 24 * 60 * 60 * 1000
let database: TestDatabase
let browser: Browser
let site: Site

beforeAll(async () => {
  database = await createTestDatabase()
  site = await openSite(createTestApp({ surface: 'public', database, keys, clock }).app)
  await sequencerOf(database, { keys, clock }).settle()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  site?.close()
  await database.drop()
})

async function look(lang: 'ko' | 'en', width: number, javaScriptEnabled = true) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    javaScriptEnabled,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (/error|warning/.test(message.type())) complaints.push(message.text())
  })
  await page.goto(`${site.url}/ledger?lang=${lang}`)
  await expectGoodPage(page)
  // The rest of the tables is more of the same.
  const more = await page.locator('.chart:first-child summary, main > .card summary').all()
  for (const summary of more) await summary.click()
  await expectGoodPage(page)
  expect(complaints).toEqual([])
  return page
}

test('an empty ledger', async () => {
  const page = await look('ko', 390)
  expect(await page.locator('svg.chart__plot').count()).toBe(0)
  expect(await page.getByRole('link', { name: '접수증 확인하기' }).first().isVisible()).toBe(true)
  await page.context().close()
})

test('a ledger of its first day, without JavaScript', async () => {
  await insertEntries(database, [{ type: 'claim.filed', matter: 'coupang-2025-kr', at: now }])
  await sequencerOf(database, { keys, clock }).settle()
  const page = await look('en', 390, false)
  expect(await page.locator('.chart__bar').count()).toBe(1)
  await page.context().close()
})

test('a ledger of many matters and thousands of claims, readable and without overlap', async () => {
  const slugs = Array.from({ length: 6 }, (_, at) => `other-${at}`)
  await loadTestMatters(
    database.db.migrator,
    slugs.map((slug, at) =>
      testMatter({
        slug,
        title: {
          ko: `${['가', '나', '다', '라', '마', '바'][at]}통신 개인정보 유출 사건 ${at % 2 ? '공동소송' : '집단분쟁조정과 손해배상을 위해 모인 사람들의 소송'}`,
          en: `${'ABCDEF'[at]} Telecom data breach ${at % 2 ? 'joint suit' : 'collective mediation before the privacy commission'}`,
        },
      }),
    ),
  )
  const open = await database.db.superuser('matters').count<{ count: number }[]>().first()
  const matters = ['coupang-2025-kr', 'coupang-2025-us', ...slugs.slice(0, 5)]
  const entries: BareEntry[] = []
  for (let day = 0; day < 45; day++) {
    const at = new Date(now.getTime() - day * dayMs)
    matters.forEach((matter, place) => {
      const busy = Math.round(1150 / 4 ** place / (1 + ((day * 7 + place) % 11)))
      for (let count = 0; count < busy; count++) entries.push({ type: 'claim.filed', matter, at })
    })
    entries.push({ type: 'private', at }, { type: 'private', at })
  }
  entries.push({ type: 'batch.delivered', matter: 'coupang-2025-us', at: now })
  await insertEntries(database, entries.toReversed())
  await sequencerOf(database, { keys, clock }).settle()

  for (const [lang, width] of walks(['ko', 390] as const, ['en', 1280] as const)) {
    const page = await look(lang, width)
    expect(await page.locator('.chart').count()).toBe(open!.count)
    const overlaps = await page.evaluate(`(() => {
      const boxes = [...document.querySelectorAll('.chart__scale span, .chart__ends span, .chart__plot')]
        .map((one) => one.getBoundingClientRect())
      return boxes.flatMap((a, at) => boxes.slice(at + 1).filter((b) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length
    })()`)
    expect(overlaps).toBe(0)
    await page.locator('.copyable__button').first().click()
    const note = await page.locator('.copyable__text').first().textContent()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(note)
    await page.context().close()
  }
})

test('a ledger that went on under another name after a restore', async () => {
  const newest = await database.db.superuser('ledger_checkpoints').orderBy('size', 'desc').first()
  const first = await database.db.superuser('ledger_origins').first()
  const restored = { origin: `${first.origin}/2`, from_size: newest.size - 12 }
  await database.db
    .superuser('ledger_origins')
    .insert({ ...first, id: 2, ...restored, opened_at: now, previous: newest.note })
  await database.db.superuser('ledger_checkpoints').insert({ ...newest, origin_id: 2 })
  const page = await look('ko', 390)
  expect(await page.getByText('기록 12건을 되살리지 못했습니다').isVisible()).toBe(true)
  await page.context().close()
})
