import { join } from 'node:path'
import express, { type Router } from 'express'
import type { Browser, Page } from 'playwright-core'
import { createTestApp } from '../support/app'
import { openBrowser, walkMs } from '../support/browser'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { expectGoodPage } from '../support/good-page'
import { openSite, type Site } from '../support/site'

jest.setTimeout(walkMs)

let database: TestDatabase
let browser: Browser
let sites: Site[]
let origins: Record<'public' | 'staff', string>
const posted: Record<string, string>[] = []

/** The gallery of partials, behind everything that the shipped app puts around a page. */
function gallery(): Router {
  const router = express.Router()
  router.get('/gallery/:name', (req, res) => {
    const name = req.params.name === 'form' ? 'form' : 'lists'
    const locals = { ko: res.locals['lang'] === 'ko', csrfToken: '', otherLangUrl: '?' }
    res.render(join(__dirname, `../support/gallery/${name}.ejs`), locals)
  })
  router.post('/gallery/form', express.urlencoded({ extended: false }), (req, res) => {
    posted.push(req.body as Record<string, string>)
    res.status(204).end()
  })
  return router
}

beforeAll(async () => {
  database = await createTestDatabase()
  const features = [gallery]
  sites = await Promise.all([
    openSite(createTestApp({ surface: 'public', database, features }).app),
    openSite(createTestApp({ surface: 'staff', database, features }).app),
  ])
  const [publicSite, staffSite] = sites
  origins = { public: publicSite!.url, staff: staffSite!.url }
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  for (const site of sites ?? []) site.close()
  await database.drop()
})

/** A page, and what its browser complained about: errors of scripts, refusals of the policy. */
async function visit(url: string, width: number): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 800 } })
  const complaints: string[] = []
  page.on('console', (message) => {
    if (/error|warning/.test(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(url)
  await page.evaluate('document.fonts.ready.then(() => true)')
  return { page, complaints }
}

const pages = [
  ['form', 'public', 'ko', 390],
  ['form', 'public', 'en', 1280],
  ['lists', 'staff', 'en', 390],
  ['lists', 'public', 'ko', 1280],
] as const

it.each(pages)('%s on %s in %s at %i px', async (name, surface, lang, width) => {
  const { page, complaints } = await visit(
    `${origins[surface]}/gallery/${name}?lang=${lang}`,
    width,
  )
  expect(complaints).toEqual([])
  expect(await page.getAttribute('html', 'lang')).toBe(lang)
  await expectGoodPage(page)
  await page.close()
})

it('keeps every column of a table in sight on a phone, and a table for who hears it', async () => {
  const { page } = await visit(`${origins.staff}/gallery/lists?lang=en`, 390)
  const table = page.getByRole('table', { name: 'Recent claims' })
  const row = table.getByRole('row').nth(2)
  expect(await table.getByRole('columnheader').count()).toBe(5)
  expect(await row.getByRole('rowheader').count()).toBe(1)
  for (const cell of await row.getByRole('cell').all()) {
    const box = await cell.boundingBox()
    expect(box!.x + box!.width).toBeLessThanOrEqual(390)
  }
  const labelled = await page.evaluate(`[...document.querySelectorAll('td[data-label]')].every(
    (cell) => getComputedStyle(cell, '::before').content.includes(cell.dataset.label))`)
  expect(labelled).toBe(true)
  await page.close()
})

it('is under 120 KB on a first visit', async () => {
  const page = await browser.newPage({ viewport: { width: 390, height: 800 } })
  const sizes: Promise<number>[] = []
  page.on('response', (response) => {
    sizes.push(
      response
        .request()
        .sizes()
        .then((s) => s.responseBodySize + s.responseHeadersSize),
    )
  })
  await page.goto(`${origins.public}/nothing-here?lang=ko`, { waitUntil: 'networkidle' })
  const all = await Promise.all(sizes)
  expect(all.length).toBeGreaterThanOrEqual(4)
  expect(all.reduce((sum, size) => sum + size, 0)).toBeLessThan(120 * 1024)
  await page.close()
})

it('draws our own words with the font of the page, in both languages', async () => {
  for (const lang of ['ko', 'en']) {
    const { page } = await visit(`${origins.public}/nothing-here?lang=${lang}`, 390)
    expect(await page.evaluate(`document.fonts.check('17px Joinder', document.title)`)).toBe(true)
    expect(
      await page.evaluate(`performance.getEntriesByType('resource')
      .filter((one) => one.name.endsWith('.woff2')).length`),
    ).toBe(1)
    await page.close()
  }
})

it('asks what depends on an answer only after that answer, and sends nothing hidden', async () => {
  const { page } = await visit(`${origins.public}/gallery/form?lang=ko`, 1280)
  expect(await page.isVisible('#hid')).toBe(false)
  expect(await page.isVisible('#caller')).toBe(true)
  await page.check('[name=harm][value=d]')
  expect(await page.isVisible('#hid')).toBe(true)
  expect(await page.isVisible('#caller')).toBe(false)
  await page.fill('#hid', '1')
  await page.check('[name=harm][value=a]')
  await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    page.click('button:has-text("저장하고 계속")'),
  ])
  expect(posted).toHaveLength(1)
  expect(posted[0]).toMatchObject({ harm: 'a', addr_country: 'KR' })
  expect(Object.keys(posted[0] ?? {})).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(hid|caller|addr_us_.*)$/)]),
  )
  await page.close()
})

it('shows every question without JavaScript, and asks for the fonts of what people type', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await page.goto(`${origins.public}/gallery/form?lang=ko`)
  expect(asked).toContainEqual(expect.stringMatching(/\/text\.\w+\.css$/))
  expect(asked).toContainEqual(expect.stringMatching(/\/hanja\.\w+\.css$/))
  expect(await page.isVisible('#hid')).toBe(true)
  expect(await page.isVisible('.when__note >> nth=0')).toBe(true)
  await context.close()
})

it('tidies numbers when a field is left, not while typing, and clears with "none of these"', async () => {
  const { page } = await visit(`${origins.public}/gallery/form?lang=ko`, 1280)
  await page.fill('#phone', '０1012345678')
  expect(await page.inputValue('#phone')).toBe('０1012345678')
  await page.fill('#date', '20251129')
  expect(await page.inputValue('#phone')).toBe('010-1234-5678')
  await page.fill('#amt', '1250000')
  expect(await page.inputValue('#date')).toBe('2025-11-29')
  await page.check('[name=what][value=n]')
  expect(await page.inputValue('#amt')).toBe('1,250,000')
  expect(await page.isChecked('[name=what][value=x]')).toBe(false)
  await page.close()
})
