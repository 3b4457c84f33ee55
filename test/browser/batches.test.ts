import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { buildBatch } from '../../server/batches/build-batch'
import { failBatch } from '../../server/batches/fail-batch'
import { batchRoutes } from '../../server/batches/routes'
import type { Person } from '../../server/web/person'
import { createTestApp, testKeys } from '../support/app'
import { openBrowser, walkMs, walks } from '../support/browser'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { openSite, type Site } from '../support/site'
import { acceptedClaim, makePerson } from '../support/firm'
import { expectGoodPage } from '../support/good-page'
import { loadTestMatters } from '../support/test-matters'
import { workerDeps, type TestWorkerDeps } from '../support/worker'
import { probeRoutes } from '../web/probe'

jest.setTimeout(walkMs)

const keys = testKeys()
let database: TestDatabase
let browser: Browser
let opened: Site
let site: string
let home: string
let worker: TestWorkerDeps
let counsel: Person

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  home = await mkdtemp(join(tmpdir(), 'joinder-browser-'))
  const env = { JOINDER_HOME: home }
  const { firm_id: firmId } = await database.db
    .superuser('matters')
    .first('firm_id')
    .where({ slug: 'test-breach' })
  counsel = await makePerson(database, { role: 'counsel', name: '이서연', firmId })
  worker = workerDeps({ database, keys, mailbox: { url: 'smtp://127.0.0.1:9' }, env })
  const { app } = createTestApp({
    surface: 'staff',
    database,
    keys,
    env,
    findPerson: async () => counsel,
    features: [probeRoutes, batchRoutes],
  })
  opened = await openSite(app)
  site = opened.url
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  opened?.close()
  await worker.close()
  await database.drop()
  await rm(home, { recursive: true, force: true })
})

const words = {
  ko: {
    ask: '전달 요청하기',
    kept: '적어 두었습니다. 진행 상황 보기',
    download: /^내려받기/,
    again: '새 암호로 다시 만들기',
    other: 'English',
  },
  en: {
    ask: 'Request a delivery',
    kept: 'I have kept it. Show progress',
    download: /^Download/,
    again: 'Make it again with a new passphrase',
    other: '한국어',
  },
} as const

test.each(
  walks(['ko', 390, true] as const, ['en', 1280, true] as const, ['en', 390, false] as const),
)(
  'counsel asks for a delivery, keeps the passphrase and downloads it (%s, %i px, script %s)',
  async (lang, width, javaScriptEnabled) => {
    const t = words[lang]
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      javaScriptEnabled,
      locale: lang,
      acceptDownloads: true,
    })
    const page = await context.newPage()
    const trouble: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') trouble.push(message.text())
    })
    const look = () => expectGoodPage(page)
    await page.goto(`${site}/sign-in`)
    const token = await page.locator('input[name=_csrf]').getAttribute('value')
    await page.request.post(`${site}/sign-in`, { form: { id: counsel.id, _csrf: token! } })

    await page.goto(`${site}/batches?lang=${lang}`)
    await look()
    for (let made = 0; made < 3; made++) await acceptedClaim(database, keys, worker.deps)
    await page.goto(`${site}/batches`)
    await look()
    await page.getByRole('button', { name: t.ask }).click()
    await page.locator('output').waitFor()
    await look()
    expect(await page.locator('output').textContent()).toMatch(/^([0-9A-Z]{5}-){3}[0-9A-Z]{5}$/)
    expect(page.url()).toBe(`${site}/batches`)
    // One press on it would have lost the passphrase for ever.
    expect(await page.getByRole('link', { name: t.other, exact: true }).count()).toBe(0)

    await page
      .getByRole('button', { name: t.kept })
      .or(page.getByRole('link', { name: t.kept }))
      .click()
    const id = page.url().split('/').at(-1)!
    await page.getByRole('progressbar').waitFor()
    await look()
    await buildBatch(worker.deps, id, 'test')
    // With script the page notices by itself.
    if (!javaScriptEnabled) await page.goto(page.url())
    const button = page.getByRole('button', { name: t.download })
    await button.waitFor()
    await look()
    const arriving = page.waitForEvent('download')
    await button.click()
    const file = await arriving
    expect(file.suggestedFilename()).toMatch(/^joinder-test-breach-\d{4}\.zip$/)
    const bytes = await readFile(await file.path())
    const stored = await database.db.superuser('batches').where({ id }).first()
    expect(createHash('sha256').update(bytes).digest()).toEqual(stored.file_sha256)

    const lost = await page.request.get(`${site}/batches/${id}`)
    expect(await lost.text()).toContain(t.again)
    await page.getByRole('button', { name: t.again }).click()
    await page.locator('output').waitFor()
    await look()
    await page.goto(`${site}/batches/${id}`)
    await look()
    await failBatch(worker.deps, id)
    await page.goto(`${site}/batches/${id}`)
    await look()

    await acceptedClaim(database, keys, worker.deps)
    await page.goto(`${site}/batches`)
    await page.getByRole('button', { name: t.ask }).click()
    await page
      .getByRole('button', { name: t.kept })
      .or(page.getByRole('link', { name: t.kept }))
      .click()
    await failBatch(worker.deps, page.url().split('/').at(-1)!)
    await page.goto(page.url())
    await look()
    await page.goto(`${site}/batches`)
    await look()
    expect(trouble).toEqual([])
    await deliverRest(page)
    await context.close()
  },
)

/** Nothing waits for the next visitor. */
async function deliverRest(page: Page): Promise<void> {
  await page.goto(`${site}/batches`)
  await page.locator('form[action="/batches"] button').click()
  const id = new URL((await page.locator('main a').first().getAttribute('href'))!, site).pathname
  await buildBatch(worker.deps, id.split('/').at(-1)!, 'test')
}
