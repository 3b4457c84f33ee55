import { parseOptions } from '@node-rs/argon2'
import { hashPassword, isPassword } from '../../server/accounts/passwords'
import {
  createTestApp,
  csrfFrom,
  postForm,
  testKeys,
  type Agent,
  type TestApp,
} from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { freshCode, giveCode, makeAccount, signIn, type TestAccount } from '../support/account'

let database: TestDatabase
let staff: TestApp
let moderator: TestAccount
let now = new Date()
const clock = { now: () => now }
const keys = testKeys()
const wrong = '이메일 또는 비밀번호가 맞지 않습니다.'
const korean = { 'Accept-Language': 'ko', Accept: 'text/html' }

beforeAll(async () => {
  database = await createTestDatabase()
  staff = createTestApp({ surface: 'staff', database, keys, clock })
  moderator = await makeAccount(database, { role: 'moderator', name: '정민호' })
})
afterAll(() => database.drop())
beforeEach(async () => {
  await database.db.superuser('rate_limits').delete()
  await database.db.superuser('growing_waits').delete()
})

const entries = (kind: string, personId: string) =>
  database.db
    .superuser('ledger_entries as e')
    .join('ledger_private as p', 'p.entry_id', 'e.id')
    .where({ kind })
    .whereLike('p.private', `%${personId}%`)

test('signing in leads to where one was going, under a new session id, on the record', async () => {
  await freshCode(staff, moderator.email)
  const agent = staff.agent()
  const asked = await agent.get('/claims/1?x=1').set(korean)
  expect(asked.headers['location']).toBe('/sign-in?next=%2Fclaims%2F1%3Fx%3D1')
  const page = await agent.get(asked.headers['location']!).set(korean)
  const planted = /joinder_staff=([^;]+)/.exec(page.headers['set-cookie']![0]!)![1]
  const answer = await agent
    .post('/sign-in')
    .type('form')
    .send({ ...typed(moderator), next: '/claims/1?x=1', _csrf: csrfFrom(page.text) })
  expect(answer.status).toBe(303)
  expect(answer.headers['location']).toBe('/sign-in/code')
  const halfway = sessionIn(answer)
  expect(halfway).not.toBe(planted)
  // The password alone opens nothing.
  expect((await agent.get('/queue').set(korean)).headers['location']).toMatch(/^\/sign-in\?/)
  const second = await giveCode(staff, agent, moderator.email)
  expect(second.headers['location']).toBe('/claims/1?x=1')
  const given = sessionIn(second)
  expect(given).not.toBe(halfway)
  for (const old of [planted, halfway]) {
    const fixed = await staff.agent().get('/queue').set('Cookie', `joinder_staff=${old}`)
    expect(fixed.status).not.toBe(200)
  }
  expect(await entries('person.signed_in', moderator.id)).toHaveLength(1)
  const row = await database.db.superuser('people').where({ id: moderator.id }).first()
  expect(row.last_signed_in_at).toEqual(now)
  expect((await agent.get('/sign-in')).headers['location']).toBe('/')
  expect((await agent.get('/')).headers['location']).toBe('/queue')
})

test('an address is taken however it is typed, and next never leaves the site', async () => {
  const agent = staff.agent()
  const email = ` ${moderator.email.toUpperCase()} `
  const fields = { email, password: moderator.password, next: '//evil.example' }
  const first = await postForm(agent, '/sign-in', fields)
  expect(first.headers['location']).toBe('/sign-in/code')
  expect((await giveCode(staff, agent, moderator.email)).headers['location']).toBe('/')
})

test('a wrong password, an unknown address and an account that is not active sound alike', async () => {
  const answers = []
  const invited = await makeAccount(database, { role: 'moderator', name: '초대' })
  const disabled = await makeAccount(database, { role: 'moderator', name: '중지' })
  for (const [account, state] of [
    [invited, 'invited'],
    [disabled, 'disabled'],
  ] as const) {
    await database.db.superuser('people').where({ id: account.id }).update({ state })
  }
  for (const fields of [
    { ...typed(moderator), password: 'not the password' },
    { email: 'nobody@example.com', password: 'not the password' },
    { ...typed(invited) },
    { ...typed(disabled) },
    { email: moderator.email, password: '' },
  ]) {
    const answer = await postForm(staff.agent(), '/sign-in?lang=ko', fields, {
      from: '/sign-in?lang=ko',
    })
    expect(answer.status).toBe(422)
    expect(answer.text).toContain(wrong)
    expect(answer.text).toContain(`value="${fields.email}"`)
    answers.push(answer.text.replace(fields.email, '').replace(csrfFrom(answer.text), ''))
  }
  expect(
    new Set(answers.map((text) => text.replaceAll(/(_csrf" value|data-options)="[^"]*/g, ''))).size,
  ).toBe(1)
})

test('an unknown account takes as much work as a wrong password', async () => {
  const stored = await hashPassword('something long enough')
  const { memoryCost, timeCost, parallelism } = parseOptions(stored)
  expect({ memoryCost, timeCost, parallelism }).toEqual({
    memoryCost: 19_456,
    timeCost: 2,
    parallelism: 1,
  })
  // The processor's time of this process, argon2's thread included: what else the machine does is not in it.
  const work = async (hash: string | null) => {
    const before = process.cpuUsage()
    for (let round = 0; round < 12; round++) expect(await isPassword(hash, 'wrong')).toBe(false)
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  await work(null)
  const [known, unknown] = [await work(stored), await work(null)]
  expect(unknown / known).toBeGreaterThan(0.5)
  expect(unknown / known).toBeLessThan(2)
})

test('guessing is braked by account and network, whether the account exists or not, with growing waits', async () => {
  const { waitFreeGuesses, waitFirstSeconds } = staff.deps.config.limits
  for (const email of [moderator.email, 'nobody@example.com']) {
    const agent = staff.agent()
    const guess = () => postForm(agent, '/sign-in', { email, password: 'x' })
    for (let count = 0; count < waitFreeGuesses; count++) expect((await guess()).status).toBe(422)
    const refused = await postForm(agent, '/sign-in', { email, password: moderator.password })
    expect(refused.status).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBe(waitFirstSeconds)
    // One more guess after the wait, and the next wait is twice as long.
    now = new Date(now.getTime() + waitFirstSeconds * 1000)
    expect((await guess()).status).toBe(422)
    expect(Number((await guess()).headers['retry-after'])).toBe(2 * waitFirstSeconds)
  }
  // Fifty guesses at the same moment are fifty.
  await database.db.superuser('growing_waits').delete()
  await database.db.superuser('rate_limits').delete()
  const agent = staff.agent()
  const page = await agent.get('/sign-in')
  const fields = { email: moderator.email, password: 'x', _csrf: csrfFrom(page.text) }
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => agent.post('/sign-in').type('form').send(fields)),
  )
  expect(answers.filter(({ status }) => status === 422)).toHaveLength(waitFreeGuesses)
})

test('right tries are forgotten', async () => {
  const other = await makeAccount(database, { role: 'moderator', name: '다른' })
  const agent = staff.agent()
  for (let round = 0; round < 2; round++) {
    for (let guess = 0; guess < staff.deps.config.limits.waitFreeGuesses - 1; guess++) {
      await postForm(agent, '/sign-in', { email: other.email, password: 'x' })
    }
    expect((await (await signIn(staff, other)).get('/queue')).status).toBe(200)
  }
})

test('strangers who hammer at an account do not keep its person out', async () => {
  const honest = await makeAccount(database, { role: 'moderator', name: '오래된' })
  const few = createTestApp({
    surface: 'staff',
    database,
    keys,
    clock,
    env: { TRUST_PROXY: '1' },
    config: (config) => ({
      ...config,
      limits: {
        ...config.limits,
        rate: { ...config.limits.rate, signIn: { points: 8, seconds: 3600 } },
      },
    }),
  })
  const at = (address: string, agent: Agent) => async (password: string) => {
    const page = await agent.get('/sign-in').set('X-Forwarded-For', address)
    const { status } = await agent
      .post('/sign-in')
      .type('form')
      .set('X-Forwarded-For', address)
      .send({ email: honest.email, password, _csrf: csrfFrom(page.text) })
    return status
  }
  const known = await signIn(few, honest)
  await known
    .post('/sign-out')
    .type('form')
    .send({ _csrf: csrfFrom((await known.get('/queue')).text) })
  // One stranger, past the free tries: an honest browser elsewhere that the account does not know gets in.
  const stranger = at('203.0.113.1', few.agent())
  for (let guess = 0; guess < 5; guess++) expect(await stranger('x')).toBe(422)
  expect(await stranger('x')).toBe(429)
  expect(await at('198.51.100.7', few.agent())(honest.password)).toBe(303)
  // Many of them, from everywhere: new browsers have to wait, the one that the account knows does not.
  for (const last of [2, 3, 4]) await at(`203.0.113.${last}`, few.agent())('x')
  expect(await at('198.51.100.8', few.agent())(honest.password)).toBe(429)
  expect(await at('203.0.113.1', known)(honest.password)).toBe(303)
})

test('guessing is braked by network address too, across accounts', async () => {
  const few = createTestApp({
    surface: 'staff',
    database,
    config: (config) => ({
      ...config,
      limits: {
        ...config.limits,
        rate: { ...config.limits.rate, signInAddress: { points: 3, seconds: 60 } },
      },
    }),
  })
  const agent = few.agent()
  const statuses = []
  for (let guess = 0; guess < 4; guess++) {
    const fields = { email: `guess${guess}@example.com`, password: 'x' }
    statuses.push((await postForm(agent, '/sign-in', fields)).status)
  }
  expect(statuses).toEqual([422, 422, 422, 429])
  const kept = JSON.stringify(await database.db.superuser('rate_limits').select())
  expect(kept).not.toMatch(/example\.com|127\.0\.0\.1/)
})

test('a form that was open too long comes back with its address, not its password', async () => {
  const agent = staff.agent()
  await agent.get('/sign-in')
  const answer = await agent
    .post('/sign-in')
    .type('form')
    .set(korean)
    .send({ ...typed(moderator), _csrf: 'old' })
  expect(answer.status).toBe(422)
  expect(answer.text).toContain('화면을 연 지 오래되어')
  expect(answer.text).toContain(`value="${moderator.email}"`)
  expect(answer.text).not.toContain(moderator.password)
})

test('signing out ends the session for good, on the record', async () => {
  const agent = await signIn(staff, moderator)
  const page = await agent.get('/queue').set(korean)
  const cookie = page.request.get('Cookie')
  const answer = await agent
    .post('/sign-out')
    .type('form')
    .send({ _csrf: csrfFrom(page.text) })
  expect(answer.headers['location']).toBe('/sign-in')
  expect(answer.headers['clear-site-data']).toBe('"cache", "storage"')
  expect(await entries('person.signed_out', moderator.id)).toHaveLength(1)
  expect((await agent.get('/queue').set(korean)).status).toBe(303)
  const kept = await staff.agent().get('/queue').set(korean).set('Cookie', String(cookie))
  expect(kept.status).toBe(303)
})

test('leaving after the session has ended is no error; a form of another session is', async () => {
  const agent = await signIn(staff, moderator)
  const send = () => agent.post('/sign-out').type('form').set(korean).send({ _csrf: 'another' })
  expect((await send()).status).toBe(403)
  expect((await agent.get('/queue').set(korean)).status).toBe(200)
  const { staffIdleMinutes } = staff.deps.config.limits
  const before = now
  now = new Date(now.getTime() + (staffIdleMinutes + 1) * 60_000)
  const answer = await send()
  now = before
  expect(answer.status).toBe(303)
  expect(answer.headers['location']).toBe('/sign-in')
  expect(answer.headers['clear-site-data']).toBe('"cache", "storage"')
})

test('whoever may no longer sign in is out at the next request', async () => {
  const leaving = await makeAccount(database, { role: 'administrator', name: '떠남' })
  const agent = await signIn(staff, leaving)
  expect((await agent.get('/people').set(korean)).status).toBe(200)
  const people = database.db.superuser('people').where({ id: leaving.id })
  await people.clone().update({ role: 'moderator' })
  expect((await agent.get('/people').set(korean)).status).toBe(403)
  await people.clone().update({ state: 'disabled' })
  expect((await agent.get('/queue').set(korean)).status).toBe(303)
  await people.clone().update({ state: 'active' })
  // The session does not come back with the account.
  expect((await agent.get('/queue').set(korean)).status).toBe(303)
})

test('neither address nor password reaches the log', async () => {
  await signIn(staff, moderator)
  now = new Date(now.getTime() + 1000)
  const logged = staff.logged.join('')
  expect(logged).toContain('/sign-in')
  expect(logged).not.toContain(moderator.email)
  expect(logged).not.toContain(moderator.password)
})

/** The session cookie that an answer sets. */
function sessionIn(answer: { headers: Record<string, unknown> }): string {
  const cookies = answer.headers['set-cookie'] as string[]
  return cookies.flatMap((one) => /^joinder_staff=([^;]+)/.exec(one)?.[1] ?? [])[0]!
}

function typed({ email, password }: TestAccount) {
  return { email, password }
}
