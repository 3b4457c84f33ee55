import type { Browser, BrowserContext, Page } from 'playwright-core'
import { translator } from '../../server/web/languages'
import { freshCode, makeAccount, type TestAccount } from '../support/account'
import { createTestApp, testKeys, type TestApp } from '../support/app'
import { complaintsOf, openBrowser, walkMs } from '../support/browser'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { expectGoodPage } from '../support/good-page'
import { freePort } from '../support/ports'
import { openSite, type Site } from '../support/site'

jest.setTimeout(walkMs)

/** Passkeys in a real browser, whose authenticator is a virtual one that always finds its person. */
const t = translator('ko')
let database: TestDatabase
let browser: Browser
let opened: Site
let site: string
let staff: TestApp
let now = new Date()

beforeAll(async () => {
  database = await createTestDatabase()
  // A passkey belongs to a host name, so the address has to be known to both sides.
  const port = await freePort()
  site = `http://localhost:${port}`
  staff = createTestApp({
    surface: 'staff',
    database,
    keys: testKeys(),
    clock: { now: () => now },
    env: { STAFF_URL: site },
  })
  opened = await openSite(staff.app, port)
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  opened?.close()
  await database.drop()
})

async function withAuthenticator(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  const client = await context.newCDPSession(page)
  await client.send('WebAuthn.enable')
  await client.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return page
}

const press = (page: Page, name: string) =>
  page.getByRole('button', { name, exact: true }).first().click()

async function typePassword(page: Page, { email, password }: TestAccount): Promise<void> {
  await page.goto(`${site}/sign-in?lang=ko`)
  await page.fill('#email', email)
  await page.fill('#password', password)
  await press(page, t('accounts:signIn.button'))
}

test('a passkey is set up, signs in alone, and is asked for again before what matters', async () => {
  const account = await makeAccount(database, { role: 'moderator', name: '정민호' })
  await database.db
    .superuser('people')
    .where({ id: account.id })
    .update({ enrol_until: new Date(now.getTime() + 3600_000) })
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'ko' })
  const page = await withAuthenticator(context)
  const complaints = complaintsOf(page)
  await typePassword(page, account)
  await press(page, t('accounts:setUp.passkey'))
  await page.getByRole('link', { name: t('accounts:recovery.next') }).click()
  await page.waitForURL(/queue/)
  await press(page, t('layout:signOut'))

  // Neither address nor password.
  await press(page, t('accounts:signIn.passkey'))
  await page.waitForURL(/queue/)
  const [row] = await database.db.superuser('passkeys').where({ person_id: account.id })
  expect(row.used_at).toEqual(now)

  await page.goto(`${site}/account`)
  await expectGoodPage(page)
  now = new Date(now.getTime() + 11 * 60_000)
  await page.getByRole('link', { name: new RegExp(t('common:change')) }).click()
  await expectGoodPage(page)
  await press(page, t('accounts:code.passkey'))
  await page.waitForSelector('#current')
  await page.fill('#current', account.password)
  await page.fill('#password', '아주 긴 새 비밀번호 문장')
  await page.fill('#again', '아주 긴 새 비밀번호 문장')
  await expectGoodPage(page)
  await press(page, t('accounts:own.passwordButton'))
  await page.waitForURL(/account\?password/)

  // After the password it is the second factor.
  await press(page, t('layout:signOut'))
  await typePassword(page, { ...account, password: '아주 긴 새 비밀번호 문장' })
  await expectGoodPage(page)
  await press(page, t('accounts:code.passkey'))
  await page.waitForURL(/queue/)
  expect(complaints).toEqual([])
  await context.close()
})

test('a passkey of another person, another site or another question is refused', async () => {
  const account = await makeAccount(database, { role: 'moderator', name: '한서연' })
  const other = await makeAccount(database, { role: 'administrator', name: '다른' })
  const context = await browser.newContext({ locale: 'ko' })
  const page = await withAuthenticator(context)
  const code = await freshCode(staff, account.email)
  await typePassword(page, account)
  await page.fill('#code', code)
  await press(page, t('accounts:signIn.button'))
  await page.goto(`${site}/account/passkeys`)
  // What the browser signs, caught before it is sent.
  await press(page, t('accounts:setUp.passkey'))
  await page.waitForURL(/account\?passkey/)
  await press(page, t('layout:signOut'))

  // The other person's password, this one's passkey.
  await freshCode(staff, other.email)
  await typePassword(page, other)
  const halfway = await page.locator('input[name=_csrf]').first().getAttribute('value')
  expect(await page.getByRole('button', { name: t('accounts:code.passkey') }).count()).toBe(0)
  await page.goto(`${site}/sign-in`)
  let caught = ''
  await page.route('**/sign-in/passkey', async (route) => {
    caught = new URLSearchParams(route.request().postData() ?? '').get('passkey') ?? ''
    await route.abort()
  })
  await press(page, t('accounts:signIn.passkey'))
  for (let tries = 0; tries < 100 && caught === ''; tries++) await page.waitForTimeout(50)
  expect(caught).not.toBe('')
  const send = (path: string, passkey: string) =>
    page.request.post(`${site}${path}`, {
      form: { _csrf: halfway!, passkey },
      maxRedirects: 0,
    })
  expect((await send('/sign-in/code', caught)).status()).toBe(422)
  // The question it answered is used up: neither it nor an old answer counts again.
  expect((await send('/sign-in/passkey', caught)).status()).toBe(422)
  expect((await page.request.get(`${site}/queue`, { maxRedirects: 0 })).status()).toBe(303)
  await context.close()
})
