import { parseOptions } from '@node-rs/argon2'
import { hashPassword, isPassword } from '../../server/accounts/passwords'
import { createTestApp, csrfFrom, postForm, type TestApp } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { makeAccount, signIn, type TestAccount } from '../support/account'

let database: TestDatabase
let staff: TestApp
let moderator: TestAccount
let now = new Date()
const wrong = '이메일 또는 비밀번호가 맞지 않습니다.'
const korean = { 'Accept-Language': 'ko', Accept: 'text/html' }

beforeAll(async () => {
  database = await createTestDatabase()
  staff = createTestApp({ surface: 'staff', database, clock: { now: () => now } })
  moderator = await makeAccount(database, { role: 'moderator', name: '정민호' })
})
afterAll(() => database.drop())
beforeEach(() => database.db.superuser('rate_limits').delete())

const entries = (kind: string, personId: string) =>
  database.db
    .superuser('ledger_entries as e')
    .join('ledger_private as p', 'p.entry_id', 'e.id')
    .where({ kind })
    .whereLike('p.private', `%${personId}%`)

test('signing in leads to where one was going, under a new session id, on the record', async () => {
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
  expect(answer.headers['location']).toBe('/claims/1?x=1')
  const given = /joinder_staff=([^;]+)/.exec(answer.headers['set-cookie']![0]!)![1]
  expect(given).not.toBe(planted)
  const fixed = await staff.agent().get('/queue').set('Cookie', `joinder_staff=${planted}`)
  expect(fixed.status).not.toBe(200)
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
  expect((await postForm(agent, '/sign-in', fields)).headers['location']).toBe('/')
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
  expect(new Set(answers.map((text) => text.replaceAll(/_csrf" value="[^"]*/g, ''))).size).toBe(1)
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

test('guessing is braked by account, whether it exists or not, and forgotten after a right one', async () => {
  const { points } = staff.deps.config.limits.rate.signIn
  const other = await makeAccount(database, { role: 'moderator', name: '다른' })
  for (const email of [moderator.email, 'nobody@example.com']) {
    const agent = staff.agent()
    for (let guess = 0; guess < points; guess++) {
      expect((await postForm(agent, '/sign-in', { email, password: 'x' })).status).toBe(422)
    }
    const refused = await postForm(agent, '/sign-in', { email, password: moderator.password })
    expect(refused.status).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  }
  await database.db.superuser('rate_limits').delete()
  const agent = staff.agent()
  for (let round = 0; round < 2; round++) {
    for (let guess = 0; guess < points - 1; guess++) {
      await postForm(agent, '/sign-in', { email: other.email, password: 'x' })
    }
    const answer = await postForm(staff.agent(), '/sign-in', typed(other))
    expect(answer.status).toBe(303)
  }
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

function typed({ email, password }: TestAccount) {
  return { email, password }
}
