import type { Browser, Page } from 'playwright-core'
import { sendMail } from '../../server/mail/send-mail'
import { createTestApp, testKeys } from '../support/app'
import { openBrowser, walkMs, walks } from '../support/browser'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { expectGoodPage } from '../support/good-page'
import { openMailbox, type Mailbox } from '../support/mailbox'
import { openSite, type Site } from '../support/site'
import { loadTestMatters } from '../support/test-matters'
import { workerDeps, type TestWorkerDeps } from '../support/worker'

jest.setTimeout(walkMs)

let database: TestDatabase
let browser: Browser
let mailbox: Mailbox
let worker: TestWorkerDeps
let opened: Site
const keys = testKeys()

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  mailbox = await openMailbox()
  worker = workerDeps({ database, keys, mailbox })
  opened = await openSite(createTestApp({ surface: 'public', database, keys }).app)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  opened?.close()
  await worker?.close()
  await mailbox?.close()
  await database.drop()
})

const words = {
  ko: {
    go: '저장하고 계속',
    elsewhere: '다른 브라우저에서 이어서 쓰기',
    send: '링크 보내기',
    open: '이어서 쓰기',
    instead: '링크의 신청서 이어서 쓰기',
    revoke: '보낸 링크 쓸 수 없게 하기',
  },
  en: {
    go: 'Save and continue',
    elsewhere: 'Continue in another browser',
    send: 'Send the link',
    open: 'Continue',
    instead: 'Continue the form from the email',
    revoke: 'Stop the links sent so far',
  },
} as const
const kakaoTalk =
  'Mozilla/5.0 (Linux; Android 14; SM-S918N; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36 KAKAOTALK 10.8.3'

test.each(
  walks(['ko', 390, true] as const, ['en', 390, true] as const, ['en', 390, false] as const),
)(
  'a person moves from one browser to another by a mailed link (%s, %d px, JavaScript %s)',
  async (lang, width, javaScriptEnabled) => {
    const problems: string[] = []
    const visitor = async (userAgent?: string) => {
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        locale: lang === 'ko' ? 'ko-KR' : 'en-US',
        javaScriptEnabled,
        ...(userAgent === undefined ? {} : { userAgent }),
      })
      const page = await context.newPage()
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().includes('status of 4')) {
          problems.push(message.text())
        }
      })
      return page
    }
    const { go, elsewhere, send, open, instead, revoke } = words[lang]
    const press = (page: Page, name: string) =>
      page.getByRole('button', { name, exact: true }).click()
    const base = `${opened.url}/matters/test-breach/file`
    const email = `writer.${lang}${String(javaScriptEnabled)}@example.com`

    const phone = await visitor(kakaoTalk)
    await phone.goto(base)
    await expectGoodPage(phone)
    await phone.goto(`${base}/eligibility`)
    await phone.locator('input[name=member][value=yes]').check()
    await press(phone, go)
    await phone.goto(base)
    await expectGoodPage(phone)
    await phone.goto(`${base}/about-you`)
    await phone.fill('#full_name', lang === 'ko' ? '김민준' : 'Daniel Kim')
    await phone.fill('#email', 'daniel@example.com')
    await expectGoodPage(phone)
    await press(phone, elsewhere)
    await expectGoodPage(phone)
    expect(await phone.inputValue('#email')).toBe('daniel@example.com')
    await phone.fill('#email', 'writer@')
    await press(phone, send)
    await expectGoodPage(phone)
    await phone.fill('#email', email)
    await press(phone, send)
    await expectGoodPage(phone)
    const queued = await database.db.worker('mails').where({ state: 'queued' }).pluck('id')
    for (const id of queued) await sendMail(worker.deps, id)
    await phone.reload()
    await expectGoodPage(phone)

    const mail = mailbox.mails.find(({ to }) => to === email)
    const path = /localhost:3000(\/\S+\/continue\/[\w-]{43})/.exec(mail?.text ?? '')?.[1] ?? ''
    const link = `${opened.url}${path}`
    const computer = await visitor()
    await computer.goto(link)
    await expectGoodPage(computer)
    await press(computer, open)
    await expectGoodPage(computer)
    expect(new URL(computer.url()).pathname).toBe('/matters/test-breach/file/about-you')
    expect(await computer.inputValue('#full_name')).toBe(lang === 'ko' ? '김민준' : 'Daniel Kim')

    const other = await visitor()
    await other.goto(`${base}/eligibility`)
    await other.locator('input[name=member][value=yes]').check()
    await press(other, go)
    await other.goto(link)
    await expectGoodPage(other)
    await press(other, instead)
    await other.waitForLoadState()
    expect(await other.inputValue('#email')).toBe('daniel@example.com')

    await press(phone, revoke)
    await expectGoodPage(phone)
    await computer.goto(link)
    await expectGoodPage(computer)
    expect(problems).toEqual([])
    await Promise.all([phone, computer, other].map((page) => page.context().close()))
  },
)
