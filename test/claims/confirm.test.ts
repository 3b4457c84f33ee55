import { newClaimNumber } from '../../server/claims/claim-number'
import { createTestApp, csrfFrom, testKeys, type Agent } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { fileClaim, post } from '../support/filing'
import { loadTestMatters } from '../support/test-matters'
import { workOff } from '../support/verification'

let database: TestDatabase
let now: Date
const clock = { now: () => now }
const keys = testKeys()
const hourMs = 3600_000

beforeEach(async () => {
  now = new Date('2026-02-01T05:03:00Z')
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
})
afterEach(async () => {
  await database.drop()
})

function visitor(change: Partial<Parameters<typeof createTestApp>[0]> = {}): Agent {
  return createTestApp({ surface: 'public', database, keys, clock, ...change }).agent()
}
const mailed = () => workOff(database, keys, clock)
/** What the page says once the worker has checked what was pressed or typed. */
async function told(answer: Awaited<ReturnType<typeof post>>, agent: Agent) {
  expect(answer.status).toBe(303)
  await mailed()
  return agent.get(answer.headers['location'] as string).set('Accept', 'text/html')
}
async function type(agent: Agent, typed: Record<string, string>) {
  return told(await post(agent, '/claims/confirm', typed), agent)
}
const claim = () => database.db.superuser('claims').first()
const entries = (kind: string) => database.db.superuser('ledger_entries').where({ kind }).select()
const wrongCode = (code: string) => (code === '000000' ? '000001' : '000000')

test('opening the link changes nothing; its button confirms, once', async () => {
  await fileClaim(visitor())
  const { token } = await mailed()
  const path = `/claims/confirm/${token}`
  // Another browser: the mail is often read elsewhere.
  const agent = visitor()
  for (let i = 0; i < 3; i++) await agent.get(path)
  const page = await agent.get(path)
  expect(page.status).toBe(200)
  expect(page.headers['cache-control']).toBe('no-store')
  expect((await claim()).state).toBe('unverified')

  const send = () =>
    agent
      .post(path)
      .type('form')
      .send({ _csrf: csrfFrom(page.text) })
  const answers = await Promise.all([send(), send(), send()])
  expect(answers.map(({ status }) => status)).toEqual([303, 303, 303])
  // Nothing on this surface confirms; the page waits, and says so without JavaScript too.
  expect((await claim()).state).toBe('unverified')
  const waiting = await agent.get(answers[0]!.headers['location'] as string)
  expect(waiting.text).toContain('확인하고 있습니다')
  expect(waiting.text).toContain('http-equiv="refresh"')
  await mailed()
  expect(await claim()).toMatchObject({ state: 'verified', verified_at: now })
  expect(await entries('claim.verified')).toHaveLength(1)

  const again = await agent.get(path)
  expect(again.status).toBe(200)
  expect(again.text).toContain('확인이 끝났습니다')
  expect(again.text).toContain((await claim()).number)
})

test('the entry says by what it was confirmed, and by ids only', async () => {
  await fileClaim(visitor())
  const { token } = await mailed()
  await told(await post(visitor(), `/claims/confirm/${token}`, {}), visitor())
  const verification = await database.db.superuser('verifications').first()
  expect(verification.consumed_at).toEqual(now)
  const { private: written } = await database.db
    .superuser('ledger_private')
    .whereIn(
      'entry_id',
      (await entries('claim.verified')).map(({ id }) => id),
    )
    .first()
  expect(JSON.parse(written)).toEqual({
    kind: 'claim.verified',
    at: now.toISOString(),
    claim: (await claim()).id,
    verification: verification.id,
    how: 'link',
  })
})

test('number and code confirm as well, however they are written', async () => {
  const number = await fileClaim(visitor())
  const { code } = await mailed()
  const typed = {
    number: number.toLowerCase().replaceAll('-', ' '),
    code: ` ${code.slice(0, 3)} ${code.slice(3)}`,
  }
  const answer = await type(visitor(), typed)
  expect(answer.status).toBe(200)
  expect(answer.text).toContain('확인이 끝났습니다')
  expect((await claim()).state).toBe('verified')
  // The form sent once more is no error.
  const again = await type(visitor(), typed)
  expect([again.status, again.text.includes('확인이 끝났습니다')]).toEqual([200, true])
  expect(await entries('claim.verified')).toHaveLength(1)
})

test('an unknown number and a wrong code are answered alike', async () => {
  const number = await fileClaim(visitor())
  const { code } = await mailed()
  const agent = visitor()
  const strip = (html: string) =>
    html.replaceAll(/value="[^"]*"|sent=[^"]*/g, '').replaceAll(/<time.*?<\/time>/g, '')
  const wrong = await type(agent, { number, code: wrongCode(code) })
  const unknown = await type(agent, { number: newClaimNumber(), code })
  const shape = await post(agent, '/claims/confirm', { number: 'nonsense', code })
  expect([wrong.status, unknown.status, shape.status]).toEqual([422, 422, 422])
  expect(strip(unknown.text)).toBe(strip(wrong.text))
  expect(wrong.text).toContain(`value="${number}"`)
})

test('after five wrong codes the right one is dead too, and a new one helps', async () => {
  const number = await fileClaim(visitor())
  const { code } = await mailed()
  const agent = visitor()
  await Promise.all(
    Array.from({ length: 8 }, () =>
      post(agent, '/claims/confirm', { number, code: wrongCode(code) }),
    ),
  )
  await mailed()
  expect((await database.db.superuser('verifications').first()).attempts).toBe(5)
  const late = await type(agent, { number, code })
  expect(late.status).toBe(422)
  expect((await claim()).state).toBe('unverified')

  const asked = await post(agent, '/claims/confirm/new-link', { number })
  expect(asked.headers['location']).toBe('/claims/confirm/link-sent')
  now = new Date(now.getTime() + 1000)
  const fresh = await mailed()
  const right = await type(agent, { number, code: fresh.code })
  expect(right.status).toBe(200)
  expect((await claim()).state).toBe('verified')
})

test('a link lasts 72 hours, then it offers a new one', async () => {
  await fileClaim(visitor())
  const { token, code } = await mailed()
  const agent = visitor()
  const page = await agent.get(`/claims/confirm/${token}`)
  now = new Date(now.getTime() + 72 * hourMs)
  const late = await agent
    .post(`/claims/confirm/${token}`)
    .type('form')
    .send({ _csrf: csrfFrom((await agent.get('/claims/confirm')).text) })
  expect(page.status).toBe(200)
  expect(late.status).toBe(410)
  expect(late.text).toContain('링크의 기한이 지났습니다')
  expect((await claim()).state).toBe('unverified')
  const { number } = await claim()
  expect((await type(agent, { number, code })).status).toBe(422)

  const asked = await post(agent, '/claims/confirm/new-link', { token }, `/claims/confirm`)
  expect(asked.status).toBe(303)
  expect(await entries('claim.link_requested')).toHaveLength(1)
  const fresh = await mailed()
  const old = await agent.get(`/claims/confirm/${token}`)
  expect([old.status, old.text.includes('더 최근에 보낸 링크')]).toEqual([410, true])
  await told(await post(agent, `/claims/confirm/${fresh.token}`, {}), agent)
  expect((await claim()).state).toBe('verified')
  // The older link now says the same as the newer one.
  expect((await agent.get(`/claims/confirm/${token}`)).status).toBe(200)
})

test('a link that is not one, and a claim that is gone, have pages that help', async () => {
  const agent = visitor()
  for (const token of ['x', 'A'.repeat(43)]) {
    const page = await agent.get(`/claims/confirm/${token}`)
    expect([page.status, page.text.includes('링크가 맞지 않습니다')]).toEqual([404, true])
    expect(page.text).toContain('action="/claims/confirm/new-link"')
  }
  await fileClaim(agent)
  const { token } = await mailed()
  await database.db.superuser('claims').update({ state: 'expired' })
  const closed = await agent.get(`/claims/confirm/${token}`)
  expect([closed.status, closed.text.includes('더 이상 진행되지 않습니다')]).toEqual([410, true])
})

test('asking for a link answers everyone alike and asks only where there is a claim', async () => {
  const number = await fileClaim(visitor())
  await mailed()
  const agent = visitor()
  const known = await post(agent, '/claims/confirm/new-link', { number })
  const unknown = await post(agent, '/claims/confirm/new-link', { number: newClaimNumber() })
  expect([known.status, known.headers['location']]).toEqual([303, '/claims/confirm/link-sent'])
  expect([unknown.status, unknown.headers['location']]).toEqual([303, '/claims/confirm/link-sent'])
  expect((await agent.get('/claims/confirm/link-sent')).status).toBe(200)
  const requests = await database.db.superuser('claim_requests').select()
  expect(requests).toMatchObject([{ kind: 'new_link', box: null, claim_id: (await claim()).id }])
})

test('guessing is slowed down for all processes together', async () => {
  const change = {
    config: (
      config: Parameters<NonNullable<Parameters<typeof createTestApp>[0]['config']>>[0],
    ) => ({
      ...config,
      limits: {
        ...config.limits,
        rate: { ...config.limits.rate, verify: { points: 3, seconds: 3600 } },
      },
    }),
  }
  const codes = ['111111', '222222', '333333', '444444']
  const statuses: number[] = []
  for (const code of codes) {
    const answer = await post(visitor(change), '/claims/confirm', {
      number: newClaimNumber(),
      code,
    })
    statuses.push(answer.status)
  }
  expect(statuses).toEqual([303, 303, 303, 429])
})

test('a stale token confirms nothing and gives the form back', async () => {
  const number = await fileClaim(visitor())
  const { token, code } = await mailed()
  const agent = visitor()
  const link = await agent.post(`/claims/confirm/${token}`).type('form').send({ _csrf: 'stale' })
  expect([link.status, link.text.includes(`action="/claims/confirm/${token}"`)]).toEqual([
    403,
    true,
  ])
  const form = await agent.post('/claims/confirm').type('form').send({ number, code, _csrf: 'x' })
  expect([form.status, form.text.includes(`value="${code}"`)]).toEqual([403, true])
  expect((await claim()).state).toBe('unverified')
})
