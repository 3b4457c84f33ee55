import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { makeAccount } from '../support/account'
import { signInBrowser } from '../support/browser-sign-in'
import { complaintsOf, walkMs, walks } from '../support/browser'
import type { FiledClaim } from '../support/filed-claim'
import { expectGoodPage } from '../support/good-page'
import { openStage, type Stage } from '../support/stage'
import { until } from '../support/until'
import { expectSameWithoutScripts } from '../support/without-scripts'
import { linkIn, openPortal, type Portal } from '../claims/access/portal'

jest.setTimeout(walkMs)

let portal: Portal
let stage: Stage

beforeAll(async () => {
  portal = await openPortal()
  stage = await openStage(portal)
})
afterAll(() => stage?.close())

const picture = (text: string, fill: string) =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="600"><rect width="900" height="600" fill="${fill}"/><text x="60" y="320" font-size="80" fill="#fff">${text}</text></svg>`,
    ),
  )
    .jpeg()
    .toBuffer()

/** The list of documents of a claim that somebody opened with the mailed link. */
async function openDocuments(page: Page, claim: FiledClaim, email: string, lang: 'ko' | 'en') {
  await page.goto(`${stage.site.url}/claims?lang=${lang}`)
  await page.locator('#email').fill(email)
  await page.locator('main button[type=submit]').click()
  const mail = await portal.mailbox.waitFor(
    (one) => one.to === email && one.text.includes('/claims/open/'),
  )
  await page.goto(stage.site.url + linkIn(mail).link)
  await page.locator('main button[type=submit]').click()
  await page.locator(`a[href="/claims/mine/${claim.number}"]`).click()
  await page.locator(`a[href="/claims/mine/${claim.number}/documents"]`).click()
  await page.locator('#kind').waitFor()
}

const words = {
  ko: { kind: '어떤 자료인지 골라 주세요.', brokeOff: '연결이 끊겨' },
  en: { kind: 'Please choose what it is.', brokeOff: 'The connection broke off' },
}

test.each(walks<'ko' | 'en'>('ko', 'en'))(
  'three photos from a phone: one breaks off and is sent again, the others stay (%s)',
  async (lang) => {
    const email = `phone-${lang}@example.com`
    const claim = await portal.claim({ email, name: '김서연' })
    const context = await stage.browser.newContext({
      viewport: { width: 390, height: 844 },
      isMobile: true,
    })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    await openDocuments(page, claim, email, lang)
    await expectGoodPage(page)
    // Nothing chosen: the first field says so, and nothing is sent.
    await page.locator('[data-upload] button').click()
    await expectText(page, '[data-upload-status]', words[lang].kind)

    // The second of the three.
    let posts = 0
    await page.route('**/documents', async (route) => {
      if (route.request().method() !== 'POST') return route.continue()
      posts += 1
      await (posts === 2 ? route.abort('connectionreset') : route.continue())
    })
    await page.locator('#kind').selectOption('notice')
    await page.locator('#file').setInputFiles([
      { name: '유출 안내 문자.jpg', mimeType: 'image/jpeg', buffer: await picture('1', '#0b5d66') },
      { name: '화면 갈무리.jpg', mimeType: 'image/jpeg', buffer: await picture('2', '#7a4f00') },
      { name: '뷁 메일.jpg', mimeType: 'image/jpeg', buffer: await picture('3', '#1f4e8c') },
    ])
    await page.locator('[data-upload] button').click()
    await page.locator('.uploads__failed').waitFor()
    await page.locator('[data-upload-done]:not([hidden])').waitFor()
    expect(await page.locator('.uploads li').count()).toBe(3)
    expect(await page.locator('.uploads__failed').innerText()).toContain(words[lang].brokeOff)
    await expectGoodPage(page)
    await page.locator('.uploads__failed [data-retry]').click()
    await page.locator('.documents li').nth(2).waitFor()
    for (const name of ['유출 안내 문자.jpg', '화면 갈무리.jpg'])
      await expectText(page, '#list', name)
    await expectText(page, '#list', '뷁 메일.jpg')
    expect(await page.locator('.documents .tag--ok').count()).toBe(3)
    await expectGoodPage(page)
    expect(complaints.filter((one) => !one.includes('ERR_CONNECTION_RESET'))).toEqual([])
    await context.close()

    const staffContext = await stage.browser.newContext({ viewport: { width: 1280, height: 900 } })
    const staff = await staffContext.newPage()
    const staffComplaints = complaintsOf(staff)
    const account = await makeAccount(portal.database, { role: 'moderator', name: '정민호' })
    await staff.goto(`${stage.desk.url}/sign-in?lang=${lang}`)
    await signInBrowser(staff, stage.desk.url, stage.staff, account)
    await staff.goto(`${stage.desk.url}/claims/${claim.id}`)
    await expectGoodPage(staff)
    await staff.locator('form[action$="/review"] button').click()
    await staff.locator('.document-pages img').nth(2).waitFor()
    await staff.locator('#documents').scrollIntoViewIfNeeded()
    await staff.evaluate(`Promise.all([...document.images].map((one) => {
    one.loading = 'eager'
    return one.complete || new Promise((done) => one.addEventListener('load', done))
  }))`)
    const widths = await staff.evaluate('[...document.images].map((one) => one.naturalWidth)')
    expect(widths).toEqual([900, 900, 900])
    await expectGoodPage(staff)
    await staff.locator('#documents a[href$="/destroy"]').first().click()
    await staff.locator('.govuk-button--warning').waitFor()
    await expectTheSameWithoutScripts(staff)
    await staff.locator('.govuk-button--warning').click()
    await staff.locator('.govuk-error-summary').waitFor()
    await expectGoodPage(staff)
    await staff.locator('input[value=resident_number]').check()
    await staff.locator('.govuk-button--warning').click()
    await staff.locator('#documents .tag--neutral').waitFor()
    await expectGoodPage(staff)
    expect(staffComplaints).toEqual([])
    await staffContext.close()
  },
)

test('without JavaScript one file at a time, in English', async () => {
  const email = 'plain@example.com'
  const claim = await portal.claim({ email, name: 'Minjun Kim', language: 'en' })
  const context = await stage.browser.newContext({
    viewport: { width: 1280, height: 900 },
    javaScriptEnabled: false,
  })
  const page = await context.newPage()
  await openDocuments(page, claim, email, 'en')
  await expectGoodPage(page)
  const send = page.locator('[data-upload] button')
  await page.locator('#kind').selectOption('order')
  await page.locator('#file').setInputFiles({
    name: 'statement.docx',
    mimeType: 'image/jpeg',
    buffer: Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0\x08\0', 'latin1'), Buffer.alloc(900)]),
  })
  await send.click()
  await page.locator('.govuk-error-summary').waitFor()
  expect(await page.locator('#kind').inputValue()).toBe('order')
  await expectGoodPage(page)
  await page.locator('#file').setInputFiles({
    name: 'too large.jpg',
    mimeType: 'image/jpeg',
    buffer: Buffer.alloc(21 * 1024 * 1024, 1),
  })
  await send.click()
  await expectText(page, '.govuk-error-summary', 'larger than 20 MB')
  await page.locator('#kind').selectOption('order')
  await page.locator('#file').setInputFiles({
    name: 'order history.png',
    mimeType: 'image/png',
    buffer: await sharp(await picture('order', '#1b6e4a'))
      .png()
      .toBuffer(),
  })
  await send.click()
  await page.locator('.documents li').waitFor()
  await expectGoodPage(page)
  await until('it is listed', async () => {
    await page.reload()
    return (await page.locator('#list').innerText()).includes('order history.png')
  })
  await page.locator('#list details').first().click()
  await expectGoodPage(page)
  await page.locator('form[action$="/remove"] button').click()
  await until('it is gone', async () => {
    await page.reload()
    return (await page.locator('#list').innerText()).includes('You deleted it.')
  })
  await expectGoodPage(page)
  await context.close()
})

async function expectText(page: Page, where: string, text: string): Promise<void> {
  await until(`${where} says ${text}`, async () =>
    (await page.locator(where).innerText()).includes(text),
  )
}

/** The page again, for somebody of the same session whose browser runs no scripts. */
async function expectTheSameWithoutScripts(page: Page): Promise<void> {
  const context = await stage.browser.newContext({ javaScriptEnabled: false })
  await expectSameWithoutScripts(page, await context.newPage())
  await context.close()
}
