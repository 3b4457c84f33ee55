import type { Page } from 'playwright-core'
import { findMatter } from '../../server/matters/list-matters'
import { signInBrowser } from '../support/browser-sign-in'
import { complaintsOf, walkMs } from '../support/browser'
import { makeAccount } from '../support/account'
import { completeDraft } from '../support/complete-draft'
import { expectGoodPage } from '../support/good-page'
import { plantDraft } from '../support/plant-draft'
import { openStage, type Stage } from '../support/stage'
import { openSignedPortal, type SignedPortal } from '../authority/signed-portal'

jest.setTimeout(walkMs)

let portal: SignedPortal
let stage: Stage

beforeAll(async () => {
  portal = await openSignedPortal()
  stage = await openStage(portal)
})
afterAll(() => stage?.close())

/** A page in which a claim of this matter waits to be signed. */
async function arrive(slug: string, lang: 'ko' | 'en', width: number): Promise<Page> {
  const context = await stage.browser.newContext({ viewport: { width, height: 844 } })
  const matter = (await findMatter(portal.database.db.public, slug))!
  const { signed: _signed, signPlace: _place, ...draft } = completeDraft(matter, new Date())
  const jar: string[] = []
  const agent = { jar: { setCookie: (cookie: string) => void jar.push(cookie) } }
  await plantDraft(portal.database, agent as never, matter, draft)
  const value = /draft=([^;]+)/.exec(jar[0]!)![1]!
  await context.addCookies([
    { name: 'draft', value, domain: '127.0.0.1', path: `/matters/${slug}` },
  ])
  const page = await context.newPage()
  await page.goto(`${stage.site.url}/matters/${slug}/file/sign?lang=${lang}`)
  return page
}

async function draw(page: Page): Promise<void> {
  const box = (await page.locator('canvas').boundingBox())!
  for (const [from, to] of [
    [0.1, 0.4],
    [0.5, 0.9],
  ] as const) {
    await page.mouse.move(box.x + box.width * from, box.y + box.height * 0.7)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * to, box.y + box.height * 0.3, { steps: 6 })
    await page.mouse.up()
  }
}
/** Says that everything was read: asked back once when something was passed over. */
async function tick(page: Page): Promise<void> {
  const box = page.locator('#read_to_end')
  await box.click()
  if (await box.isChecked()) return
  await expectGoodPage(page)
  await box.click()
  expect(await box.isChecked()).toBe(true)
}

const strokes = (page: Page) => page.locator('input[name=signature_drawn]').inputValue()

test('a signature is drawn, survives turning the phone, and stands again under the mailed link', async () => {
  const page = await arrive('coupang-2025-kr', 'ko', 390)
  const problems = complaintsOf(page)
  await expectGoodPage(page)
  await page.locator('canvas').scrollIntoViewIfNeeded()
  await draw(page)
  const drawn = await strokes(page)
  expect(JSON.parse(drawn).strokes).toHaveLength(2)
  await page.setViewportSize({ width: 844, height: 390 })
  await page.waitForTimeout(200)
  expect(await strokes(page)).toBe(drawn)
  const inked = `(() => { const c = document.querySelector('canvas'); return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((byte) => byte > 0) })()`
  expect(await page.evaluate(inked)).toBe(true)
  await page.getByRole('button', { name: '마지막 선 지우기' }).click()
  expect(JSON.parse(await strokes(page)).strokes).toHaveLength(1)
  await page.setViewportSize({ width: 390, height: 844 })
  await page.locator('canvas').scrollIntoViewIfNeeded()
  await draw(page)
  await tick(page)
  await page.getByRole('button', { name: '서명하고 계속' }).click()
  await page.getByRole('button', { name: '신청 제출하기' }).click()
  const number = await page.locator('output').innerText()
  await expectGoodPage(page)
  const { text } = await portal.mailbox.waitFor(({ subject }) => subject.includes(number))
  await page.goto(stage.site.url + /\/claims\/confirm\/[\w-]{43}/.exec(text)![0])
  await expectGoodPage(page)
  expect(await page.locator('svg.signature path').count()).toBe(3)
  await page.getByRole('button', { name: '제가 서명했습니다. 확인합니다' }).click()
  await page.getByRole('heading', { name: '확인이 끝났습니다' }).waitFor()
  await expectGoodPage(page)
  expect(problems).toEqual([])
  await page.context().close()
})

test('an American signs under oath in the text of where they are, by typing, and counsel finds the papers', async () => {
  const page = await arrive('coupang-2025-us', 'en', 1280)
  const problems = complaintsOf(page)
  await expectGoodPage(page)
  await page.locator('input[name=place][value=outside]').check()
  await page.getByRole('button', { name: 'Save and continue' }).click()
  expect(await page.locator('main').innerText()).toContain(
    'under penalty of perjury under the laws of the United States of America',
  )
  await expectGoodPage(page)
  await page.getByRole('button', { name: 'Sign by typing your full name' }).click()
  await page.fill('#signature', '김민준')
  await tick(page)
  await page.getByRole('button', { name: 'Sign and continue' }).click()
  await page.getByRole('button', { name: 'Submit my registration' }).click()
  const number = await page.locator('output').innerText()
  const { text } = await portal.mailbox.waitFor(({ subject }) => subject.includes(number))
  await page.goto(stage.site.url + /\/claims\/confirm\/[\w-]{43}/.exec(text)![0])
  await page.getByRole('button', { name: 'I signed this. Confirm' }).click()
  await portal.rendered(number)

  const { database } = portal
  const { firm_id: firmId } = await database.db
    .superuser('matters')
    .where({ slug: 'coupang-2025-us' })
    .first()
  const account = await makeAccount(database, { role: 'counsel', name: 'Ada Quince', firmId })
  const context = await stage.browser.newContext({ viewport: { width: 1280, height: 900 } })
  const desk = await context.newPage()
  await desk.goto(`${stage.desk.url}/authority?lang=en`)
  await signInBrowser(desk, stage.desk.url, stage.staff, account)
  await desk.goto(`${stage.desk.url}/authority/coupang-2025-us`)
  await expectGoodPage(desk)
  await desk.fill('#seed', 'drawn in open court')
  await desk.fill('#size', '1')
  await desk.getByRole('button', { name: 'Draw' }).click()
  await desk.getByText(number).first().waitFor()
  await expectGoodPage(desk)
  await desk.setViewportSize({ width: 390, height: 844 })
  await desk.goto(`${stage.desk.url}/authority/coupang-2025-us?lang=ko`)
  await expectGoodPage(desk)
  expect(problems).toEqual([])
  await context.close()
  await page.context().close()
})
