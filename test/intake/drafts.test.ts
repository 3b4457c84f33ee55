import request from 'supertest'
import { createTestApp, csrfFrom, testKeys } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { fileClaim, filePath, fillSteps, post, typedSteps } from '../support/filing'
import { loadTestMatters, testForm, testMatter } from '../support/test-matters'

let database: TestDatabase
let now = new Date('2026-02-01T05:03:00Z')
const clock = { now: () => now }
const keys = testKeys()
const residentNumber = '850304-1234567'

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator, [
    testMatter(),
    testMatter({ slug: 'second-breach' }),
    testMatter({ slug: 'test-changing' }),
    testMatter({ slug: 'test-closing' }),
  ])
})
afterAll(async () => {
  await database.drop()
})
beforeEach(async () => {
  now = new Date('2026-02-01T05:03:00Z')
  await database.db.superuser('drafts').delete()
})

function app(env: Record<string, string> = {}) {
  return createTestApp({ surface: 'public', database, keys, clock, env })
}
const drafts = () => database.db.superuser('drafts').select()

test('what was typed comes back with what is wrong, and nothing is saved', async () => {
  const agent = app().agent()
  await fillSteps(agent, { last: 'eligibility' })
  const [before] = await drafts()
  const answer = await post(agent, `${filePath}/about-you`, {
    ...typedSteps['about-you'],
    phone: '010-12',
    home_line1: '',
  })
  expect(answer.status).toBe(422)
  expect(answer.text).toContain('value="김 민준"')
  expect(answer.text).toContain('value="010-12"')
  expect(answer.text).toContain('value="05510"')
  expect(answer.text).toContain('href="#phone"')
  expect(answer.text).toContain('href="#home_line1"')
  expect(await drafts()).toEqual([before])
})

test('a list of errors says which question each is about', async () => {
  const agent = app().agent()
  const first = await post(agent, `${filePath}/eligibility`, {})
  expect(first.text).toContain('<a href="#member">통지를 받으셨나요? 하나를 골라 주세요.</a>')
  await fillSteps(agent, { last: 'eligibility' })
  const born = { ...typedSteps['about-you'], born: '2020-13-40', email: 'minjun' }
  const about = await post(agent, `${filePath}/about-you?lang=en`, born)
  expect(about.text).toContain('<a href="#born">Date of birth: There is no such day')
  expect(about.text).toContain('<a href="#email">Check your email address')
})

test('without JavaScript the address of the country chosen before stands first, under its name', async () => {
  const agent = app().agent()
  const base = '/matters/coupang-2025-us/file'
  await post(agent, `${base}/eligibility`, { affected_as: 'account', adult: 'yes' })
  // Filled in on the other side: it is not lost, so that one choice mends it.
  const page = await post(agent, `${base}/about-you?lang=en`, {
    address_country: 'US',
    address_line1: '송파대로 570',
  })
  const order = [
    'value="US" checked',
    '>United States</legend>',
    'name="address_us_line1"',
    '>South Korea</legend>',
    'name="address_line1" type="text" value="송파대로 570"',
  ].map((part) => page.text.indexOf(part))
  expect(order).not.toContain(-1)
  expect(order).toEqual(order.toSorted((a, b) => a - b))
  expect(page.text).toContain('href="#address_us_line1"')
})

test('no page makes a draft; the first saved step does, and its cookie resumes it', async () => {
  const { app: site } = app()
  const agent = request.agent(site)
  await agent.get(filePath)
  const page = await agent.get(`${filePath}/eligibility`)
  expect(await drafts()).toHaveLength(0)
  const saved = await agent
    .post(`${filePath}/eligibility`)
    .type('form')
    .send({ member: 'yes', _csrf: csrfFrom(page.text) })
  const cookie = (saved.headers['set-cookie'] as unknown as string[]).find((one) =>
    one.startsWith('draft='),
  )!
  expect(cookie).toMatch(/^draft=[\w-]{43}; Max-Age=2592000; Path=\/matters\/test-breach; /)
  expect(cookie).toMatch(/HttpOnly; SameSite=Lax$/)
  expect(await drafts()).toHaveLength(1)

  // Another browser with nothing but this cookie: the session does not matter.
  const resumed = await request(site)
    .get(filePath)
    .set('Cookie', cookie.split(';')[0]!)
    .set('Accept-Language', 'ko')
  expect(resumed.text).toContain(`href="${filePath}/about-you"`)
  expect(resumed.text).toContain('2026년 2월 1일 14:03 (한국\u00a0시간)')
  const step = await request(site)
    .get(`${filePath}/eligibility`)
    .set('Cookie', cookie.split(';')[0]!)
  expect(step.text).toMatch(/value="yes" checked/)
})

test('on https the cookie is Secure', async () => {
  const { app: site } = app({ PUBLIC_URL: 'https://joinder.example', TRUST_PROXY: '1' })
  const https = { 'X-Forwarded-Proto': 'https' }
  const page = await request(site).get(`${filePath}/eligibility`).set(https)
  const saved = await request(site)
    .post(`${filePath}/eligibility`)
    // By hand: this client keeps Secure cookies from the plain connection it really has.
    .set({ ...https, Cookie: String(page.headers['set-cookie']).split(';')[0] })
    .type('form')
    .send({ member: 'yes', _csrf: csrfFrom(page.text) })
  expect(String(saved.headers['set-cookie'])).toMatch(/__Secure-draft=[^;]+;.*HttpOnly; Secure/)
})

test('a step that is not reached yet leads to the first unfinished one', async () => {
  const agent = app().agent()
  const early = await agent.get(`${filePath}/review`)
  expect([early.status, early.headers['location']]).toEqual([303, `${filePath}/eligibility`])
  await fillSteps(agent, { last: 'about-you' })
  const later = await agent.get(`${filePath}/consents`)
  expect(later.headers['location']).toBe(`${filePath}/what-happened`)
  const back = await agent.get(`${filePath}/about-you`)
  expect(back.status).toBe(200)
  expect(back.text).toContain('value="minjun.kim@example.com"')
  expect((await agent.get(`${filePath}/nonsense`)).status).toBe(404)
})

test('answers that rule a person out are explained, and can be changed', async () => {
  const agent = app().agent()
  const answer = await post(agent, `${filePath}/eligibility`, { member: 'no' })
  expect(answer.headers['location']).toBe(`${filePath}/not-eligible`)
  const page = await agent.get(`${filePath}/not-eligible`)
  expect(page.text).toContain('통지를 받은 분만 신청할 수 있습니다.')
  expect(page.text).toContain(`href="${filePath}/eligibility#member"`)
  expect((await agent.get(`${filePath}/about-you`)).headers['location']).toBe(
    `${filePath}/not-eligible`,
  )
  const changed = await post(agent, `${filePath}/eligibility`, { member: 'yes' })
  expect(changed.headers['location']).toBe(`${filePath}/about-you`)
})

test('two matters keep their drafts apart', async () => {
  const agent = app().agent()
  const other = '/matters/second-breach/file'
  await fillSteps(agent, { last: 'about-you' })
  await fillSteps(agent, { base: other, last: 'eligibility' })
  expect(await drafts()).toHaveLength(2)
  expect((await agent.get(other)).text).toContain(`href="${other}/about-you"`)
  expect((await agent.get(filePath)).text).toContain(`href="${filePath}/what-happened"`)
})

test('a draft is erased at once and for good', async () => {
  const agent = app().agent()
  await fillSteps(agent, { last: 'about-you' })
  const erased = await post(agent, `${filePath}/erase`, {}, filePath)
  expect(erased.headers['location']).toBe(`${filePath}?erased`)
  expect(await drafts()).toHaveLength(0)
  const page = await agent.get(`${filePath}?erased`)
  expect(page.text).toContain('작성한 내용을 모두 삭제했습니다.')
  expect((await agent.get(`${filePath}/about-you`)).status).toBe(303)
})

test('an expired draft is gone for its person before the sweeper comes', async () => {
  const agent = app().agent()
  await fillSteps(agent, { last: 'about-you' })
  now = new Date(now.getTime() + 31 * 24 * 3600_000)
  expect((await agent.get(filePath)).headers['location']).toBe(`${filePath}/eligibility`)
})

test('a stale token gives every form back, filled, and saves nothing', async () => {
  const agent = app().agent()
  const stale = (path: string, fields: object) =>
    agent
      .post(path)
      .type('form')
      .send({ ...fields, _csrf: 'stale' })
  await fillSteps(agent, { last: 'eligibility' })
  const [before] = await drafts()
  const step = await stale(`${filePath}/about-you`, {
    ...typedSteps['about-you'],
    home_line2: residentNumber,
  })
  expect(step.status).toBe(403)
  expect(step.text).toContain('value="김 민준"')
  // What may not be kept is named, not silently gone.
  expect(step.text).not.toContain(residentNumber)
  expect(step.text).toContain('<a href="#home_line2">주소: 주민등록번호로 보이는')
  expect(step.text).not.toContain('입력하신 내용은 그대로 있습니다')
  expect(await drafts()).toEqual([before])
  // The page that came back works at once.
  const again = await agent
    .post(`${filePath}/about-you`)
    .type('form')
    .send({ ...typedSteps['about-you'], _csrf: csrfFrom(step.text) })
  expect(again.status).toBe(303)

  await fillSteps(agent, { last: 'what-happened' })
  const consents = await stale(`${filePath}/consents`, typedSteps['consents']!)
  expect(consents.status).toBe(403)
  expect(consents.text).toContain('value="김민준"')
  expect(consents.text.match(/ checked/g)).toHaveLength(2)
  expect(consents.text).toContain('입력하신 내용은 그대로 있습니다')
  const signed = await stale(`${filePath}/consents`, { signature: residentNumber })
  expect(signed.text).not.toContain(residentNumber)
  expect(signed.text).toContain('href="#signature"')

  await fillSteps(agent)
  const submit = await stale(`${filePath}/submit`, {})
  expect(submit.status).toBe(403)
  expect(submit.text).toContain('minjun.kim@example.com')
  expect(await database.db.superuser('claims').select()).toHaveLength(0)
  await stale(`${filePath}/erase`, {})
  expect(await drafts()).toHaveLength(1)
})

test('two idle hours and a lost session lose nothing', async () => {
  const agent = app().agent()
  await fillSteps(agent, { last: 'eligibility' })
  const page = await agent.get(`${filePath}/about-you`)
  await database.db.superuser('sessions_public').delete()
  now = new Date(now.getTime() + 2 * 3600_000)
  const fields = typedSteps['about-you']!
  const lost = await agent
    .post(`${filePath}/about-you`)
    .type('form')
    .send({ ...fields, _csrf: csrfFrom(page.text) })
  expect(lost.status).toBe(403)
  expect(lost.text).toContain('value="김 민준"')
  const again = await agent
    .post(`${filePath}/about-you`)
    .type('form')
    .send({ ...fields, _csrf: csrfFrom(lost.text) })
  expect(again.headers['location']).toBe(`${filePath}/what-happened`)
})

test('resident registration numbers are refused, in answers and as a signature', async () => {
  const agent = app().agent()
  await fillSteps(agent, { last: 'about-you' })
  const before = await drafts()
  const answer = await post(agent, `${filePath}/what-happened`, {
    harm: ['spam'],
    story: `제 번호는 ${residentNumber} 입니다`,
  })
  expect(answer.status).toBe(422)
  expect(answer.text).toContain('주민등록번호')
  expect(answer.text).not.toContain(residentNumber)
  await fillSteps(agent, { last: 'what-happened' })
  const signed = await post(agent, `${filePath}/consents`, {
    ...typedSteps['consents'],
    signature: residentNumber,
  })
  expect(signed.status).toBe(422)
  expect(signed.text).not.toContain(residentNumber)
  expect(before).toHaveLength(1)
})

test('required consents have to be ticked, optional ones are never ticked before', async () => {
  const agent = app().agent()
  await fillSteps(agent, { last: 'what-happened' })
  const page = await agent.get(`${filePath}/consents`)
  expect(page.text).not.toContain(' checked')
  const refused = await post(agent, `${filePath}/consents`, {
    consent_collection: 'yes',
    signature: '김 민 준',
  })
  expect(refused.status).toBe(422)
  expect(refused.text).toContain('href="#consent_provision"')
  expect(refused.text).not.toContain('href="#consent_newsletter"')
  expect(refused.text).toContain('value="김 민 준"')
  const other = await post(agent, `${filePath}/consents`, {
    ...typedSteps['consents'],
    signature: '김민수',
  })
  expect(other.status).toBe(422)
  // Another name needs another signature.
  await fillSteps(agent)
  const renamed = await post(agent, `${filePath}/about-you`, {
    ...typedSteps['about-you'],
    full_name: '이서연',
  })
  expect(renamed.headers['location']).toBe(`${filePath}/consents`)
})

test('when the form changes, answers that fit stay and each step is looked at again', async () => {
  const agent = app().agent()
  const base = '/matters/test-changing/file'
  await fillSteps(agent, { base })
  const form = testForm(2)
  const what = form.steps[2]!
  what.questions = what.questions.map((question) =>
    question.id === 'story'
      ? {
          id: 'story',
          label: question.label,
          required: false,
          type: 'amount',
          currency: 'KRW',
          min: 0,
          max: 1_000_000,
        }
      : question,
  )
  await loadTestMatters(database.db.migrator, [testMatter({ slug: 'test-changing', form })])
  const review = await agent.get(`${base}/review`)
  expect(review.headers['location']).toBe(`${base}/eligibility`)
  const first = await agent.get(`${base}/eligibility`)
  expect(first.text).toMatch(/value="yes" checked/)
  expect(first.text).toContain('그사이 신청서가 바뀌었습니다')
  await post(agent, `${base}/eligibility`, { member: 'yes' })
  await post(agent, `${base}/about-you`, typedSteps['about-you']!)
  const done = await post(agent, `${base}/what-happened`, { harm: ['spam'] })
  expect(done.headers['location']).toBe(`${base}/review`)
  await fileClaim(agent, { base, changes: { 'what-happened': { story: '1000' } } })
  const claim = await database.db.superuser('claims').orderBy('filed_at', 'desc').first()
  expect(claim.form_version).toBe(2)
})

test('a matter that closes says so and keeps what was written', async () => {
  const agent = app().agent()
  const base = '/matters/test-closing/file'
  await fillSteps(agent, { base, last: 'about-you' })
  const what = await agent.get(`${base}/what-happened`)
  const deadline = {
    id: 'limit',
    label: { ko: '신청 마감', en: 'File by' },
    at: '2026-02-01T14:30',
    timeZone: 'Asia/Seoul',
    source: { ko: '시험', en: 'Test' },
    closesFiling: true,
  }
  const closing = testMatter({ slug: 'test-closing', deadlines: [deadline] })
  await loadTestMatters(database.db.migrator, [closing])
  expect((await agent.get(`${base}/what-happened`)).text).toContain('14:30 (한국\u00a0시간)')
  now = new Date('2026-02-01T05:30:00Z')
  const late = await agent
    .post(`${base}/what-happened`)
    .type('form')
    .send({ ...typedSteps['what-happened'], _csrf: csrfFrom(what.text) })
  expect(late.status).toBe(409)
  expect(late.text).toContain('지금 신청을 받지 않습니다')
  expect((await agent.get(base)).text).toContain('마지막으로 저장한 때부터 30일')
  expect(await drafts()).toHaveLength(1)
})

test('two tabs that save at once both keep their step', async () => {
  const agent = app().agent()
  await fillSteps(agent)
  const page = await agent.get(`${filePath}/about-you`)
  const _csrf = csrfFrom(page.text)
  const send = (step: string, fields: object) =>
    agent
      .post(`${filePath}/${step}`)
      .type('form')
      .send({ ...fields, _csrf })
  const about = { ...typedSteps['about-you'], email: 'other@example.com' }
  await Promise.all([
    send('about-you', about),
    send('what-happened', { harm: ['nothing'], story: '다른 이야기' }),
  ])
  const review = await agent.get(`${filePath}/review`)
  expect(review.text).toContain('other@example.com')
  expect(review.text).toContain('다른 이야기')
})
