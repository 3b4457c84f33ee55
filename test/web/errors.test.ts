import { createHmac } from 'node:crypto'
import request from 'supertest'
import { connect } from '../../server/db/connections'
import { createTestApp } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { probeRoutes } from './probe'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const start = () => createTestApp({ surface: 'public', database, features: [probeRoutes] })

test('a fault shows a sentence and the request id, nothing from inside', async () => {
  const { app } = start()
  for (const path of ['/fails', '/sql-fails']) {
    const answer = await request(app).get(path).set('Accept', 'text/html').expect(500)
    expect(answer.text).toContain(answer.headers['x-request-id'])
    expect(answer.text).not.toMatch(/honggildong|홍길동|010-1234|select|\.ts|at /)
  }
})

test('the log has the fault under the same id, without what it says of a person', async () => {
  const { app, logged } = start()
  const { headers } = await request(app).get('/fails')
  await request(app).get('/sql-fails')
  const lines = logged.map((line) => JSON.parse(line) as Record<string, unknown>)
  const fault = lines.find((line) => line['msg'] === 'request failed')
  expect(fault).toMatchObject({ reqId: headers['x-request-id'], code: 'internal' })
  expect(JSON.stringify(fault)).toContain('probe.ts')
  expect(logged.join('')).not.toMatch(/honggildong|홍길동|1234|secret-of/)
})

test('a request is logged by its declared path: no address, query, token or cookie', async () => {
  const { app, logged } = start()
  await request(app)
    .get('/conflict/one-time-token?email=kim@naver.com')
    .set('Cookie', 'lang=en; other=cookie-value')
    .set('X-Forwarded-For', '203.0.113.7')
    .set('Authorization', 'Bearer letmein')
    .expect(409)
  const line = logged.map((text) => JSON.parse(text) as object).at(-1)
  expect(line).toEqual({
    level: 30,
    time: expect.any(String) as string,
    process: 'public',
    reqId: expect.any(String) as string,
    method: 'GET',
    route: '/conflict/:token',
    status: 409,
    ms: expect.any(Number) as number,
    msg: 'request',
  })
  expect(logged.join('')).not.toMatch(/one-time-token|kim@|cookie-value|203\.0|127\.0|letmein/)
})

test('people read pages in their language, programs JSON', async () => {
  const { app } = start()
  const ko = await request(app).get('/nowhere').set('Accept', 'text/html').expect(404)
  expect(ko.text).toContain('<html class="govuk-template" lang="ko">')
  const en = await request(app).get('/nowhere?lang=en').set('Accept', 'text/html').expect(404)
  expect(en.text).toContain('There is no such page')
  const json = await request(app).get('/nowhere').set('Accept', 'application/json').expect(404)
  expect(json.headers['content-type']).toContain('application/problem+json')
  expect(JSON.parse(json.text)).toMatchObject({ status: 404, code: 'not_found' })
})

test.each([
  ['too many bytes', `text=${'x'.repeat(300_000)}`],
  ['too many fields', 'a=1&'.repeat(500)],
])('a form with %s is "too large"', async (_name, body) => {
  const { app } = start()
  const answer = await request(app).post('/form').set('Accept', 'text/html').type('form').send(body)
  expect(answer.status).toBe(413)
  expect(answer.text).toContain('413')
})

test.each(['/%E0%A4%A', '/conflict/%FF', '//evil.example/%2e%2e', '/?lang=%FF'])(
  'a malformed address (%s) is a page, not a fault',
  async (path) => {
    const { app } = start()
    const answer = await request(app).get(path).set('Accept', 'text/html')
    expect([400, 404]).toContain(answer.status)
    expect(answer.text).toContain('</html>')
    expect(answer.text).not.toContain('href="//')
  },
)

test('a database that is away is "unavailable", with a time to come back', async () => {
  const away = connect('postgres://nobody@127.0.0.1:1/none', {
    poolMax: 1,
    applicationName: 'test-away',
    acquireMs: 500,
  })
  const { app, deps } = createTestApp({
    surface: 'public',
    database,
    db: away,
    features: [probeRoutes],
  })
  for (const path of ['/sql-fails', '/limited']) {
    const answer = await request(app).get(path).set('Accept', 'text/html').expect(503)
    expect(answer.headers['retry-after']).toBe('30')
    expect(answer.text).not.toContain('ECONNREFUSED')
  }
  const signature = createHmac('sha256', deps.config.keys.sessionSecret!).update('x')
  const cookie = `joinder=s:x.${signature.digest('base64').replace(/=+$/, '')}`
  await request(app).get('/form').set('Cookie', encodeURI(cookie)).expect(503)
  await away.destroy()
})
