import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { translator } from '../../server/web/languages'
import { digestToken, verificationSecrets } from '../../server/vault/verification-secrets'
import { codeOf, freshCode, makeAccount, type TestAccount } from '../support/account'
import { createTestApp, testKeys, type TestApp } from '../support/app'
import { openBrowser, walkMs, walks } from '../support/browser'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { expectGoodPage } from '../support/good-page'
import { openSite, type Site } from '../support/site'

jest.setTimeout(walkMs)

const keys = testKeys()
const password = 'quiet words in a row'
let database: TestDatabase
let browser: Browser
let opened: Site
let site: string
let staff: TestApp
let administrator: TestAccount

beforeAll(async () => {
  database = await createTestDatabase()
  administrator = await makeAccount(database, { role: 'administrator', name: '한서연' })
  staff = createTestApp({ surface: 'staff', database, keys })
  opened = await openSite(staff.app)
  site = opened.url
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  opened?.close()
  await database.drop()
})

/** The link that the newest invitation's mail would carry. */
async function link(): Promise<string> {
  const { id } = await database.db.worker('invitations').orderBy('created_at', 'desc').first()
  const { token } = verificationSecrets(keys.TOKEN_KEY)(id)
  await database.db
    .worker('invitations')
    .where({ id })
    .update({ token_hash: digestToken(token) })
  return `${site}/invitation/${token}`
}

test.each(
  walks(['ko', 390, true] as const, ['en', 1280, true] as const, ['en', 390, false] as const),
)(
  'an administrator invites, a person joins and signs in and out (%s, %i px, script %s)',
  async (lang, width, javaScriptEnabled) => {
    const t = translator(lang)
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      javaScriptEnabled,
      locale: lang,
    })
    const page = await context.newPage()
    const trouble: string[] = []
    page.on('console', (message) => {
      // A form that is given back answers 422, which the browser also writes down.
      if (message.type() === 'error' && !message.text().includes('422')) {
        trouble.push(message.text())
      }
    })
    const look = () => expectGoodPage(page)
    const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click()

    await page.goto(`${site}/people?lang=${lang}`)
    await look()
    await page.fill('#email', administrator.email)
    await page.fill('#password', 'wrong')
    await press(t('accounts:signIn.button'))
    await look()
    await page.fill('#password', administrator.password)
    const code = await freshCode(staff, administrator.email)
    await press(t('accounts:signIn.button'))
    await look()
    await page.fill('#code', '000000')
    await press(t('accounts:signIn.button'))
    await look()
    await page.fill('#code', code)
    await press(t('accounts:signIn.button'))
    expect(new URL(page.url()).pathname).toBe('/people')
    await look()
    await press(t('accounts:invite.button'))
    await look()
    const email = `${lang}${width}@example.com`
    await page.fill(
      '#name',
      lang === 'ko' ? '제갈뷁누리' : 'Alexandra Wilhelmina Featherstonehaugh',
    )
    await page.fill('#email', email)
    await page.locator('input[name=role][value=counsel]').check()
    await page.selectOption('#firm', { index: 1 })
    await page.locator(`input[name=language][value=${lang}]`).check()
    await look()
    await press(t('accounts:invite.button'))
    await look()
    expect(await page.locator('main').textContent()).toContain(email)
    await press(t('layout:signOut'))

    const invitation = await link()
    await page.goto(invitation)
    await look()
    await page.fill('#password', 'short')
    await page.fill('#again', 'short')
    await press(t('accounts:invitation.button'))
    await look()
    await page.fill('#password', password)
    await page.fill('#again', password)
    await press(t('accounts:invitation.button'))
    await look()
    // Nothing else opens before there is a second factor.
    await page.goto(`${site}/batches`)
    expect(new URL(page.url()).pathname).toBe('/sign-in')
    await page.goto(`${site}/sign-in/set-up`)
    await page.fill('#code', '000000')
    await press(t('accounts:setUp.button'))
    await look()
    const secret = await page.locator('output').first().textContent()
    await page.fill('#code', codeOf(secret!, new Date()))
    await press(t('accounts:setUp.button'))
    await look()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      press(t('accounts:recovery.download')),
    ])
    const codes = (await page.locator('pre').textContent())!.trim().split('\n')
    expect(codes).toHaveLength(10)
    const text = await readFile(await file.path(), 'utf8')
    for (const one of codes) expect(text).toContain(one)
    await page.getByRole('link', { name: t('accounts:recovery.next') }).click()
    expect(new URL(page.url()).pathname).toBe('/batches')
    await page.goto(invitation)
    await look()
    const refused = await page.goto(`${site}/queue`)
    expect(refused!.status()).toBe(403)
    await look()
    expect(trouble.filter((text) => !/410|403/.test(text))).toEqual([])
    await context.close()
  },
)
