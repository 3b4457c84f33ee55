import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { createTestApp } from '../support/app'
import { openBrowser } from '../support/browser'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { counsel, probeRoutes } from '../web/probe'

let database: TestDatabase
let browser: Browser
const servers: Server[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  browser = await openBrowser()
}, 60_000)

afterAll(async () => {
  await browser.close()
  for (const server of servers) server.close()
  await database.drop()
})

async function listen(handler: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(handler)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

test('a member of staff who follows a link in a web mailer is still signed in', async () => {
  const findPerson = async () => counsel
  const { app } = createTestApp({ surface: 'staff', database, findPerson, features: [probeRoutes] })
  const staff = `http://127.0.0.1:${await listen(app)}`
  const mailer = await listen((_req, res) => {
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
