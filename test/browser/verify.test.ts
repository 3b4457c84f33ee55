import type { Browser, BrowserContext, Page } from 'playwright-core'
import { encodeLink, formatReceipt, type Receipt } from '../../server/ledger/receipts/receipt'
import { buildReceipt } from '../../server/ledger/receipts/build-receipt'
import { parseTlogProof } from '../../server/ledger/tree/tlog-proof'
import { createTestApp, testKeys } from '../support/app'
import { openBrowser, walkMs } from '../support/browser'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { expectGoodPage } from '../support/good-page'
import { insertEntries, sequencerOf } from '../support/ledger'
import { appendFiling, fileReceipt } from '../support/receipt'
import { openSite, type Site } from '../support/site'
import { loadTestMatters } from '../support/test-matters'

jest.setTimeout(walkMs)

const keys = testKeys()
let database: TestDatabase
let site: Site
let browser: Browser
let receipt: Receipt
let text: string
let link: string

const settle = () => sequencerOf(database, { keys }).settle()
const grow = async (count: number) => {
  const at = new Date()
  await insertEntries(
    database,
    Array.from({ length: count }, () => ({ type: 'private' as const, at })),
  )
  await settle()
}

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  await grow(300)
  const filing = { settle, matter: 'test-breach', number: '7K2M-93QD-X4TB' }
  receipt = await fileReceipt(database, { ...filing, at: new Date('2026-01-09T01:02:03.456Z') })
  text = formatReceipt(receipt)
  const { index } = parseTlogProof(receipt.proof!)!
  link = encodeLink({ ...receipt, index })
  await grow(3)
  site = await openSite(createTestApp({ surface: 'public', database, keys }).app)
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  site?.close()
  await database.drop()
})

/** A visitor, with everything their browser asked for and complained about. */
async function visit(options: Parameters<Browser['newContext']>[0] = {}) {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  })
  const page = await context.newPage()
  const asked: string[] = []
  const complaints: string[] = []
  page.on('request', (one) => asked.push(`${one.method()} ${one.url().replace(site.url, '')}`))
  page.on('console', (message) => {
    if (/error|warning/.test(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return { context, page, asked, complaints }
}

/** The heading of the result, once the page has one. */
const verdict = (page: Page) => page.locator('#verdict').innerText()
const line = (page: Page, name: string) =>
  page.locator('.check').filter({ hasText: name }).locator('.check__state').innerText()
const hasFocus = (page: Page, selector: string) =>
  page.evaluate(`document.activeElement === document.querySelector('${selector}')`)

async function paste(page: Page, pasted: string): Promise<void> {
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(pasted)})`)
  await page.fill('#receipt', '')
  await page.focus('#receipt')
  await page.keyboard.press('Control+V')
}

test('in Korean on a phone: pasted, changed, picked, and nothing is sent', async () => {
  const { context, page, asked, complaints } = await visit()
  await page.goto(`${site.url}/verify?lang=ko`)
  await expectGoodPage(page)
  expect(await page.locator('[data-local]').innerText()).toContain('이 기기 안에서만')
  expect(await page.locator('[data-kept]').isVisible()).toBe(false)

  await paste(page, text)
  await page.locator('.check--right', { hasText: '오늘의 원장' }).waitFor()
  expect(await verdict(page)).toBe('진짜 접수증이고 바뀐 곳이 없습니다')
  expect(await hasFocus(page, '#result')).toBe(true)
  const result = await page.locator('#result').innerText()
  for (const words of [
    '7K2M-93QD-X4TB',
    '시험 유출 공동소송',
    '2026년 1월 9일 10:02 (한국\u00a0시간)',
  ]) {
    expect(result).toContain(words)
  }
  await expectGoodPage(page)

  // One character of the number, typed where it stands: the answer follows, the place typed at stays.
  await page.evaluate(`(() => {
    const field = document.querySelector('#receipt')
    const at = field.value.indexOf('X4TB') + 4
    field.focus()
    field.setSelectionRange(at, at)
  })()`)
  await page.keyboard.press('Backspace')
  await page.keyboard.type('C')
  await page.locator('.check--wrong').waitFor()
  expect(await verdict(page)).toBe('접수증(서류)이 원장의 기록과 다릅니다')
  expect(await page.locator('.check--wrong').allInnerTexts()).toEqual([
    expect.stringContaining('접수번호가 기록과 다릅니다'),
  ])
  expect(await page.locator('[data-now]').innerText()).toBe('접수증(서류)이 원장의 기록과 다릅니다')
  expect(await hasFocus(page, '#receipt')).toBe(true)
  await expectGoodPage(page)

  await page.setInputFiles('#file', file(text))
  await page.locator('.verdict--ok').waitFor()
  expect(await page.inputValue('#receipt')).toBe(text)
  await page.setInputFiles('#file', file(Buffer.of(0xff, 0xd8, 0xff)))
  await page.locator('#file-error').waitFor()
  expect(await page.locator('#result').isVisible()).toBe(false)
  await expectGoodPage(page)
  await page.setInputFiles('#file', file('x'.repeat(600 * 1024)))
  await page.getByText('너무 큰 접수증(서류)입니다').waitFor()

  await page.fill('#receipt', 'hello')
  await page.getByRole('button', { name: '확인하기' }).click()
  await page.getByRole('heading', { name: '접수증이나 서류로 읽을 수 없습니다' }).waitFor()
  expect(await page.locator('#file-error').count()).toBe(0)
  await expectGoodPage(page)

  expect(asked.filter((one) => !one.startsWith('GET '))).toEqual([])
  expect(asked.filter((one) => one.includes('/ledger/')).length).toBeGreaterThan(1)
  expect(asked.join()).not.toContain(receipt.salt)
  expect(complaints).toEqual([])
  await context.close()
})

function file(content: string | Buffer) {
  return {
    name: '접수증.json',
    mimeType: 'application/json',
    buffer: Buffer.from(content),
  }
}

describe('the link of a QR code', () => {
  test('is proved from the published ledger, survives loading again and the other language', async () => {
    const { context, page, asked, complaints } = await visit()
    await page.goto(`${site.url}/verify?lang=ko#${link}`)
    await page.locator('.verdict--ok').waitFor()
    expect(await line(page, '원장에 있는 자리')).toBe('맞음')
    expect(await hasFocus(page, '#result')).toBe(true)
    expect(await page.inputValue('#receipt')).toContain('c2sp.org/tlog-proof@v1')
    await expectGoodPage(page)
    await page.reload()
    await page.locator('.verdict--ok').waitFor()
    await page.getByRole('link', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'This receipt is genuine and unchanged' }).waitFor()
    expect(await page.locator('#result').innerText()).toContain('Test breach joint suit')
    expect(asked.filter((one) => !one.startsWith('GET '))).toEqual([])
    expect(asked.join()).not.toContain(link)
    expect(complaints).toEqual([])
    await context.close()
  })

  test('that was made up is wrong, that was cut is unreadable, that came too early says where to go', async () => {
    const { context, page } = await visit()
    await page.clock.install()
    await page.goto(`${site.url}/verify?lang=en#${encodeLink({ ...receipt, index: 9_999_999 })}`)
    await page.getByRole('heading', { name: 'Checking' }).waitFor()
    await page.clock.runFor(10_000)
    await page.locator('.verdict--bad').waitFor()
    expect(await line(page, 'Place in the ledger')).toBe('Wrong')
    expect(await line(page, 'Signature of the ledger')).toBe('Correct')

    await page.goto(`${site.url}/verify?lang=en#${link.slice(0, -20)}`)
    await page.getByRole('heading', { name: 'This link cannot be read' }).waitFor()
    await expectGoodPage(page)

    const early = await buildReceipt(database.db.public, await appendFiling(database))
    await page.goto(`${site.url}/verify?lang=en#${encodeLink({ ...early, index: null })}`)
    await page.getByRole('heading', { name: 'This receipt cannot be checked yet' }).waitFor()
    expect(await page.locator('.verdict').innerText()).toContain('link in the email')
    await expectGoodPage(page)
    await context.close()
  })

  test('with the ledger out of reach can be tried again, and a whole receipt holds by itself', async () => {
    const { context, page } = await visit()
    await cut(context)
    await page.goto(`${site.url}/verify?lang=en#${link}`)
    await page.locator('[data-again]').waitFor()
    expect(await line(page, 'Contents of the record')).toBe('Correct')
    expect(await line(page, 'Place in the ledger')).toBe('Not checked')
    await expectGoodPage(page)
    await context.unroute('**/ledger/**')
    await page.locator('[data-again]').click()
    await page.locator('.verdict--ok').waitFor()

    await cut(context)
    await page.fill('#receipt', text)
    await page.getByText('The results above hold all the same').waitFor()
    expect(await verdict(page)).toBe('This receipt is genuine and unchanged')
    await context.close()
  })

  const cut = (context: BrowserContext) => context.route('**/ledger/**', (route) => route.abort())
})

test('a mirror that keeps full tiles alone is enough', async () => {
  const { context, page, asked } = await visit()
  await page.route('**/ledger/checkpoint', async (route) => {
    const response = await route.fetch()
    // While the checkpoint is on its way, the tile it names fills up.
    await grow(256)
    await route.fulfill({ response })
  })
  await page.route('**/tile/0/*.p/*', (route) => route.fulfill({ status: 404 }))
  await page.goto(`${site.url}/verify?lang=en#${link}`)
  await page.locator('.verdict--ok').waitFor()
  expect(asked.filter((one) => /tile\/0\/001(\.p\/\d+)?$/.test(one))).toEqual([
    expect.stringMatching(/\.p\/\d+$/),
    'GET /ledger/tile/0/001',
  ])
  await context.close()
})

test('a ledger that no longer continues that of the receipt is said aloud', async () => {
  const other = await createTestDatabase()
  await insertEntries(
    other,
    Array.from({ length: 500 }, () => ({ type: 'private' as const, at: new Date() })),
  )
  await sequencerOf(other, { keys }).settle()
  const replaced = await openSite(createTestApp({ surface: 'public', database: other, keys }).app)
  const { context, page } = await visit({ viewport: { width: 1280, height: 800 } })
  await page.clock.install()
  await page.route('**/ledger/**', async (route) => {
    const url = route.request().url().replace(site.url, replaced.url)
    await route.fulfill({ response: await route.fetch({ url }) })
  })
  await page.goto(`${site.url}/verify?lang=ko`)
  await page.fill('#receipt', text)
  await page.clock.runFor(1_000)
  await page.locator('.verdict--ok').waitFor()
  await page.waitForLoadState('networkidle')
  await page.clock.runFor(10_000)
  await page.locator('.verdict--bad').waitFor()
  expect(await verdict(page)).toBe('접수증(서류)은 진짜인데 오늘의 원장이 다릅니다')
  expect(await page.locator('.check--wrong').allInnerTexts()).toEqual([
    expect.stringContaining('오늘의 원장'),
  ])
  await expectGoodPage(page)
  await context.close()
  replaced.close()
  await other.drop()
})

test('in English without JavaScript the server says the same, word for word', async () => {
  const { context, page, complaints } = await visit({
    javaScriptEnabled: false,
    viewport: { width: 1280, height: 800 },
  })
  await page.goto(`${site.url}/verify?lang=en`)
  await expectGoodPage(page, { axe: false })
  expect(await page.locator('[data-kept]').isVisible()).toBe(true)
  await page.getByRole('button', { name: 'Check' }).click()
  await page
    .getByRole('link', {
      name: 'Paste a receipt, or choose the file of a receipt or of signed papers.',
    })
    .waitFor()
  const given = [
    [text, 'This receipt is genuine and unchanged'],
    [text.replace('X4TB', 'X4TC'), 'This receipt or paper does not match the ledger'],
    ['hello', 'This cannot be read as a receipt or signed papers'],
  ] as const
  const said: string[] = []
  for (const [pasted, heading] of given) {
    await page.fill('#receipt', pasted)
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByRole('heading', { name: heading }).waitFor()
    await expectGoodPage(page, { axe: false })
    expect(await page.inputValue('#receipt')).toBe(pasted)
    said.push(await page.locator('#result').innerText())
  }
  expect(complaints.filter((one) => !one.includes('422'))).toEqual([])
  await context.close()

  const { context: scripted, page: live } = await visit({ viewport: { width: 1280, height: 800 } })
  await live.goto(`${site.url}/verify?lang=en`)
  for (const [at, [pasted, heading]] of given.entries()) {
    await live.fill('#receipt', pasted)
    await live.getByRole('heading', { name: heading }).waitFor()
    await live.locator('.check--asking').waitFor({ state: 'detached' })
    expect(await live.locator('#result').innerText()).toBe(said[at])
  }
  await scripted.close()
})

test.each(['/verify', '/matters/coupang-2025-us', '/matters/coupang-2025-us/file/eligibility'])(
  'a first visit is under 120 KB, and asks nobody else for anything (%s)',
  async (path) => {
    const { context, page } = await visit()
    const sizes: Promise<number>[] = []
    const hosts = new Set<string>()
    page.on('response', (response) => {
      hosts.add(new URL(response.url()).origin)
      const sized = response.request().sizes()
      sizes.push(sized.then((s) => s.responseBodySize + s.responseHeadersSize))
    })
    await page.goto(`${site.url}${path}?lang=ko`, { waitUntil: 'networkidle' })
    const all = await Promise.all(sizes)
    // The page, its style, script and font.
    expect(all.length).toBeGreaterThanOrEqual(4)
    expect(all.reduce((sum, size) => sum + size, 0)).toBeLessThan(120 * 1024)
    expect([...hosts]).toEqual([site.url])
    await context.close()
  },
)
