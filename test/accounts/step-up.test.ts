import {
  createTestApp,
  csrfFrom,
  postForm,
  testKeys,
  type Agent,
  type TestApp,
} from '../support/app'
import { codeOf, freshCode, makeAccount, signIn, type TestAccount } from '../support/account'
import { createTestDatabase, type TestDatabase } from '../support/database'

const korean = { 'Accept-Language': 'ko', Accept: 'text/html' }
let database: TestDatabase
let staff: TestApp
let account: TestAccount
let now = new Date()
const clock = { now: () => now }
const later = (minutes: number) => {
  now = new Date(now.getTime() + minutes * 60_000)
}

beforeAll(async () => {
  database = await createTestDatabase()
  staff = createTestApp({ surface: 'staff', database, keys: testKeys(), clock })
})
afterAll(() => database.drop())
beforeEach(async () => {
  account = await makeAccount(database, { role: 'administrator', name: '한서연' })
})

const mailsOf = (template: string) =>
  database.db.superuser('mails').where({ person_id: account.id, template })

/** The hidden fields of the first form of a page, as a browser would send them. */
function hiddenFields(html: string): Record<string, string> {
  const form = /<form[^>]*action="\/step-up"[\s\S]*?<\/form>/.exec(html)![0]
  return Object.fromEntries(
    [...form.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name!,
      value!,
    ]),
  )
}

const send = (agent: Agent, path: string, fields: object) =>
  agent.post(path).type('form').set(korean).send(fields)

test('a page that matters asks for a second factor again after a while, and then shows itself', async () => {
  const agent = await signIn(staff, account)
  expect((await agent.get('/account/password').set(korean)).status).toBe(200)
  later(staff.deps.config.limits.stepUpMinutes + 1)
  const asked = await agent.get('/account/password').set(korean)
  expect(asked.status).toBe(403)
  expect(asked.text).toContain('한 번 더 확인')
  const before = sessionOf(agent)
  const wrong = await send(agent, '/step-up', { ...hiddenFields(asked.text), step_code: '000000' })
  expect(wrong.status).toBe(422)
  expect((await agent.get('/account/password').set(korean)).status).toBe(403)
  const step_code = await freshCode(staff, account.email)
  const right = await send(agent, '/step-up', { ...hiddenFields(wrong.text), step_code })
  expect(right.status).toBe(303)
  expect(right.headers['location']).toBe('/account/password')
  expect((await agent.get('/account/password').set(korean)).status).toBe(200)
  // Under a new session id, which the old one does not follow.
  expect(sessionOf(agent)).not.toBe(before)
  const old = await staff.agent().get('/queue').set(korean).set('Cookie', `joinder_staff=${before}`)
  expect(old.status).toBe(303)
  // The code is used up.
  later(staff.deps.config.limits.stepUpMinutes)
  const again = await agent.get('/account/password').set(korean)
  expect((await send(agent, '/step-up', { ...hiddenFields(again.text), step_code })).status).toBe(
    422,
  )
})

test('a form sent meanwhile goes on as it was typed', async () => {
  const agent = await signIn(staff, account)
  const page = await agent.get('/account/password').set(korean)
  later(staff.deps.config.limits.stepUpMinutes + 1)
  const typed = {
    current: account.password,
    password: '따옴표 " 와 <표> & 긴 문장',
    again: '따옴표 " 와 <표> & 긴 문장',
  }
  const asked = await send(agent, '/account/password', { ...typed, _csrf: csrfFrom(page.text) })
  expect(asked.status).toBe(403)
  expect(await mailsOf('password-changed')).toHaveLength(0)
  const carried = Object.fromEntries(
    Object.entries(hiddenFields(asked.text)).map(([name, value]) => [name, plain(value)]),
  )
  expect(carried).toMatchObject({ ...typed, step_to: '/account/password', step_method: 'POST' })
  const step_code = await freshCode(staff, account.email)
  const answer = await send(agent, '/step-up', { ...carried, step_code })
  // 307: the browser sends the very same form there.
  expect(answer.status).toBe(307)
  expect(answer.headers['location']).toBe('/account/password')
  const done = await send(agent, '/account/password', { ...carried, step_code })
  expect(done.headers['location']).toBe('/account?password')
  expect(await mailsOf('password-changed')).toHaveLength(1)
  const old = await postForm(staff.agent(), '/sign-in', {
    email: account.email,
    password: account.password,
  })
  expect(old.status).toBe(422)
  await signIn(staff, { email: account.email, password: typed.password })
})

test('where it leads to stays on this site', async () => {
  const agent = await signIn(staff, account)
  const page = await agent.get('/account').set(korean)
  const step_code = await freshCode(staff, account.email)
  const fields = { step_to: '//evil.example/x', step_method: 'POST', step_code }
  const answer = await send(agent, '/step-up', { ...fields, _csrf: csrfFrom(page.text) })
  expect(answer.headers['location']).toBe('/')
})

test('one’s sessions are listed and ended, one or all others, and an ended one does not come back', async () => {
  const [here, phone, hotel] = [
    await signIn(staff, account),
    await signIn(staff, account),
    await signIn(staff, account),
  ]
  const page = await here.get('/account').set(korean)
  const ids = [...page.text.matchAll(/sessions\/([0-9a-f]{64})\/end/g)].map(([, id]) => id!)
  expect(ids).toHaveLength(3)
  // A request of the hotel's session is under way while it is ended: it must not write it back.
  const sid = decodeURIComponent(sessionOf(hotel)).slice(2).split('.')[0]!
  const row = await database.db.superuser('sessions_staff').where({ sid }).first()
  expect(
    (await postForm(here, '/account/sessions/others/end', {}, { from: '/account' })).status,
  ).toBe(303)
  await database.db.staff.raw(
    `insert into sessions_staff (sid, sess, expire) values (?, ?, ?)
     on conflict (sid) do update set sess = excluded.sess`,
    [sid, JSON.stringify(row.sess), row.expire],
  )
  for (const ended of [phone, hotel]) {
    expect((await ended.get('/queue').set(korean)).status).toBe(303)
  }
  expect((await here.get('/queue').set(korean)).status).toBe(200)
  const other = await makeAccount(database, { role: 'moderator', name: '남' })
  const stranger = await signIn(staff, other)
  const theirs = (await here.get('/account').set(korean)).text
  const mine = /sessions\/([0-9a-f]{64})\/end/.exec(theirs)![1]!
  const denied = await postForm(stranger, `/account/sessions/${mine}/end`, {}, { from: '/account' })
  expect(denied.status).toBe(404)
})

test('another app takes the place of the first; the last factor stays; both are mailed about', async () => {
  const agent = await signIn(staff, account)
  const gone = await postForm(agent, '/account/app/remove', {}, { from: '/account' })
  expect(gone.status).toBe(409)
  const page = await agent.get('/account/app').set(korean)
  const secret = /<output[^>]*>([A-Z2-7 ]+)</.exec(page.text)![1]!
  const answer = await send(agent, '/account/app', {
    code: codeOf(secret, now),
    _csrf: csrfFrom(page.text),
  })
  expect(answer.headers['location']).toBe('/account?app')
  expect(await mailsOf('factors-changed')).toHaveLength(1)
  const codes = await postForm(agent, '/account/recovery-codes', {}, { from: '/account' })
  expect(codes.text.match(/[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\n/g)!.length).toBeGreaterThan(8)
  expect(await mailsOf('factors-changed')).toHaveLength(2)
})

function sessionOf(agent: Agent): string {
  const cookie = agent.jar.getCookie('joinder_staff', {
    domain: '127.0.0.1',
    path: '/',
    secure: false,
    script: false,
  } as never)
  return cookie!.value
}

const plain = (html: string) =>
  html
    .replaceAll('&#34;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
