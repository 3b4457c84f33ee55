import type { Browser, Page } from 'playwright-core'
import type { Person } from '../../server/web/person'
import { complaintsOf, openBrowser, walkMs, walks } from '../support/browser'
import { openSite, type Site } from '../support/site'
import { freshCode } from '../support/account'
import { expectGoodPage } from '../support/good-page'
import { deskPassword, openDesk, type Desk } from '../moderation/desk'

jest.setTimeout(walkMs)

let desk: Desk
let browser: Browser
let opened: Site
let site: string
let moderator: Person
let colleague: Person

beforeAll(async () => {
  desk = await openDesk()
  moderator = await desk.person('moderator', '정민호')
  colleague = await desk.person('moderator', '한서연')
  const few = desk.app({
    config: (config) => ({ ...config, limits: { ...config.limits, pageSize: 5 } }),
  })
  opened = await openSite(few.app)
  site = opened.url
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  opened?.close()
  await desk.close()
})

const words = {
  ko: {
    signIn: '로그인',
    start: '검토 시작하고 열람하기',
    take: '넘겨받고 열람하기',
    open: '내용 열어 보기',
    reject: '반려',
    decide: '결정하기',
    other: 'English',
  },
  en: {
    signIn: 'Sign in',
    start: 'Start review and open',
    take: 'Take over and open',
    open: 'Show what was sent',
    reject: 'Reject',
    decide: 'Decide',
    other: '한국어',
  },
} as const

async function signIn(page: Page, lang: 'ko' | 'en', person: Person) {
  await page.goto(`${site}/sign-in?lang=${lang}`)
  await page.locator('input[name=email]').fill(`${person.id}@example.com`)
  await page.locator('input[name=password]').fill(deskPassword)
  await freshCode(desk.staff, `${person.id}@example.com`)
  await page.locator('main button').first().click()
  await page
    .locator('input[name=code]')
    .fill(await freshCode(desk.staff, `${person.id}@example.com`))
  await page.locator('main button').last().click()
  await page.waitForURL(/queue/)
}

test.each(
  walks(['ko', 390, true] as const, ['en', 1280, true] as const, ['en', 390, false] as const),
)(
  'a moderator finds, opens, decides, and is told when a colleague was faster (%s, %i px, JavaScript %s)',
  async (lang, width, javaScriptEnabled) => {
    const t = words[lang]
    await desk.database.db.superuser('claims').update({ state: 'expired' })
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      locale: lang,
      javaScriptEnabled,
    })
    const page = await context.newPage()
    const trouble = complaintsOf(page)
    const look = () => expectGoodPage(page)
    const button = (name: string) => page.getByRole('button', { name, exact: true })

    await signIn(page, lang, moderator)
    await look()
    const answers = {
      full_name: '김뷁준',
      story: '택배 상자에 적힌 공동현관 비밀번호까지 나갔습니다.',
    }
    const claim = await desk.claim('verified', { language: lang, answers })
    await page.goto(`${site}/queue`)
    await look()
    await desk.claim('unverified', { answers })
    for (let made = 0; made < 4; made++) {
      const named = { full_name: `신청인${made}`, email: `one-${made}@example.com` }
      await desk.claim('verified', { answers: { ...named, born: `19${50 + made}-03-04` } })
    }
    await desk.claim('verified', { answers })
    const twin = { claim_id: claim.id, template: 'verify-claim' }
    await desk.database.db.superuser('mails').where(twin).update({ state: 'bounced' })
    await page.goto(`${site}/queue`)
    await look()

    await page.getByRole('link', { name: claim.number }).click()
    expect(await page.locator('main').textContent()).not.toContain('김뷁준')
    await look()
    await button(t.open).click()
    await look()
    await button(t.start).click()
    await page.waitForURL(/review$/)
    expect(await page.locator('main').textContent()).toContain('김뷁준')
    await look()
    await page.getByRole('link', { name: t.other, exact: true }).click()
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await page.locator('main').textContent()).toContain(claim.number)
    await page.goto(`${site}/claims/${claim.id}?lang=${lang}`)
    await look()
    await button(t.decide).click()
    await look()
    await page.getByLabel(t.reject, { exact: true }).check()
    await button(t.decide).click()
    await look()

    const faster = await (await browser.newContext({ locale: lang })).newPage()
    await signIn(faster, lang, colleague)
    await faster.goto(`${site}/claims/${claim.id}`)
    await faster.getByRole('button', { name: t.take, exact: true }).click()
    await faster.context().close()
    await page.locator('input[name=reason]').first().check()
    await button(t.decide).click()
    await look()
    expect(await page.locator('main').textContent()).toContain('한서연')
    await page.goto(`${site}/claims/${claim.id}`)
    await look()
    await button(t.take).click()
    await page.getByLabel(t.reject, { exact: true }).check()
    await page.locator('input[name=reason]').nth(2).check()
    await button(t.decide).click()
    await look()
    await page.goto(`${site}/queue?view=decided`)
    await look()
    expect(trouble).toEqual([])
    await context.close()
  },
)
