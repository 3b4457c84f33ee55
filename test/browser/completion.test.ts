import { claimPage, mine, openPortal, type Portal } from '../claims/access/portal'
import { act } from '../moderation/desk'
import { makeAccount, signIn } from '../support/account'
import { createTestApp, postForm } from '../support/app'
import { signInBrowser } from '../support/browser-sign-in'
import { complaintsOf, walkMs, walks } from '../support/browser'
import { expectGoodPage } from '../support/good-page'
import { openStage, type Stage } from '../support/stage'

jest.setTimeout(walkMs)

let portal: Portal
let stage: Stage

beforeAll(async () => {
  portal = await openPortal()
  stage = await openStage(portal)
})
afterAll(() => stage?.close())

/** A moderator asks for two things, by the page and with the mouse. */
async function ask(email: string, language: 'ko' | 'en', width: number) {
  const claim = await portal.claim({ email, language })
  const account = await makeAccount(portal.database, { role: 'moderator', name: '정민호' })
  const context = await stage.browser.newContext({ viewport: { width, height: 900 } })
  const page = await context.newPage()
  page.setDefaultTimeout(25_000)
  const complaints = complaintsOf(page)
  await page.goto(`${stage.desk.url}/sign-in?lang=${language}`)
  await signInBrowser(page, stage.desk.url, stage.staff, account)
  await page.goto(`${stage.desk.url}/claims/${claim.id}`)
  await page.locator('form[action$="/review"] button').click()
  await page.locator('#decision-3').check()
  await page.locator('form[action$="/decision"] button[type=submit]').click()
  await page.locator('.govuk-error-summary').waitFor()
  await page.locator('input[value="answer:harm"]').check()
  await page.locator('input[value="answer:story"]').check()
  await page.locator('#note').fill('통지 화면의 날짜가 보이지 않습니다.')
  await expectGoodPage(page)
  await page.locator('form[action$="/decision"] button[type=submit]').click()
  await page.locator('#needs form').first().waitFor()
  await expectGoodPage(page)
  await page.goto(`${stage.desk.url}/queue?view=deficient`)
  await expectGoodPage(page)
  expect(complaints).toEqual([])
  await context.close()
  return claim
}

test.each(
  walks(
    ['ko', true, 1280, '잘 받았습니다', '빠진 것이 없습니다.'] as const,
    ['en', true, 390, 'We have it, thank you', 'Nothing is missing.'] as const,
    ['en', false, 390, 'We have it, thank you', 'Nothing is missing.'] as const,
  ),
)(
  'what is missing is given from a mailed link on a phone (%s, JavaScript %s)',
  async (language, javaScriptEnabled, width, thanks, nothing) => {
    const email = `phone-${language}-${String(javaScriptEnabled)}@example.com`
    const claim = await ask(email, language, width)
    const mail = await portal.mailbox.waitFor(
      ({ text, to }) => to === email && text.includes('/tasks/'),
    )
    const links = [...mail.text.matchAll(/\/tasks\/\S+/g)].map(([path]) => path)
    const context = await stage.browser.newContext({
      viewport: { width: 390, height: 800 },
      timezoneId: 'America/New_York',
      javaScriptEnabled,
    })
    const page = await context.newPage()
    page.setDefaultTimeout(25_000)
    const complaints = complaintsOf(page)
    await page.goto(stage.site.url + links[0])
    await expectGoodPage(page)
    await page.locator('main button[type=submit]').click()
    await page.locator('.govuk-error-summary').waitFor()
    await expectGoodPage(page)
    await page.locator('input[value="spam"]').check()
    await page.locator('main button[type=submit]').click()
    await page.getByText(thanks).waitFor({ timeout: 20_000 })
    await expectGoodPage(page)
    await page.goto(stage.site.url + links[0])
    await expectGoodPage(page)

    // The rest from the claim's own page, in a browser in which it is open.
    const asked = await portal.ask(portal.site.agent(), email)
    await page.goto(stage.site.url + asked.link)
    await page.locator('main button[type=submit]').click()
    const row = page.locator(`a[href="/claims/mine/${claim.number}"]`)
    await row.waitFor({ timeout: 20_000 })
    await row.click()
    await page.locator('#needs li a').waitFor()
    await expectGoodPage(page)
    await page.locator('#needs li a').click()
    await page.locator('#story').waitFor()
    await expectGoodPage(page)
    await page.locator('#story').fill(language === 'ko' ? '문자를 받았습니다.' : 'I got a text.')
    await page.locator('main button[type=submit]').click()
    await page.getByText(nothing).waitFor({ timeout: 20_000 })
    await expectGoodPage(page)
    const { state } = await portal.database.db.superuser('claims').where({ id: claim.id }).first()
    expect(state).toBe('in_review')
    expect(complaints).toEqual([])
    await context.close()
  },
)

test('reminders are ended and resumed on the page of a claim', async () => {
  const email = 'switch@example.com'
  const claim = await portal.claim({ email })
  const account = await makeAccount(portal.database, { role: 'moderator', name: '한서연' })
  const { database, keys } = portal
  const staff = await signIn(createTestApp({ surface: 'staff', database, keys }), account)
  await act(staff, claim, 'review')
  const due = new Date(Date.now() + 30 * 24 * 3600_000).toISOString().slice(0, 10)
  await act(staff, claim, 'decision', { decision: 'deficient', items: 'answer:harm', due })
  const agent = portal.site.agent()
  const { link } = await portal.ask(agent, email)
  await postForm(agent, link, {})
  await portal.answered(agent)
  expect((await mine(agent)).text).toContain(claim.number)
  const path = `/claims/mine/${claim.number}`
  const flip = async (on: string) => {
    const sent = await postForm(agent, `${path}/reminders`, { on }, { from: path })
    expect(sent.status).toBe(303)
    const where = sent.headers['location'] as string
    for (;;) {
      if (((await agent.get(`${where}/ready`)).body as { done: boolean }).done) break
    }
    return (await claimPage(agent, claim)).text
  }
  expect(await flip('no')).toContain('알림 메일 다시 받기')
  expect(await flip('yes')).toContain('알림 메일 그만 받기')
})
