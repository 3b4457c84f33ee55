import { createTestApp, csrfFrom, testKeys, type Agent } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { fileClaim, post } from '../support/filing'
import { loadTestMatters } from '../support/test-matters'
import { answersOf, workOff } from '../support/verification'

let database: TestDatabase
let now: Date
const clock = { now: () => now }
const keys = testKeys()
const filed = '/matters/test-breach/filed'
const right = 'minjun.kim@naver.com'

beforeEach(async () => {
  now = new Date('2026-02-01T05:03:00Z')
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
})
afterEach(async () => {
  await database.drop()
})

function visitor(): Agent {
  return createTestApp({ surface: 'public', database, keys, clock }).agent()
}
const correct = (agent: Agent, email: string) => post(agent, `${filed}/email`, { email }, filed)
const requests = () => database.db.superuser('claim_requests').select()

test('the browser that filed corrects a mistyped address; the new one gets the link', async () => {
  const agent = visitor()
  await fileClaim(agent)
  const first = await workOff(database, keys, clock)
  const [bounced] = await database.db.superuser('mails').update({ state: 'bounced' }, 'id')
  const answer = await correct(agent, ` ${right} `)
  expect([answer.status, answer.headers['location']]).toEqual([303, `${filed}?corrected`])
  const page = await agent.get(`${filed}?corrected`)
  expect(page.text).toContain(`user-text">${right}</p>`)
  expect(page.text).not.toContain('minjun.kim@example.com')
  expect(await requests()).toMatchObject([{ kind: 'correct_email', box: expect.any(Buffer) }])

  now = new Date(now.getTime() + 60_000)
  const second = await workOff(database, keys, clock)
  const claim = await database.db.superuser('claims').first()
  expect((await answersOf(database, keys, clock, claim.id))['email']).toBe(right)
  expect(
    await database.db.superuser('ledger_entries').where({ kind: 'claim.email_corrected' }),
  ).toHaveLength(1)
  // Nobody has to look after what bounced from the address that was wrong.
  expect(await database.db.superuser('mails').where(bounced!).first()).toMatchObject({
    state: 'dropped',
  })
  expect((await agent.get(`/claims/confirm/${first.token}`)).status).toBe(410)
  expect((await post(agent, `/claims/confirm/${second.token}`, {})).status).toBe(303)
  await workOff(database, keys, clock)
  expect((await agent.get(filed)).text).toContain('이메일 주소를 확인했습니다.')
})

test('an address that is none comes back with what is wrong', async () => {
  const agent = visitor()
  await fileClaim(agent)
  const answer = await correct(agent, 'minjun.kim@')
  expect(answer.status).toBe(422)
  expect(answer.text).toContain('value="minjun.kim@"')
  const number = await correct(agent, '850304-1234567@example.com')
  expect(number.status).toBe(422)
  expect(number.text).not.toContain('850304-1234567')
  const stale = await agent.post(`${filed}/email`).type('form').send({ email: right, _csrf: 'x' })
  expect([stale.status, stale.text.includes(`value="${right}"`)]).toEqual([403, true])
  expect(await requests()).toHaveLength(0)
})

test('a correction is never blocked by mails asked for before, and is refused in words when it is too often', async () => {
  const agent = visitor()
  const number = await fileClaim(agent)
  await workOff(database, keys, clock)
  const stranger = visitor()
  for (let i = 0; i < 5; i++) {
    await post(stranger, '/claims/confirm/new-link', { number })
    expect((await post(agent, `${filed}/new-link`, {}, filed)).status).toBe(303)
  }
  const sixth = await post(agent, `${filed}/new-link`, {}, filed)
  expect(sixth.status).toBe(429)
  expect(sixth.text).toContain('메일을 이미 5번 다시 보내 드렸습니다. 2026년 2월 2일')
  expect(sixth.text).toContain('<details class="govuk-details" open>')
  const inEnglish = await post(agent, `${filed}/new-link?lang=en`, {}, filed)
  expect(inEnglish.text).toContain('We have sent the email again 5 times already')
  await agent.get(`${filed}?lang=ko`)

  now = new Date(now.getTime() + 1000)
  expect((await correct(agent, right)).headers['location']).toBe(`${filed}?corrected`)
  now = new Date(now.getTime() + 1000)
  await workOff(database, keys, clock)
  const claim = await database.db.superuser('claims').first()
  expect((await answersOf(database, keys, clock, claim.id))['email']).toBe(right)

  for (let i = 1; i < 5; i++) {
    expect((await correct(agent, `try${i}@example.com`)).status).toBe(303)
  }
  const refused = await correct(agent, 'try5@example.com')
  expect(refused.status).toBe(429)
  expect(refused.text).toContain('이메일 주소는 5번까지만 고칠 수 있습니다.')
  // The copy says what is so: the fifth, not the sixth.
  expect(refused.text).toContain('user-text">try4@example.com</p>')
})

test('a mail that came back is told to the browser that filed, with the way to mend it', async () => {
  const agent = visitor()
  await fileClaim(agent, { changes: { 'about-you': { email: 'bounce@example.com' } } })
  await workOff(database, keys, clock)
  const bounced = () => database.db.superuser('claims').update({ bounced_at: now, revision: 7 })
  await bounced()
  const page = await agent.get(filed)
  expect(page.text).toContain('메일이 되돌아왔습니다')
  expect(page.text).not.toContain('몇 분 안에')
  expect(page.text).toContain('<details class="govuk-details" open>')
  expect((await visitor().get(filed)).text).not.toContain('되돌아왔습니다')

  // From the moment of the correction it is on its way again, also before the worker has seen it.
  now = new Date(now.getTime() + 1000)
  const corrected = await correct(agent, right)
  expect((await agent.get(corrected.headers['location']!)).text).not.toContain('되돌아왔습니다')
  await workOff(database, keys, clock)
  expect((await database.db.superuser('claims').first()).bounced_at).toBeNull()
})

test('not after 24 hours, not once confirmed, not from another browser', async () => {
  const agent = visitor()
  await fileClaim(agent)
  const page = await agent.get(filed)
  const send = (from: Agent, token = csrfFrom(page.text)) =>
    from.post(`${filed}/email`).type('form').send({ email: right, _csrf: token })
  expect((await send(visitor())).headers['location']).toBe('/matters/test-breach/file')

  now = new Date('2026-02-02T05:03:00Z')
  expect((await send(agent)).headers['location']).toBe('/matters/test-breach/file')
  expect((await agent.get(filed)).headers['location']).toBe('/matters/test-breach/file')

  now = new Date('2026-02-01T06:00:00Z')
  const { token } = await workOff(database, keys, clock)
  await post(agent, `/claims/confirm/${token}`, {})
  await workOff(database, keys, clock)
  // What was filed has no form any more; the token is that of the session.
  const late = csrfFrom((await agent.get('/claims')).text)
  expect((await send(agent, late)).status).toBe(409)
  expect((await agent.get(filed)).text).not.toContain(`${filed}/email`)
  expect(await requests()).toHaveLength(0)
})

test('the mail can be asked for again, and the code typed, on the page after filing', async () => {
  const agent = visitor()
  const number = await fileClaim(agent)
  await workOff(database, keys, clock)
  const asked = await post(agent, `${filed}/new-link`, {}, filed)
  expect(asked.headers['location']).toBe(`${filed}?sent`)
  expect((await agent.get(`${filed}?sent`)).text).toContain('주소로 메일을 다시 보냅니다')
  now = new Date(now.getTime() + 1000)
  const { code } = await workOff(database, keys, clock)
  const page = await agent.get(filed)
  expect(page.text).toContain(`name="number" value="${number}"`)
  const confirmed = await agent
    .post('/claims/confirm')
    .type('form')
    .send({ number, code, _csrf: csrfFrom(page.text) })
  await workOff(database, keys, clock)
  const told = await agent.get(confirmed.headers['location'] as string)
  expect([told.status, told.text.includes('확인이 끝났습니다')]).toEqual([200, true])
})
