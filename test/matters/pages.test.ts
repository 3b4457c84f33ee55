import { createTestApp, type TestApp } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { loadTestMatters, testMatter } from '../support/test-matters'

let database: TestDatabase
let site: TestApp

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator, [testMatter({ state: 'closed' })])
  site = createTestApp({ surface: 'public', database })
})
afterAll(async () => {
  await database.drop()
})

const see = (path: string, lang = 'ko') =>
  site.agent().get(path).set('Accept', 'text/html').set('Accept-Language', lang)
const textOf = (html: string) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')

test.each(['/', '/matters/coupang-2025-kr', '/matters/coupang-2025-us', '/matters/test-breach'])(
  '%s may be kept by a browser or proxy, by language, and sets no cookie',
  async (path) => {
    for (const lang of ['ko', 'en']) {
      const page = await see(path, lang)
      expect(page.status).toBe(200)
      expect(page.headers['cache-control']).toMatch(/^public, max-age=\d+$/)
      expect(page.headers['vary']).toMatch(/Accept-Language/)
      expect(page.headers['vary']).toMatch(/Cookie/)
      expect(page.headers['set-cookie']).toBeUndefined()
      expect(page.headers['content-language']).toBe(lang)
      expect(page.text).not.toMatch(/ style=|<script(?![^>]* src=)/)
    }
  },
)

test('the first page lists the matters of an incident, and says which are closed', async () => {
  const page = await see('/')
  const korean = page.text.indexOf('href="/matters/coupang-2025-kr"')
  const american = page.text.indexOf('href="/matters/coupang-2025-us"')
  expect(korean).toBeGreaterThan(page.text.indexOf('쿠팡 개인정보 유출 사건'))
  expect(american).toBeGreaterThan(korean)
  expect(textOf(page.text.slice(page.text.indexOf('시험 유출') - 300))).toContain('접수 마감')
})

test('a matter explains itself before it asks anything', async () => {
  const page = await see('/matters/coupang-2025-kr')
  const text = textOf(page.text)
  for (const part of [
    '법무법인 한빛나래',
    '실제 법무법인이 아닙니다',
    '착수금',
    '성공보수',
    '33,673,817',
    '2026년 6월 11일',
    '개인정보 보호법 제39조의2',
    '2028년 11월 28일',
    '한국',
    '거부',
    '열람 기록',
  ]) {
    expect(text).toContain(part)
  }
  expect(page.text).toContain('href="/matters/coupang-2025-kr/file"')
  expect(page.text).not.toContain('<input')
  const english = textOf((await see('/matters/coupang-2025-us', 'en')).text)
  expect(english).toContain('Marlow Quince LLP')
  expect(english).toContain('February 6, 2026')
  expect(english).toMatch(/no deadline|No court has set/i)
})

test('a closed matter says so and offers no way in', async () => {
  const page = await see('/matters/test-breach')
  expect(textOf(page.text)).toContain('신청을 받지 않습니다')
  expect(page.text).not.toContain('/matters/test-breach/file')
})

test('a matter that is not there is not found', async () => {
  expect((await see('/matters/none-such')).status).toBe(404)
  expect((await see('/matters/%00')).status).toBe(400)
  expect((await see(`/matters/${'x'.repeat(300)}`)).status).toBe(404)
})
