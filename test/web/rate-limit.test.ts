import type { Request } from 'express'
import request from 'supertest'
import { addressOf } from '../../server/web/rate-limit'
import { createTestApp } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { probeRoutes } from './probe'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('guesses are counted across processes, and the database holds no address', async () => {
  const keys = { surface: 'public', database, features: [probeRoutes] } as const
  const first = createTestApp(keys)
  const second = createTestApp({ ...keys, config: () => first.deps.config })
  await request(first.app).get('/limited').expect(200)
  await request(second.app).get('/limited').expect(200)
  await request(first.app).get('/limited').expect(200)
  const refused = await request(second.app).get('/limited').expect(429)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  const rows = (await database.db.superuser('rate_limits')) as { key: string }[]
  expect(rows.map(({ key }) => key)).toEqual([expect.stringMatching(/^guess:[\w-]{43}$/)])
})

test('the key of a day says nothing about the next', async () => {
  let now = new Date('2026-11-24T10:00:00Z')
  const { app } = createTestApp({
    surface: 'public',
    database,
    features: [probeRoutes],
    clock: { now: () => now },
  })
  const keysNow = async () => {
    await database.db.superuser('rate_limits').delete()
    await request(app).get('/limited').expect(200)
    return (await database.db.superuser('rate_limits').pluck('key')) as string[]
  }
  const today = await keysNow()
  now = new Date('2026-11-25T10:00:00Z')
  expect(await keysNow()).not.toEqual(today)
})

test('behind a declared proxy visitors are told apart; a proxy nobody declared is reported once', async () => {
  const asking = (app: Parameters<typeof request>[0], address: string) =>
    request(app).get('/limited').set('X-Forwarded-For', address)
  const behind = createTestApp({
    surface: 'public',
    database,
    env: { TRUST_PROXY: '1' },
    features: [probeRoutes],
  })
  for (let visit = 0; visit < 3; visit += 1) await asking(behind.app, '203.0.113.1').expect(200)
  await asking(behind.app, '203.0.113.1').expect(429)
  await asking(behind.app, '203.0.113.2').expect(200)
  expect(behind.logged.join('')).not.toContain('TRUST_PROXY')

  const unaware = createTestApp({ surface: 'public', database, features: [probeRoutes] })
  for (let visit = 0; visit < 3; visit += 1) await asking(unaware.app, `203.0.113.${visit}`)
  await asking(unaware.app, '203.0.113.99').expect(429)
  expect(unaware.logged.filter((line) => line.includes('TRUST_PROXY'))).toHaveLength(1)
})

test('a flood of pages is braked, assets are not', async () => {
  const { app } = createTestApp({
    surface: 'public',
    database,
    features: [probeRoutes],
    config: (config) => ({
      ...config,
      limits: {
        ...config.limits,
        rate: { ...config.limits.rate, page: { points: 2, seconds: 60 } },
      },
    }),
  })
  await request(app).get('/plain').expect(200)
  await request(app).get('/plain').expect(200)
  const refused = await request(app).get('/plain').set('Accept', 'text/html').expect(429)
  expect(refused.text).toContain('</html>')
})

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (ip, counted) => {
  expect(addressOf({ ip } as Request)).toBe(counted)
})
