import type { Browser, Page } from 'playwright-core'
import { makeAccount, signIn } from '../support/account'
import { createTestApp } from '../support/app'
import { complaintsOf, openBrowser, walkMs, walks } from '../support/browser'
import { createTestDatabase } from '../support/database'
import { expectGoodPage } from '../support/good-page'
import { openSite, type Site } from '../support/site'
import { linkIn, openPortal, type Portal } from '../claims/access/portal'
import { act } from '../moderation/desk'

jest.setTimeout(walkMs)

let portal: Portal
let browser: Browser
let site: Site

beforeAll(async () => {
  portal = await openPortal()
  site = await openSite(portal.app)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  site?.close()
  await portal.close()
})

/** A claim that a moderator has opened and decided on, in a case with a deadline. */
async function lived(email: string, language: 'ko' | 'en') {
  const { database, keys } = portal
  const claim = await portal.claim({ email, name: '김서연', language })
  await portal.claim({ email, name: 'Minjun Kim', language })
  const staff = createTestApp({ surface: 'staff', database, keys })
  const account = await makeAccount(database, { role: 'moderator', name: '정민호' })
  const moderator = await signIn(staff, account)
  await act(moderator, claim, 'open', { purpose: 'identity_check' })
  const { content } = await database.db.superuser('matters').where({ slug: 'test-breach' }).first()
  const both = { ko: '신청 마감 (시험)', en: 'Claims close (test)' }
  const deadline = {
    id: 'close',
    label: both,
    at: '2030-03-13T18:00',
    timeZone: 'Asia/Seoul',
    source: both,
    closesFiling: true,
  }
  await database.db
    .superuser('matters')
    .where({ slug: 'test-breach' })
    .update({ content: JSON.stringify({ ...content, deadlines: [deadline] }) })
  return claim
}

test.each(
  walks(
    ['ko', 390, true, 'code'] as const,
    ['en', 1280, true, 'code'] as const,
    ['en', 390, false, 'code'] as const,
    ['ko', 390, false, 'link'] as const,
  ),
)(
  'somebody sees their claims without an account (%s, %d px, JavaScript %s, by %s)',
  async (lang, width, javaScriptEnabled, by) => {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      javaScriptEnabled,
      timezoneId: 'America/New_York',
    })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    const look = () => expectGoodPage(page)
    const email = `browser-${lang}-${width}-${by}-${String(javaScriptEnabled)}@example.com`
    const claim = await lived(email, lang)

    await page.goto(`${site.url}/?lang=${lang}`)
    await page.locator('nav a[href="/claims"]').click()
    await look()
    await page.locator('main button[type=submit]').click()
    await look()
    await page.locator('#email').fill(email)
    await page.locator('main button[type=submit]').click()
    await page.locator('#code').waitFor()
    await look()
    const mail = await portal.mailbox.waitFor(
      (one) => one.to === email && one.text.includes('/claims/open/'),
    )
    const { link, code } = linkIn(mail)
    if (by === 'code') {
      await page.locator('#code').fill('12')
      await page.locator('main button[type=submit]').click()
      await page.locator('.govuk-error-summary').waitFor()
      await look()
      await page.locator('#code').fill(code === '111111' ? '222222' : '111111')
      await page.locator('main button[type=submit]').click()
      await page.locator('.govuk-error-summary').waitFor()
      await look()
      await page.locator('#code').fill(code)
    } else {
      await page.goto(site.url + link)
      await look()
    }
    await page.locator('main button[type=submit]').click()
    await page.locator(`a[href="/claims/mine/${claim.number}"]`).waitFor()
    await look()
    await page.locator(`a[href="/claims/mine/${claim.number}"]`).click()
    await page.locator('#looked').waitFor()
    await page.locator('#looked summary').click()
    await look()
    const looked = page.locator('#looked .timeline').first()
    expect(await looked.innerText()).toMatch(lang === 'ko' ? /검토 담당자/ : /Reviewer/)
    expect(await page.content()).not.toContain('정민호')
    await expectLocalTime(page, lang, javaScriptEnabled)

    await page.locator('a[href$="/receipt"]').click()
    expect(await page.locator('output').innerText()).toBe(claim.number)
    await page.goBack()
    await page.locator('form[action="/claims/leave"] button').click()
    await page.locator('.notice').first().waitFor()
    await look()
    expect((await context.cookies()).filter(({ name }) => name === 'claims')).toEqual([])
    await page.goto(site.url + link)
    await look()
    expect(complaints).toEqual([])
    await context.close()
  },
)

/** The deadline stands in the court's zone; below it, where scripts run, in the reader's. */
async function expectLocalTime(page: Page, lang: 'ko' | 'en', scripts: boolean): Promise<void> {
  const text = await page
    .locator('p:has(time[data-local])')
    .innerText()
    .then((it) => it.replaceAll('\u00a0', ' '))
  expect(text).toContain(lang === 'ko' ? '2030년 3월 13일 18:00 (한국 시간)' : 'Korea time')
  const here = lang === 'ko' ? '2030년 3월 13일 05:00' : 'March 13, 2030 at 5:00'
  expect(text.includes(here)).toBe(scripts)
}

test('the page that waits goes on by itself, and says so when the worker is away', async () => {
  const database = await createTestDatabase()
  let now = new Date()
  const alone = createTestApp({ surface: 'public', database, clock: { now: () => now } })
  const other = await openSite(alone.app)
  const context = await browser.newContext({ viewport: { width: 390, height: 900 } })
  const page = await context.newPage()
  try {
    await page.goto(`${other.url}/claims?lang=ko`)
    await page.locator('#email').fill('nobody@example.com')
    await page.locator('main button[type=submit]').click()
    await page.locator('#code').fill('123456')
    await page.locator('main button[type=submit]').click()
    await page.locator('[data-wait]').waitFor()
    await expectGoodPage(page)
    now = new Date(now.getTime() + 61_000)
    await page.reload()
    expect(await page.locator('main').innerText()).toContain('평소보다 오래 걸리고')
    expect(await page.locator('[data-wait]').count()).toBe(0)
    await expectGoodPage(page)
  } finally {
    await context.close()
    other.close()
    await database.drop()
  }
})
