import { readFile } from 'node:fs/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { translator, type Translate } from '../../server/web/languages'
import { parseCsv, unzip } from '../support/archive'
import { openBrowser, walkMs } from '../support/browser'
import { ensureBuilt } from '../support/built'
import { expectGoodPage } from '../support/good-page'
import { startJoinder, type Started } from '../support/started'

jest.setTimeout(walkMs)

/**
 * The whole job, from a person to counsel, on what `npm start` starts: once in Korean, once in English
 * with a browser that runs no script.
 */
let joinder: Started
let browser: Browser

beforeAll(async () => {
  await ensureBuilt()
  ;[joinder, browser] = await Promise.all([startJoinder(), openBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await joinder?.stop()
})

interface Walk {
  t: Translate
  javaScript: boolean
  context: BrowserContext
  page: Page
}

async function beginWalk(lang: 'ko' | 'en', javaScript: boolean): Promise<Walk> {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    locale: lang === 'ko' ? 'ko-KR' : 'en-US',
    javaScriptEnabled: javaScript,
  })
  const missing = (key: string) => {
    throw new Error(`no text for ${key}`)
  }
  return { t: translator(lang, missing), javaScript, context, page: await context.newPage() }
}

/** What every page of the walk has to be: accessible, and no wider than the phone. */
const look = ({ page }: Walk): Promise<void> => expectGoodPage(page)

const press = ({ page }: Walk, name: string) =>
  page.getByRole('button', { name, exact: true }).click()
const follow = ({ page }: Walk, name: string, { exact = false } = {}) =>
  page.getByRole('link', { name, exact }).first().click()

/** Files a claim and confirms it by its mail; gives its number. */
async function file(
  walk: Walk,
  matter: {
    title: string
    person: string
    email: string
    fill: (page: Page) => Promise<void>
    filedAs: 'claim' | 'registration'
    /** what this case asks besides of what happened, and of how to pay */
    happened?: (page: Page) => Promise<void>
    paid?: (page: Page) => Promise<void>
  },
): Promise<string> {
  const { page, t } = walk
  const goOn = t('common:saveAndContinue')
  const said = { context: matter.filedAs }
  await page.goto(joinder.publicUrl)
  await look(walk)
  await follow(walk, matter.title)
  await look(walk)
  await follow(walk, t('matters:start', said))
  await look(walk)
  // Where notices were mailed, a page before the first question takes them.
  const begin = page.getByRole('link', { name: t('intake:start.begin'), exact: true })
  if (await begin.count()) await begin.click()
  await look(walk)
  await page.locator('input[name=affected_as]').first().check()
  await page.locator('input[name=adult][value=yes]').check()
  await press(walk, goOn)

  await page.fill('#name', matter.person)
  await page.fill('#birth_date', '1985-03-04')
  await page.fill('#email', matter.email)
  await matter.fill(page)
  await look(walk)
  await press(walk, goOn)

  await page.locator('input[name=notice]').last().check()
  await page.locator('input[name=harm][value=phishing]').check()
  await matter.happened?.(page)
  await look(walk)
  await press(walk, goOn)
  if (matter.paid) {
    await matter.paid(page)
    await look(walk)
    await press(walk, goOn)
  }

  for (const consent of await page.locator('.consent input[type=checkbox]').all()) {
    if (!(await consent.getAttribute('name'))?.endsWith('newsletter')) await consent.check()
  }
  await look(walk)
  await press(walk, goOn)
  await sign(walk, matter.person)
  await look(walk)
  await press(walk, t('intake:review.submit', said))
  await look(walk)
  const number = (await page.locator('output').first().textContent())!.trim()

  await openMail(walk, matter.email)
  await look(walk)
  await page.locator('a[href*="/claims/confirm/"]').first().click()
  await look(walk)
  await press(walk, t('claims:confirm.signedButton'))
  await page.getByRole('heading', { name: t('claims:confirmed.title') }).waitFor()
  await look(walk)
  expect(await page.locator('main').textContent()).toContain(number)
  return number
}

/** Reads and signs: where somebody signs is asked only where it decides about the text. */
async function sign(walk: Walk, person: string): Promise<void> {
  const { page, t } = walk
  const inside = page.locator('input[name=place][value=inside]')
  if (await inside.count()) {
    await look(walk)
    await inside.check()
    await press(walk, t('common:saveAndContinue'))
  }
  await look(walk)
  // With JavaScript there is a field to draw on, and typing is offered beside it.
  const typing = page.locator('[data-type]')
  if (await typing.isVisible()) await typing.click()
  await page.fill('#signature', person)
  const read = page.locator('#read_to_end')
  await read.click()
  // With JavaScript the page asks back once when something was passed over.
  if (!(await read.isChecked())) await read.click()
  await press(walk, t('authority:sign.button'))
}

/** The newest mail to an address, once it has come. */
async function openMail({ page }: Walk, to: string): Promise<void> {
  const mail = page.locator('section.card', { hasText: to }).first()
  for (let tries = 0; tries < 100; tries++) {
    await page.goto(`${joinder.publicUrl}/dev/mail`)
    if (await mail.count()) return mail.locator('a').first().click()
    await page.waitForTimeout(200)
  }
  throw new Error(`no mail came to ${to}`)
}

async function signIn(walk: Walk, email: string, password: string): Promise<void> {
  const { page, t } = walk
  await page.goto(`${joinder.staffUrl}/sign-in`)
  await look(walk)
  await page.fill('#email', email)
  await page.fill('#password', password)
  await press(walk, t('accounts:signIn.button'))
  await look(walk)
  const code = await demoCode(walk, email)
  await page.goto(`${joinder.staffUrl}/sign-in/code`)
  await page.fill('#code', code)
  await press(walk, t('accounts:signIn.button'))
}

/** What the authenticator app of a demonstration account shows, from the page that shows it. */
async function demoCode(walk: Walk, email: string): Promise<string> {
  const { page } = walk
  await page.goto(`${joinder.staffUrl}/dev/codes`)
  await look(walk)
  const row = page.locator('tr', { hasText: email })
  return (await row.locator('code').textContent())!.trim()
}

/** A demonstration account as the start printed it. */
function account(role: RegExp): { email: string; password: string } {
  const printed = joinder.printed()
  const email = new RegExp(`(\\S+@\\S+).*(?:${role.source})`).exec(printed)?.[1]
  const password = /[Pp]assword\S*:?\s+(\S+)/.exec(printed)?.[1]
  if (!email || !password) throw new Error(`no account like ${role.source} in:\n${printed}`)
  return { email, password }
}

/** A moderator takes the claim, which opens it, and accepts it on that page. */
async function accept(walk: Walk, number: string, person: string): Promise<void> {
  const { page, t } = walk
  const moderator = account(/moderator/i)
  await signIn(walk, moderator.email, moderator.password)
  await look(walk)
  await follow(walk, number)
  await look(walk)
  expect(await page.locator('main').textContent()).not.toContain(person)
  await press(walk, t('moderation:review.start'))
  await look(walk)
  expect(await page.locator('main').textContent()).toContain(person)
  await page.locator('input[name=decision][value=accept]').check()
  await press(walk, t('moderation:decision.button'))
  await look(walk)
  await press(walk, t('layout:signOut'))
}

/** Counsel asks for a delivery, keeps the passphrase, downloads the file; gives the rows of the CSV. */
async function deliver(walk: Walk, firm: RegExp): Promise<string[][]> {
  const { page, t } = walk
  const counsel = account(firm)
  await signIn(walk, counsel.email, counsel.password)
  await look(walk)
  await press(walk, t('batches:waiting.request'))
  await look(walk)
  const passphrase = (await page.locator('output').first().textContent())!.trim()
  await follow(walk, t('batches:passphrase.next'))
  const button = page.getByRole('button', { name: /ZIP/ })
  for (let tries = 0; tries < 100 && !(await button.count()); tries++) {
    await page.waitForTimeout(200)
    await page.reload()
  }
  await look(walk)
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
  const entries = await unzip(await readFile(await download.path()), passphrase)
  const csv = entries['claims.csv']!
  expect([...csv.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
  return parseCsv(csv)
}

test('in Korean: a person files, a moderator accepts, counsel downloads', async () => {
  const walk = await beginWalk('ko', true)
  const number = await file(walk, {
    title: '쿠팡 개인정보 유출 손해배상 공동소송',
    filedAs: 'claim',
    person: '김민서',
    email: 'minseo.kim@example.com',
    fill: async (page) => {
      await page.fill('#phone', '01012345678')
      await page.fill('#address_postcode', '06236')
      await page.fill('#address_line1', '서울특별시 강남구 테헤란로 1')
      await page.fill('#address_line2', '101동 1203호')
    },
  })
  await accept(walk, number, '김민서')
  const rows = await deliver(walk, /한빛나래|Hanbit/)
  const row = rows.find((cells) => cells.includes(number))!
  expect(row).toEqual(
    expect.arrayContaining(['김민서', '010-1234-5678', expect.stringContaining('06236')]),
  )
  await walk.context.close()
})

test('in English without JavaScript: the same', async () => {
  const walk = await beginWalk('en', false)
  const number = await file(walk, {
    title: 'Coupang breach – US consumer class action',
    filedAs: 'registration',
    person: 'Daniel Kim',
    email: 'daniel.kim@example.com',
    fill: async (page) => {
      await page.locator('input[name=address_country][value=US]').check()
      await page.fill('#address_us_line1', '12 Maple Street')
      await page.fill('#address_us_city', 'Queens')
      await page.locator('[name=address_us_state]').fill('NY')
      await page.fill('#address_us_postcode', '11101')
    },
    happened: (page) => page.locator('input[name=tier][value=exposure]').check(),
    paid: (page) => page.locator('input[name=payment][value=later]').check(),
  })
  await accept(walk, number, 'Daniel Kim')
  const rows = await deliver(walk, /Marlow/)
  expect(rows.find((cells) => cells.includes(number))).toEqual(
    expect.arrayContaining(['Daniel Kim', 'daniel.kim@example.com']),
  )
  await walk.context.close()
})
