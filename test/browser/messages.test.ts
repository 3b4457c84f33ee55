import type { Browser } from 'playwright-core'
import { messagesOf, onThread, openConversation, type Conversation } from '../messages/conversation'
import { linkIn } from '../claims/access/portal'
import { postForm } from '../support/app'
import { signInBrowser } from '../support/browser-sign-in'
import { complaintsOf, openBrowser, walkMs, walks } from '../support/browser'
import { expectGoodPage } from '../support/good-page'
import { newId } from '../../server/kernel/ids'
import { openSite, type Site } from '../support/site'
import { until } from '../support/until'

jest.setTimeout(walkMs)

let talk: Conversation
let browser: Browser
let site: Site
let desk: Site
beforeAll(async () => {
  talk = await openConversation()
  site = await openSite(talk.portal.app)
  desk = await openSite(talk.staff.app)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  site?.close()
  desk?.close()
  await talk.close()
})

async function postNews(): Promise<void> {
  const { superuser } = talk.portal.database.db
  const matter = await superuser('matters').where({ slug: 'test-breach' }).first('id')
  const counsel = await talk.signedIn(await talk.person('counsel', '이도윤'))
  const fields = {
    id: newId(),
    matter: matter.id as string,
    title_ko: '첫 변론 기일이 정해졌습니다',
    title_en: 'The first hearing has a date',
    text_ko:
      '서울중앙지방법원에서 열립니다.\n신청인은 나오지 않으셔도 됩니다.\n\n결과는 이곳에 올립니다.',
    text_en:
      'It is at the Seoul Central District Court.\nYou need not come.\n\nThe result will be here.',
  }
  await postForm(counsel, '/news', fields, { from: '/news/new' })
}

test.each(
  walks(['ko', 390, true] as const, ['en', 1280, true] as const, ['en', 390, false] as const),
)(
  'a claimant asks and reads the answer (%s, %d px, JavaScript %s)',
  async (lang, width, javaScriptEnabled) => {
    const { claim } = await talk.opened({ language: lang })
    await postNews()
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      javaScriptEnabled,
    })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    const look = () => expectGoodPage(page)
    const email = talk.emailOf(claim)
    const { mailbox } = talk.portal
    const before = mailbox.mails.length
    await page.goto(`${site.url}/claims?lang=${lang}`)
    await page.locator('#email').fill(email)
    await page.locator('main button[type=submit]').click()
    const { link } = linkIn(
      await mailbox.waitFor(
        (one) =>
          mailbox.mails.indexOf(one) >= before &&
          one.to === email &&
          one.text.includes('/claims/open/'),
      ),
    )
    await page.goto(site.url + link)
    await page.locator('main button[type=submit]').click()
    await page.locator(`a[href="/claims/mine/${claim.number}"]`).click()
    await look()
    await page.locator(`a[href="/matters/test-breach/news"]`).click()
    await look()
    await page.goto(`${site.url}/claims/mine/${claim.number}`)
    await page.locator(`a[href="${messagesOf(claim)}"]`).click()
    await look()
    const question =
      lang === 'ko'
        ? '안녕하세요. 이사를 했는데\n주소를 바꿔야 하나요?\n\n뷁 㐂'
        : 'Hello,\n\ndo I have to come to the hearing?'
    await page.locator('#text').fill(question)
    await page.locator('main form button[type=submit]').first().click()
    await page.locator('.govuk-error-summary').waitFor()
    await look()
    expect(await page.locator('#text').inputValue()).toBe(question)
    await page.locator('input[value=counsel]').check()
    await page.locator('main form button[type=submit]').first().click()
    await until('the question was asked', async () => {
      const threads = await talk.portal.database.db
        .superuser('message_threads')
        .where({ claim_id: claim.id })
      return threads.length === 1
    })
    const counsel = await talk.signedIn(await talk.person('counsel', '이도윤'))
    await onThread(counsel, claim.id, 'open')
    const answer = lang === 'ko' ? '나오지 않으셔도 됩니다.' : 'No, you need not come.'
    await onThread(counsel, claim.id, 'answer', { text: answer })
    await until('the answer is there', async () => {
      await page.goto(site.url + messagesOf(claim))
      return (await page.content()).includes(answer)
    })
    await look()
    const items = page.locator('.thread__item')
    expect(await items.count()).toBe(2)
    expect(await items.nth(1).innerText()).toContain(
      lang === 'ko' ? '시험법무법인 대리인' : 'Lawyer at',
    )
    await page.goto(`${site.url}/claims/mine/${claim.number}`)
    await page.locator('#looked summary').click()
    await look()
    expect(complaints).toEqual([])
    await context.close()
  },
)

test.each(
  walks(['en', 390, true] as const, ['ko', 1280, true] as const, ['ko', 390, false] as const),
)(
  'staff find, open and answer a question (%s, %d px, JavaScript %s)',
  async (lang, width, javaScriptEnabled) => {
    const { claim, agent } = await talk.opened({ language: lang })
    await talk.ask(agent, claim, { text: '접수증을 다시 받을 수 있나요?\n감사합니다.' })
    const account = await talk.person('moderator', '정민호')
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      javaScriptEnabled,
    })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    const look = () => expectGoodPage(page)
    await page.goto(`${desk.url}/sign-in?lang=${lang}`)
    await signInBrowser(page, desk.url, talk.staff, account)
    await page.goto(`${desk.url}/messages`)
    await look()
    await page.locator('main a', { hasText: claim.number }).click()
    await look()
    await page.locator(`form[action$="/open"] button`).click()
    await page.locator('.thread__item').waitFor()
    await look()
    await page.locator(`form[action$="/answer"] button`).click()
    await page.locator('.govuk-error-summary').waitFor()
    await look()
    await page.locator('#text').fill('네, 신청 화면에서 받으실 수 있습니다.')
    await page.locator(`form[action$="/answer"] button`).click()
    await page.locator('.notice--ok').waitFor()
    await look()
    await page.goto(`${desk.url}/claims/${claim.id}`)
    await look()
    expect(await page.locator('#messages').innerText()).toMatch(/2건|2 messages/)
    expect(complaints).toEqual([])
    await context.close()
  },
)

test.each(
  walks(['ko', 390, true] as const, ['en', 1280, true] as const, ['en', 390, false] as const),
)(
  'counsel writes news and withdraws it (%s, %d px, JavaScript %s)',
  async (lang, width, javaScriptEnabled) => {
    const account = await talk.person('counsel', '이도윤')
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      javaScriptEnabled,
    })
    const page = await context.newPage()
    const look = () => expectGoodPage(page)
    await page.goto(`${desk.url}/sign-in?lang=${lang}`)
    await signInBrowser(page, desk.url, talk.staff, account)
    await page.goto(`${desk.url}/news/new`)
    await page.locator('#title_ko').fill('조정안이 나왔습니다')
    await page.locator('#text_ko').fill('첫째 줄\n둘째 줄\n\n새 문단')
    await page.locator('main form button[type=submit]').first().click()
    await page.locator('.govuk-error-summary').waitFor()
    await look()
    await page.locator('#title_en').fill('A proposal was made')
    await page.locator('#text_en').fill('First line\nsecond line\n\nnew paragraph')
    await page.locator('main form button[type=submit]').first().click()
    await page.locator('form[action="/news"]').waitFor()
    await look()
    await page.locator('form[action="/news"] button').first().click()
    await page.locator('.notice--ok').waitFor()
    await look()
    const article = page.locator('article').first()
    expect(await article.locator('br').count()).toBeGreaterThan(0)
    await article.locator('form button').click()
    await page.locator('.notice--ok').waitFor()
    expect(await page.locator('article').first().locator('form').count()).toBe(0)
    await look()
    await context.close()
  },
)
