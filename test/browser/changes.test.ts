import type { Browser, Page } from 'playwright-core'
import { complaintsOf, openBrowser, walkMs, walks } from '../support/browser'
import { expectGoodPage } from '../support/good-page'
import { openSite, type Site } from '../support/site'
import { openChanges, type Changes } from '../claims/changes/opened'
import { linkIn } from '../claims/access/portal'

jest.setTimeout(walkMs)

let changes: Changes
let worker: Changes['worker']
let browser: Browser
let site: Site

beforeAll(async () => {
  changes = await openChanges()
  worker = changes.worker
  site = await openSite(changes.app)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  site?.close()
  await changes.close()
})

/** Opens one's claim by the mailed link, as a person does. */
async function openClaim(page: Page, email: string, lang: string): Promise<void> {
  await page.goto(`${site.url}/claims?lang=${lang}`)
  await page.locator('#email').fill(email)
  await page.locator('main button[type=submit]').click()
  await page.locator('#code').waitFor()
  const mail = await changes.mailbox.waitFor(
    (one) => one.to === email && one.text.includes('/claims/open/'),
  )
  await page.locator('#code').fill(linkIn(mail).code)
  await page.locator('main button[type=submit]').click()
  await page.locator('a[href^="/claims/mine/"]').first().click()
  await page.locator('#looked').waitFor()
}

test.each(
  walks(['ko', 390, true] as const, ['en', 1280, true] as const, ['en', 390, false] as const),
)(
  'somebody replaces answers, takes back a consent, asks for their data and withdraws (%s, %d px, JavaScript %s)',
  async (lang, width, javaScriptEnabled) => {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      javaScriptEnabled,
      timezoneId: 'America/New_York',
    })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    const look = () => expectGoodPage(page)
    const email = `changes-${lang}-${width}@example.com`
    const name = lang === 'ko' ? '남궁민서' : 'Margaret Worthington-Kim'
    const claim = await changes.claim({ email, name, language: lang })
    const send = () => page.locator('main form button[type=submit]').last().click()
    const follow = (path: string) => page.locator(`main a[href$="/${path}"]`).first().click()

    await openClaim(page, email, lang)
    await look()
    await follow('answers')
    await look()
    await send()
    await page.locator('#full_name').waitFor()
    expect(await page.locator('#full_name').inputValue()).toBe(name)
    await look()
    await page.locator('#phone').fill('010-12')
    await send()
    await page.locator('.govuk-error-summary').waitFor()
    await look()
    await page.locator('#phone').fill('010 9876 5432')
    await send()
    await page.locator('.notice--ok').waitFor()
    await look()
    expect(await changes.row(claim)).toMatchObject({ version: 2 })

    await follow('consents')
    await look()
    // While nobody works, the page waits, and goes on by itself.
    await worker.close()
    await send()
    await page.waitForURL(/\/changes\//)
    await look()
    worker = await changes.restartWorker()
    await page.locator('.notice--ok').waitFor()
    await follow('data')
    await look()
    await page.locator('form[action$="/data/copy"] button').click()
    await page.locator('.notice--ok').waitFor()
    const mail = await changes.mailbox.waitFor(
      (one) => one.to === email && one.text.includes('/claims/copy/'),
    )
    await page.goto(site.url + /\/claims\/copy\/[\w-]{43}/.exec(mail.text)![0])
    await look()
    await send()
    await page.locator('text=010-9876-5432').first().waitFor()
    await look()
    await page.goto(`${site.url}/claims/mine/${claim.number}`)
    await follow('withdraw')
    await send()
    await page.locator('.govuk-error-summary').waitFor()
    await look()
    await page.locator('#sure').check()
    await send()
    await page.locator('.notice--ok').waitFor()
    await look()
    expect(await changes.row(claim)).toMatchObject({ state: 'withdrawn' })
    expect(complaints).toEqual([])
    await context.close()
  },
)
