import type { Browser } from 'playwright-core'
import { createTestApp } from '../support/app'
import { openBrowser, walkMs } from '../support/browser'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { openSite, type Site } from '../support/site'
import { counsel, probeRoutes } from '../web/probe'

jest.setTimeout(walkMs)

let database: TestDatabase
let browser: Browser
const sites: Site[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  browser = await openBrowser()
})

afterAll(async () => {
  await browser.close()
  for (const site of sites) site.close()
  await database.drop()
})

async function listen(app: Parameters<typeof openSite>[0]): Promise<Site> {
  const site = await openSite(app)
  sites.push(site)
  return site
}

test('a member of staff who follows a link in a web mailer is still signed in', async () => {
  const findPerson = async () => counsel
  const { app } = createTestApp({ surface: 'staff', database, findPerson, features: [probeRoutes] })
  const { url: staff } = await listen(app)
  const { port: mailer } = await listen((_req, res) => {
    res.end(`<a href="${staff}/desk?claim=1">A claim waits for you</a>`)
  })
  const page = await browser.newPage()
  // The probe's form has the token alone; the rest is what a person would type.
  await page.goto(`${staff}/sign-in`)
  const token = await page.locator('input[name=_csrf]').getAttribute('value')
  const signedIn = await page.request.post(`${staff}/sign-in`, {
    form: { id: counsel.id, _csrf: token! },
  })
  expect(signedIn.status()).toBe(200)

  const asked: string[] = []
  page.on('request', (request) => {
    if (request.isNavigationRequest()) asked.push(new URL(request.url()).pathname)
  })
  // Another site for the browser, as a web mailer is.
  await page.goto(`http://localhost:${mailer}/`)
  await page.getByRole('link').click()
  await page.getByText(counsel.name).waitFor()
  expect(page.url()).toBe(`${staff}/desk?claim=1`)
  // Twice: the first time the browser really kept the cookie back.
  expect(asked).toEqual(['/', '/desk', '/desk'])
})
