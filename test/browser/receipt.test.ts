import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { receiptTextIn } from '../../server/ledger/receipts/receipt'
import { copyTokens } from '../../server/vault/claimant-copies'
import { createTestApp, testKeys } from '../support/app'
import { complaintsOf, openBrowser, walkMs, walks } from '../support/browser'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { fileDirectly, type FiledClaim } from '../support/filed-claim'
import { expectGoodPage } from '../support/good-page'
import { sequencerOf } from '../support/ledger'
import { openSite, type Site } from '../support/site'
import { loadTestMatters } from '../support/test-matters'
import { workOff } from '../support/verification'

jest.setTimeout(walkMs)

let database: TestDatabase
let browser: Browser
let site: Site
let people = 0
const keys = testKeys()
const clock = { now: () => new Date() }

/** A claim of somebody else each time, and the link that was mailed. */
async function mailed(): Promise<{ claim: FiledClaim; link: string }> {
  const email = `receipt${++people}@example.com`
  const claim = await fileDirectly(database, keys, { answers: { email } })
  await workOff(database, keys, clock)
  const token = copyTokens(keys.TOKEN_KEY)('receipt', claim.id, 1)
  return { claim, link: `${site.url}/receipts/${token}` }
}

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  site = await openSite(createTestApp({ surface: 'public', database, keys }).app)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  site?.close()
  await database.drop()
})

test.each(
  walks(['ko', 390, true] as const, ['en', 1280, true] as const, ['en', 390, false] as const),
)(
  'somebody opens the mailed link and keeps the receipt (%s, %d px, JavaScript %s)',
  async (lang, width, javaScriptEnabled) => {
    const viewport = { width, height: 900 }
    const context = await browser.newContext({ viewport, javaScriptEnabled })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    const look = () => expectGoodPage(page)

    const { claim, link } = await mailed()
    await page.goto(`${link}?lang=${lang}`)
    await look()
    await sequencerOf(database, { keys }).settle()
    await page.locator('.notice a').click()
    await page.locator('.notice').waitFor({ state: 'detached' })
    expect(await page.locator('output').innerText()).toBe(claim.number)
    await page.locator('summary').click()
    await look()

    const asked = page.waitForEvent('download')
    await page.locator('a[href*="receipt.pdf"]').click()
    const download = await asked
    expect(download.suggestedFilename()).toBe(
      `${lang === 'ko' ? '접수증' : 'receipt'}-${claim.number}.pdf`,
    )
    const kept = receiptTextIn(await readFile(await download.path()))
    expect(kept.trim()).toBe((await page.locator('pre').innerText()).trim())

    await page.goto(`${link.slice(0, -3)}?lang=${lang}`)
    await look()
    expect(complaints).toEqual([])
    await context.close()
  },
)
