import type { Browser, Page } from 'playwright-core'
import { createTestApp, testKeys } from '../support/app'
import { complaintsOf, openBrowser, walkMs, walks } from '../support/browser'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { expectGoodPage } from '../support/good-page'
import { openSite, type Site } from '../support/site'
import { loadTestMatters } from '../support/test-matters'
import { until } from '../support/until'
import { workOff } from '../support/verification'

jest.setTimeout(walkMs)

let database: TestDatabase
let browser: Browser
let opened: Site
let site: string
let now = new Date()
const clock = { now: () => now }
const keys = testKeys()

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  const { app } = createTestApp({
    surface: 'public',
    database,
    keys,
    clock,
  })
  opened = await openSite(app)
  site = opened.url
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  opened?.close()
  await database.drop()
})

const words = {
  ko: {
    go: '저장하고 계속',
    submit: '신청 제출하기',
    confirm: '이메일 주소 확인하기',
  },
  en: {
    go: 'Save and continue',
    submit: 'Submit my claim',
    confirm: 'Confirm my email address',
  },
} as const

test.each(
  walks(['ko', 390, true] as const, ['en', 1280, true] as const, ['en', 390, false] as const),
)(
  'a person files and confirms in a browser (%s, %d px, JavaScript %s)',
  async (lang, width, javaScriptEnabled) => {
    now = new Date(now.getTime() + 60_000)
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      locale: lang === 'ko' ? 'ko-KR' : 'en-US',
      javaScriptEnabled,
    })
    const page = await context.newPage()
    const problems = complaintsOf(page)
    // Somebody else each time, or the worker would find the earlier claim.
    const person = `kim.${lang}${width}`
    const digits = String(2000 + width / 10 + (lang === 'ko' ? 1 : 0)).padStart(4, '0')
    const look = () => expectGoodPage(page)
    const { go, submit, confirm } = words[lang]
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click()

    await page.goto(`${site}/matters/test-breach/file`)
    await look()
    await press(go)
    await look()
    await page.locator('input[name=member][value=no]').check()
    await press(go)
    await look()
    await page.locator('.card__link a').click()
    await page.locator('input[name=member][value=yes]').check()
    await press(go)

    await page.fill('#full_name', lang === 'ko' ? '김 뷁 金' : 'Daniel Kim')
    await page.fill('#email', `${person}@gmial.com`)
    await page.fill('#phone', '010-12')
    await page.fill('#born', '2020-13-40')
    await press(go)
    await look()
    await page.fill('#phone', `010${digits}5678`)
    await page.fill('#born', `19${digits.slice(2)}0304`)
    await fillAddress(page)
    await press(go)

    await look()
    await page.locator('input[name=harm][value=money]').check()
    await page.fill('#loss', '35000')
    await page.fill(
      '#story',
      lang === 'ko' ? '전화를 받았습니다.\n뷁 똠방각하' : 'They called.\nTwice.',
    )
    await look()
    await press(go)
    if (lang === 'ko') await expectFonts(page, ['Joinder Text', 'Joinder Hanja'])

    await press(go)
    await look()
    await page.check('#consent_collection')
    await page.check('#consent_provision')
    await page.fill('#signature', lang === 'ko' ? '김뷁金' : 'daniel kim')
    await press(go)
    await look()
    await context.clearCookies({ name: 'joinder' })
    await press(submit)
    await look()
    await press(submit)
    await look()
    const number = await page.locator('output').innerText()

    await page.locator('summary').first().click()
    await page.fill('#email', person)
    await page.locator('form[action$="/filed/email"] button').click()
    await look()
    await page.fill('#email', `${person}@gmail.com`)
    await page.locator('form[action$="/filed/email"] button').click()
    await look()
    await page.goto(`${site}/matters/test-breach/file/review`)
    expect(await page.locator('output').innerText()).toBe(number)

    const { token } = await workOff(database, keys, clock)
    await page.goto(`${site}/claims/confirm?number=${number}`)
    await page.fill('#code', '12')
    await press(lang === 'ko' ? '확인하기' : 'Confirm')
    await look()
    await page.goto(`${site}/claims/confirm/${'A'.repeat(43)}`)
    await look()
    await page.goto(`${site}/claims/confirm/new-link`)
    await page.fill('#number', number)
    await press(lang === 'ko' ? '메일 다시 받기' : 'Send the email again')
    await look()
    await page.goto(`${site}/claims/confirm/${token}`)
    await look()
    await press(confirm)
    await look()
    // The page that waits would load itself again meanwhile.
    await page.goto('about:blank')
    await workOff(database, keys, clock)
    await page.goto(`${site}/claims/confirm/${token}`)
    await look()
    await page.goto(`${site}/matters/test-breach/filed`)
    await look()
    await page.goto(`${site}/matters/test-breach/file`)
    await look()
    expect(problems).toEqual([])
    await context.close()
  },
)

test('with the keyboard alone, and what has the focus is always seen', async () => {
  now = new Date(now.getTime() + 60_000)
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  const problems = complaintsOf(page)
  const { keyboard } = page
  await page.goto(`${site}/matters/test-breach/file?lang=en`)
  /** Tab by tab, as somebody goes who has no mouse; at every stop something shows where one is. */
  const reach = async (selector: string) => {
    await page.waitForLoadState()
    for (let stops = 0; stops < 60; stops++) {
      await keyboard.press('Tab')
      const seen = await page.evaluate<string | null>(`(() => {
        const at = document.activeElement
        if (at === document.body) return null
        const shows = (element) => {
          const style = getComputedStyle(element)
          return style.outlineStyle !== 'none' || style.boxShadow !== 'none'
        }
        // A radio or a box is drawn by what stands beside it.
        const label = at.id ? document.querySelector('label[for="' + at.id + '"]') : null
        const drawn = label && getComputedStyle(label, '::before')
        const visible = shows(at) || (drawn && (drawn.outlineStyle !== 'none' || drawn.boxShadow !== 'none'))
        if (!visible) return 'unseen: ' + at.outerHTML.slice(0, 120)
        return at.matches(${JSON.stringify(selector)}) ? 'there' : ''
      })()`)
      if (seen?.startsWith('unseen')) throw new Error(seen)
      if (seen === 'there') return
    }
    throw new Error(`no Tab leads to ${selector} on ${page.url()}`)
  }
  const press = async (selector: string, key: 'Enter' | 'Space') => {
    await reach(selector)
    await keyboard.press(key)
  }
  const type = async (id: string, text: string) => {
    await reach(`#${id}`)
    await keyboard.type(text)
  }
  const goOn = async (next: string) => {
    await press('main form button[type=submit]', 'Enter')
    await page.waitForURL(new RegExp(next))
  }
  await page.waitForURL(/eligibility/)
  await press('input[name=member]', 'Space')
  await goOn('about-you')
  await type('full_name', 'Daniel Kim')
  await type('email', 'keys@example.com')
  await type('phone', '010 7777 5678')
  await type('born', '1977-03-04')
  await press('input[name=home_country]', 'Space')
  await type('home_postcode', '05510')
  await type('home_line1', '300 Olympic-ro, Songpa-gu, Seoul')
  await goOn('what-happened')
  await press('input[name=harm]', 'Space')
  await goOn('consents')
  await press('#consent_collection', 'Space')
  await press('#consent_provision', 'Space')
  await type('signature', 'Daniel Kim')
  await goOn('review')
  await goOn('filed')
  expect(await page.locator('output').innerText()).toMatch(/\w/)
  expect(problems).toEqual([])
  await context.close()
})

/** The name stands in our own words only, whose font has neither its syllable nor its Hanja. */
async function expectFonts(page: Page, families: string[]): Promise<void> {
  const loaded = `[...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family).join()`
  await until(`${families.join(', ')} loaded`, async () => {
    const names = await page.evaluate<string>(loaded)
    return families.every((family) => names.includes(family))
  })
}

async function fillAddress(page: Page): Promise<void> {
  await page.locator('input[name=home_country][value=KR]').check()
  await page.fill('#home_postcode', '05510')
  await page.fill('#home_line1', '서울특별시 송파구 송파대로 570')
  await page.fill('#home_line2', '101동 1203호')
}
