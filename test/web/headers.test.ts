import request from 'supertest'
import { createTestApp } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { probeRoutes } from './probe'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const policy =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self';font-src 'self';" +
  "connect-src 'self';form-action 'self';frame-ancestors 'none';base-uri 'none';" +
  "require-trusted-types-for 'script'"

describe.each(['public', 'staff'] as const)('%s surface', (surface) => {
  test.each(['/plain', '/form', '/fails', '/no-such-page', '/assets/none.css', '/healthz'])(
    '%s carries the content policy and tells nobody where people came from',
    async (path) => {
      const { app } = createTestApp({ surface, database, features: [probeRoutes] })
      const { headers } = await request(app).get(path)
      expect(headers['content-security-policy']).toBe(policy)
      expect(headers['referrer-policy']).toBe('no-referrer')
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['x-frame-options']).toBe('DENY')
      expect(headers['cross-origin-opener-policy']).toBe('same-origin')
      expect(headers['permissions-policy']).toContain('camera=()')
      expect(headers['x-powered-by']).toBeUndefined()
      // Plain http must go on working on one's own machine.
      expect(headers['strict-transport-security']).toBeUndefined()
    },
  )
})

test('a site reached by https insists on it', async () => {
  const env = { PUBLIC_URL: 'https://joinder.example' }
  const { app } = createTestApp({ surface: 'public', database, env })
  const { headers } = await request(app).get('/healthz')
  expect(headers['strict-transport-security']).toContain('max-age=31536000')
})

test('nothing is kept by browsers or proxies unless its route says so', async () => {
  const { app } = createTestApp({ surface: 'public', database, features: [probeRoutes] })
  const cacheOf = async (path: string) => (await request(app).get(path)).headers['cache-control']
  expect(await cacheOf('/form')).toBe('no-store')
  expect(await cacheOf('/no-such-page')).toBe('no-store')
  expect(await cacheOf('/plain')).toBe('public, max-age=60')
  // It sets the language cookie of one visitor.
  expect(await cacheOf('/plain?lang=en')).toBe('no-store')
})

test('health answers without database, session or rate limit', async () => {
  const closed = await createTestDatabase()
  const { app } = createTestApp({
    surface: 'public',
    database: closed,
    config: (config) => ({
      ...config,
      limits: {
        ...config.limits,
        rate: { ...config.limits.rate, page: { points: 1, seconds: 60 } },
      },
    }),
  })
  await request(app).get('/readyz').expect(200, { ready: true })
  await request(app).get('/readyz').expect(200)
  await closed.drop()
  await request(app).get('/readyz').expect(503, { ready: false })
  const { headers } = await request(app).get('/healthz').expect(200, { ok: true })
  expect(headers['set-cookie']).toBeUndefined()
})

// An asset behind the session would hand one visitor's cookie to whoever shares their cache.
test('assets are kept for good and never touch a session', async () => {
  const { app, agent } = createTestApp({ surface: 'staff', database, features: [probeRoutes] })
  const page = await request(app).get('/none').set('Accept', 'text/html')
  const stylesheet = /href="(\/assets\/app\.[^"]+\.css)"/.exec(page.text)![1]!
  const visitor = agent()
  await visitor.get('/sign-in').expect(200)
  const { headers } = await visitor.get(stylesheet).expect(200)
  expect(headers['set-cookie']).toBeUndefined()
  expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect(headers['vary']).not.toContain('Cookie')
  expect(headers['x-content-type-options']).toBe('nosniff')
})

test('a staff page is never kept, whatever its route says', async () => {
  const { app } = createTestApp({ surface: 'staff', database, features: [probeRoutes] })
  const { headers } = await request(app).get('/plain').expect(200)
  expect(headers['cache-control']).toBe('no-store')
})
