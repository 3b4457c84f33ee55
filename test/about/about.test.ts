import { createTestApp } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { loadTestMatters } from '../support/test-matters'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
})
afterAll(() => database.drop())

const named = {
  PUBLIC_URL: 'https://joinder.example',
  MAIL_FROM: 'Joinder <no-reply@joinder.example>',
  OPERATOR_NAME: 'Hanbit Claims',
  OPERATOR_CONTACT: 'help@joinder.example',
}
const visitor = (env: Record<string, string> = {}, now?: Date) =>
  createTestApp({
    surface: 'public',
    database,
    env,
    ...(now && { clock: { now: () => now } }),
  }).agent()

test.each(['ko', 'en'])(
  'says what a real mail and the real site look like, in %s',
  async (lang) => {
    const { status, text, headers } = await visitor(named).get(`/about/this-site?lang=${lang}`)
    expect(status).toBe(200)
    for (const words of [
      'joinder.example',
      'no-reply@joinder.example',
      'https://joinder.example/',
      'Hanbit Claims',
      'help@joinder.example',
      'https://joinder.example.example.com/',
      'href="/ledger"',
      'href="/verify"',
      'href="/.well-known/security.txt"',
    ]) {
      expect(text).toContain(words)
    }
    expect(headers['set-cookie']?.[0]).toMatch(/^lang=/)
    expect((await visitor(named).get('/about/this-site')).headers['cache-control']).toMatch(
      /^public/,
    )
  },
)

test('a demonstration says that it is one', async () => {
  const { text } = await visitor().get('/about/this-site')
  expect(text).toContain('운영하는 곳이 없고 실제 신청을 받지 않습니다')
  expect(text).not.toMatch(/mailto:|security\.txt/)
})

test('every public page leads there', async () => {
  for (const path of ['/', '/ledger', '/verify', '/claims/confirm', '/no-such-page']) {
    const { text } = await visitor().get(path).set('Accept', 'text/html')
    expect(text).toContain('href="/about/this-site"')
  }
})

test('footer and error pages name the contact where there is one', async () => {
  const page = (env: Record<string, string>) =>
    visitor(env).get('/no-such-page').set('Accept', 'text/html')
  expect((await page(named)).text.match(/mailto:help@joinder\.example/g)).toHaveLength(2)
  expect((await page({})).text).not.toContain('mailto:')
})

test('security.txt holds what RFC 9116 asks of it', async () => {
  const now = new Date('2026-02-01T05:03:00Z')
  const answer = await visitor(named, now).get('/.well-known/security.txt')
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
  const fields = answer.text
    .trimEnd()
    .split('\n')
    .map((line: string) => line.split(/: (.*)/).slice(0, 2))
  expect(Object.fromEntries(fields)).toEqual({
    Contact: 'mailto:help@joinder.example',
    Expires: '2026-07-31T00:00:00Z',
    'Preferred-Languages': 'ko, en',
    Canonical: 'https://joinder.example/.well-known/security.txt',
  })
  const own = { ...named, SECURITY_CONTACT: 'https://joinder.example/report' }
  const { text } = await visitor(own).get('/.well-known/security.txt')
  expect(text).toContain('Contact: https://joinder.example/report\n')
})

test('without anybody to tell there is no security.txt', async () => {
  expect((await visitor().get('/.well-known/security.txt')).status).toBe(404)
})
