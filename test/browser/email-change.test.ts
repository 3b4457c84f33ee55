import type { BrowserContext, Page } from 'playwright-core'
import { makeAccount } from '../support/account'
import { signInBrowser } from '../support/browser-sign-in'
import { complaintsOf, walkMs, walks } from '../support/browser'
import type { FiledClaim } from '../support/filed-claim'
import { expectGoodPage } from '../support/good-page'
import { openStage, type Stage } from '../support/stage'
import { until } from '../support/until'
import { linkIn, openPortal, type Portal } from '../claims/access/portal'
import { changeMail, changeOf, press } from '../claims/email-change/walk'

jest.setTimeout(walkMs)

let portal: Portal
let stage: Stage
beforeAll(async () => {
  portal = await openPortal()
  stage = await openStage(portal)
})
afterAll(() => stage?.close())

const send = (page: Page) => page.locator('main button[type=submit]').first().click()

test.each(walks(['ko', true] as const, ['en', true] as const, ['en', false] as const))(
  'somebody changes their address on a phone (%s, JavaScript %s)',
  async (lang, js) => {
    const context = await stage.browser.newContext({
      viewport: { width: 390, height: 900 },
      javaScriptEnabled: js,
    })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    const look = () => expectGoodPage(page)
    const [old, fresh] = [
      `old-${lang}${String(js)}@example.com`,
      `fresh-${lang}${String(js)}@example.com`,
    ]
    const claim = await portal.claim({ email: old, language: lang })
    const { link } = await portal.ask(portal.site.agent(), old)
    await page.goto(`${stage.site.url}/?lang=${lang}`)
    await page.goto(stage.site.url + link)
    await send(page)
    await page.locator(`a[href="/claims/mine/${claim.number}"]`).click()
    await page.locator(`a[href="/claims/mine/${claim.number}/email"]`).first().click()
    await look()
    await page.locator('#email').fill('minjun@gmial.com')
    await send(page)
    await page.locator('.notice').waitFor()
    await look()
    await page.locator('#email').fill('minjun')
    await send(page)
    await page.locator('.govuk-error-summary').waitFor()
    await look()
    await page.locator('#email').fill(fresh)
    await send(page)
    await page.waitForURL(/done=change_email/)
    const oldMail = await changeMail(portal, old)
    const newMail = await changeMail(portal, fresh)
    await page.goto(`${stage.site.url}/claims/mine/${claim.number}`)
    await page.locator('.notice').waitFor()
    await look()

    await page.goto(stage.site.url + newMail.link)
    await look()
    await page.locator('button[value=confirm]').click()
    await until('confirmed', async () => !!(await changeOf(portal, claim)).confirmed_new_at)
    await page.reload()
    await page.locator('.code, output').first().waitFor()
    await look()
    await page.goto(stage.site.url + newMail.link)
    await look()
    await page.goto(stage.site.url + oldMail.link)
    await look()
    await page.goto(`${stage.site.url}/claims/email?number=${claim.number}`)
    await page.locator('#code').fill('12')
    await send(page)
    await look()
    await page.locator('#code').fill(oldMail.code!)
    await send(page)
    await until('applied', async () => !!(await changeOf(portal, claim)).applied_at)
    await page.reload()
    await look()
    await page.goto(stage.site.url + oldMail.link)
    await look()
    await page.goto(`${stage.site.url}/claims/email/${'A'.repeat(43)}`)
    await look()
    expect(complaints).toEqual([])
    await context.close()
  },
)

async function signedIn(
  name: string,
  lang: string,
  javaScriptEnabled: boolean,
): Promise<[BrowserContext, Page]> {
  const account = await makeAccount(portal.database, { role: 'moderator', name })
  const context = await stage.browser.newContext({
    viewport: { width: 1280, height: 900 },
    javaScriptEnabled,
  })
  const page = await context.newPage()
  await page.goto(`${stage.desk.url}/sign-in?lang=${lang}`)
  await signInBrowser(page, stage.desk.url, stage.staff, account)
  return [context, page]
}

test.each(walks(['ko', true] as const, ['en', true] as const, ['en', false] as const))(
  'two of the staff change a lost address (%s, JavaScript %s)',
  async (lang, js) => {
    const [old, fresh] = [`lost-${lang}${js}@example.com`, `found-${lang}${js}@example.com`]
    const claim = await portal.claim({ email: old, language: lang })
    const [oneContext, one] = await signedIn('정민호', lang, js)
    const complaints = complaintsOf(one)
    const look = () => expectGoodPage(one)
    const start = `${stage.desk.url}/claims/${claim.id}/email-change`
    await one.goto(start)
    await look()
    await one.goto(`${stage.desk.url}/claims/${claim.id}`)
    await one.locator('input[value=identity_check]').check()
    await one.locator('form[action$="/open"] button').click()
    await one.locator(`a[href$="/email-change"]`).waitFor()
    await look()
    await one.locator(`a[href$="/email-change"]`).click()
    await send(one)
    await one.locator('.govuk-error-summary').waitFor()
    await look()
    await one.locator('#email').fill(fresh)
    await one.locator('#email_again').fill(fresh)
    await one.locator('input[value=no_access]').check()
    await one.locator('input[value=phone_questions]').check()
    await one
      .locator('#note')
      .fill('전화로 신청 내용을 물어 확인했습니다.\n주소와 생년월일이 맞습니다.')
    await look()
    await send(one)
    await one.waitForURL(/email-changes/)
    await look()

    const [twoContext, two] = await signedIn('한서윤', lang, js)
    await two.goto(`${stage.desk.url}/email-changes`)
    await expectGoodPage(two)
    await two.locator('a.code').first().click()
    await expectGoodPage(two)
    await two.locator('form[action$="/open"] button').click()
    await two.locator('input[value=approve]').waitFor()
    await expectGoodPage(two)
    await two.locator('form[action$="/decision"] button').first().click()
    await two.locator('.govuk-error-summary').waitFor()
    await expectGoodPage(two)
    await two.locator('input[value=decline]').check()
    await expectGoodPage(two)
    await two.locator('input[value=approve]').check()
    await two.locator('form[action$="/decision"] button').first().click()
    await until('approved', async () => !!(await changeOf(portal, claim)).approved_at)
    await expectGoodPage(two)
    await two.goto(`${stage.desk.url}/claims/${claim.id}`)
    await expectGoodPage(two)
    expect(complaints).toEqual([])
    if (js) underWay.set(lang, claim)
    for (const one of [oneContext, twoContext]) await one.close()
  },
)

/** Of the tests before: changes that two of the staff have made ready. */
const underWay = new Map<string, FiledClaim>()

test.each(walks<'ko' | 'en'>('ko', 'en'))(
  'the old mailbox sees and stops it on a phone (%s)',
  async (lang) => {
    const claim = underWay.get(lang)!
    const old = `lost-${lang}true@example.com`
    const context = await stage.browser.newContext({ viewport: { width: 390, height: 900 } })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    const { link } = await changeMail(portal, old)
    await page.goto(`${stage.site.url}/?lang=${lang}`)
    await page.goto(stage.site.url + link)
    await expectGoodPage(page)
    const asked = await portal.ask(portal.site.agent(), old)
    await page.goto(stage.site.url + linkIn(asked.mail).link)
    await send(page)
    await page.locator(`a[href="/claims/mine/${claim.number}"]`).click()
    await page.locator('#looked').waitFor()
    await expectGoodPage(page)
    await press(portal, link, 'stop')
    await page.goto(stage.site.url + link)
    await expectGoodPage(page)
    expect(complaints).toEqual([])
    await context.close()
  },
)
