import type { BrowserContext, Page } from 'playwright-core'
import { makeAccount } from '../support/account'
import { signInBrowser } from '../support/browser-sign-in'
import { complaintsOf, walks } from '../support/browser'
import type { FiledClaim } from '../support/filed-claim'
import { expectGoodPage } from '../support/good-page'
import { openStage, type Stage } from '../support/stage'
import { until } from '../support/until'
import { linkIn, openPortal, type Portal } from '../claims/access/portal'
import { changeMail, changeOf, press } from '../claims/email-change/walk'

let portal: Portal
let stage: Stage
const pictures = process.env['PICTURES']
jest.setTimeout(90_000)

beforeAll(async () => {
  portal = await openPortal()
  stage = await openStage(portal)
})
afterAll(() => stage?.close())

const send = (page: Page) => page.locator('main button[type=submit]').first().click()

function camera(page: Page, name: string, axe = true) {
  return async (shot: string, again = false) => {
    // One that was looked at before in another state is only photographed.
    if (!again) await expectGoodPage(page, { axe })
    if (pictures) await page.screenshot({ path: `${pictures}/${name}-${shot}.png`, fullPage: true })
  }
}

test.each(walks(['ko', true] as const, ['en', false] as const))(
  'somebody changes their address on a phone (%s, JavaScript %s)',
  async (lang, js) => {
    const context = await stage.browser.newContext({
      viewport: { width: 390, height: 900 },
      javaScriptEnabled: js,
    })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    const look = camera(page, `email-${lang}`, js)
    const [old, fresh] = [`old-${lang}@example.com`, `fresh-${lang}@example.com`]
    const claim = await portal.claim({ email: old, language: lang })
    const { link } = await portal.ask(portal.site.agent(), old)
    await page.goto(`${stage.site.url}/?lang=${lang}`)
    await page.goto(stage.site.url + link)
    await send(page)
    await page.locator(`a[href="/claims/mine/${claim.number}"]`).click()
    await page.locator(`a[href="/claims/mine/${claim.number}/email"]`).first().click()
    await look('form')
    await page.locator('#email').fill('minjun@gmial.com')
    await send(page)
    await page.locator('.notice').waitFor()
    await look('suggest')
    await page.locator('#email').fill('minjun')
    await send(page)
    await page.locator('.govuk-error-summary').waitFor()
    await look('error')
    await page.locator('#email').fill(fresh)
    await send(page)
    const oldMail = await changeMail(portal, old)
    const newMail = await changeMail(portal, fresh)
    await page.goto(`${stage.site.url}/claims/mine/${claim.number}`)
    await page.locator('.notice').waitFor()
    await look('claim')

    await page.goto(stage.site.url + newMail.link)
    await look('new')
    await page.locator('button[value=confirm]').click()
    await until('confirmed', async () => !!(await changeOf(portal, claim)).confirmed_new_at)
    await page.reload()
    await page.locator('.code, output').first().waitFor()
    await look('new-confirmed')
    await page.goto(stage.site.url + newMail.link)
    await look('new-again', true)
    await page.goto(stage.site.url + oldMail.link)
    await look('old')
    await page.goto(`${stage.site.url}/claims/email?number=${claim.number}`)
    await page.locator('#code').fill('12')
    await send(page)
    await look('code-error')
    await page.locator('#code').fill(oldMail.code!)
    await send(page)
    await until('applied', async () => !!(await changeOf(portal, claim)).applied_at)
    await page.reload()
    await look('done')
    await page.goto(stage.site.url + oldMail.link)
    await look('over', true)
    await page.goto(`${stage.site.url}/claims/email/${'A'.repeat(43)}`)
    await look('unknown')
    expect(complaints).toEqual([])
    await context.close()
  },
)

async function signedIn(name: string, lang: string): Promise<[BrowserContext, Page]> {
  const account = await makeAccount(portal.database, { role: 'moderator', name })
  const context = await stage.browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  await page.goto(`${stage.desk.url}/sign-in?lang=${lang}`)
  await signInBrowser(page, stage.desk.url, stage.staff, account)
  return [context, page]
}

test.each(walks<'ko' | 'en'>('ko', 'en'))(
  'two of the staff change a lost address (%s)',
  async (lang) => {
    const axe = lang === 'ko'
    const [old, fresh] = [`lost-${lang}@example.com`, `found-${lang}@example.com`]
    const claim = await portal.claim({ email: old, language: lang })
    const [oneContext, one] = await signedIn('정민호', lang)
    const complaints = complaintsOf(one)
    const look = camera(one, `email-staff-${lang}`, axe)
    const start = `${stage.desk.url}/claims/${claim.id}/email-change`
    await one.goto(start)
    await look('identity')
    await one.goto(`${stage.desk.url}/claims/${claim.id}`)
    await one.locator('input[value=identity_check]').check()
    await one.locator('form[action$="/open"] button').click()
    await one.locator(`a[href$="/email-change"]`).waitFor()
    await look('claim', true)
    await one.locator(`a[href$="/email-change"]`).click()
    await send(one)
    await one.locator('.govuk-error-summary').waitFor()
    await look('errors')
    await one.locator('#email').fill(fresh)
    await one.locator('#email_again').fill(fresh)
    await one.locator('input[value=no_access]').check()
    await one.locator('input[value=phone_questions]').check()
    await one
      .locator('#note')
      .fill('전화로 신청 내용을 물어 확인했습니다.\n주소와 생년월일이 맞습니다.')
    await look('filled', true)
    await send(one)
    await one.waitForURL(/email-changes/)
    await look('own', true)

    const [twoContext, two] = await signedIn('한서윤', lang)
    const lookTwo = camera(two, `email-staff-${lang}`, axe)
    await two.goto(`${stage.desk.url}/email-changes`)
    await lookTwo('list')
    await two.locator('a.code').first().click()
    await lookTwo('page', true)
    await two.locator('form[action$="/open"] button').click()
    await two.locator('input[value=approve]').waitFor()
    await lookTwo('opened')
    await two.locator('input[value=decline]').check()
    await lookTwo('decline', true)
    await two.locator('input[value=approve]').check()
    await two.locator('form[action$="/decision"] button').first().click()
    await until('approved', async () => !!(await changeOf(portal, claim)).approved_at)
    await lookTwo('approved', true)
    await two.goto(`${stage.desk.url}/claims/${claim.id}`)
    await lookTwo('history', true)
    expect(complaints).toEqual([])
    underWay.set(lang, claim)
    for (const one of [oneContext, twoContext]) await one.close()
  },
)

/** Of the tests before: changes that two of the staff have made ready. */
const underWay = new Map<string, FiledClaim>()

test.each(walks<'ko' | 'en'>('ko', 'en'))(
  'the old mailbox sees and stops it on a phone (%s)',
  async (lang) => {
    const claim = underWay.get(lang)!
    const old = `lost-${lang}@example.com`
    const context = await stage.browser.newContext({ viewport: { width: 390, height: 900 } })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    const lookClaimant = camera(page, `email-lost-${lang}`, lang === 'ko')
    const { link } = await changeMail(portal, old)
    await page.goto(`${stage.site.url}/?lang=${lang}`)
    await page.goto(stage.site.url + link)
    await lookClaimant('notice')
    const asked = await portal.ask(portal.site.agent(), old)
    await page.goto(stage.site.url + linkIn(asked.mail).link)
    await send(page)
    await page.locator(`a[href="/claims/mine/${claim.number}"]`).click()
    await page.locator('#looked').waitFor()
    await lookClaimant('claim')
    await press(portal, link, 'stop')
    await page.goto(stage.site.url + link)
    await lookClaimant('stopped')
    expect(complaints).toEqual([])
    await context.close()
  },
)
