import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { newId } from '../../server/kernel/ids'
import { startCatcher, type Catcher } from '../../server/mail/catcher'
import { sendMail } from '../../server/mail/send-mail'
import { mailTemplates, type MailTemplate } from '../../server/mail/templates'
import { languages } from '../../server/web/languages'
import { deskPassword, openDesk, type Desk } from '../moderation/desk'
import { freshCode } from '../support/account'
import { createTestApp, testKeys } from '../support/app'
import { openBrowser, walkMs, walks } from '../support/browser'
import { expectGoodPage } from '../support/good-page'
import { sampleLetter } from '../support/sample-letters'
import { openSite, type Site } from '../support/site'
import { workerDeps } from '../support/worker'

jest.setTimeout(walkMs)

const keys = testKeys()
let browser: Browser
let desk: Desk
let folder: string
let catcher: Catcher
let publicSite: Site
let staffSite: Site

beforeAll(async () => {
  desk = await openDesk({ keys })
  folder = await mkdtemp(join(tmpdir(), 'joinder-mail-'))
  catcher = await startCatcher({ host: '127.0.0.1', port: 0, folder, keep: 9 })
  const { database } = desk
  const env = { MAIL_CATCHER: folder }
  publicSite = await openSite(createTestApp({ surface: 'public', database, keys, env }).app)
  staffSite = await openSite(desk.staff.app)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  publicSite?.close()
  staffSite?.close()
  await catcher?.close()
  await rm(folder, { recursive: true, force: true })
  await desk.close()
})

async function expectGood(page: Page, options?: { axe: boolean }) {
  await page.evaluate('document.fonts.ready.then(() => true)')
  await expectGoodPage(page, options)
}

/** All that mails are made of stands in these: what is dark enough there is so everywhere. */
const darkest: readonly MailTemplate[] = ['verify-claim', 'reminder', 'batch-ready']

test.each(languages)(
  'every mail in %s is right on a phone, on a desk and in the dark',
  async (language) => {
    const page = await browser.newPage()
    for (const template of Object.keys(mailTemplates) as MailTemplate[]) {
      const { html } = await sampleLetter(template, language)
      await page.setContent(html)
      for (const [width, colorScheme] of [
        [320, 'light'],
        [600, 'light'],
        [320, 'dark'],
      ] as const) {
        await page.setViewportSize({ width, height: 700 })
        await page.emulateMedia({ colorScheme })
        // At another width, or in the other language, it is built the same.
        const looked = colorScheme === 'light' || darkest.includes(template)
        const axe = width === 320 && language === 'ko' && looked
        await expectGood(page, { axe })
      }
    }
    await page.close()
  },
)

test('whoever tries the demonstration sees a mail as people do, and its button leads on', async () => {
  const claim = await desk.claim('unverified')
  const worker = workerDeps({
    database: desk.database,
    keys,
    mailbox: catcher,
    env: { PUBLIC_URL: publicSite.url },
  })
  const { id } = await desk.database.db.superuser('mails').where({ claim_id: claim.id }).first()
  await sendMail(worker.deps, id)
  await worker.close()

  const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(`${publicSite.url}/dev/mail?lang=ko`)
  await page.locator('main .card a').first().click()
  await expectGood(page)
  await page.getByRole('link', { name: '메일 앱에서 보이는 모습 보기' }).click()
  await page.waitForURL(/\/html$/)
  const button = page.getByRole('link', { name: '신청 확인하기' })
  // Its styles are there: the policy of pages would have dropped them.
  const colour = `getComputedStyle(document.querySelector('.m-button')).backgroundColor`
  expect(await page.evaluate(colour)).toBe('rgb(11, 93, 102)')
  // Nothing runs in it, axe neither.
  await expectGood(page, { axe: false })
  expect(complaints).toEqual([])
  await button.click()
  await page.waitForURL(/\/claims\/confirm\/[\w-]{43}$/)
  expect(await page.locator('h1').textContent()).not.toBe('')
  await page.close()
})

test.each(walks(['ko', 390] as const, ['en', 1280] as const))(
  'staff see what has not gone out and send it again (%s, %i px)',
  async (lang, width) => {
    const { superuser } = desk.database.db
    const claim = await desk.claim('unverified')
    const invited = await desk.person('moderator', '오하늘')
    await superuser('people').where({ id: invited.id }).update({ state: 'invited' })
    await superuser('mails').delete()
    const row = { language: lang, template: 'verify-claim', claim_id: claim.id, attempts: 1 }
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000)
    await superuser('mails').insert([
      { ...row, id: newId(), state: 'bounced', smtp_code: 550, created_at: ago(200) },
      {
        ...row,
        id: newId(),
        state: 'deferred',
        smtp_code: 451,
        attempts: 6,
        created_at: ago(150),
        next_attempt_at: ago(-30),
      },
      { ...row, id: newId(), state: 'queued', attempts: 0, created_at: ago(30) },
      {
        ...row,
        id: newId(),
        template: 'invitation',
        claim_id: null,
        person_id: invited.id,
        state: 'failed',
        attempts: 16,
        created_at: ago(4000),
      },
    ])
    const page = await browser.newPage({ viewport: { width, height: 900 } })
    await page.goto(`${staffSite.url}/sign-in?lang=${lang}`)
    const administrator = await desk.person('administrator', '한서연')
    await page.locator('input[name=email]').fill(`${administrator.id}@example.com`)
    await page.locator('input[name=password]').fill(deskPassword)
    const code = await freshCode(desk.staff, `${administrator.id}@example.com`)
    await page.locator('main button').first().click()
    await page.locator('input[name=code]').fill(code)
    await page.locator('main button').last().click()
    await page.waitForURL(/queue/)
    await expectGood(page)
    await page.locator('.notice a[href="/mails"]').click()
    await expectGood(page)
    const again = { ko: '다시 보내기', en: 'Send again' }[lang]
    expect(await page.getByRole('button', { name: again }).count()).toBe(3)
    await page.getByRole('button', { name: again }).first().click()
    await page.waitForURL(/again/)
    expect(await page.getByRole('button', { name: again }).count()).toBe(2)
    await expectGood(page)
    await page.goto(`${staffSite.url}/people`)
    await expectGood(page)
    await page.close()
  },
)
