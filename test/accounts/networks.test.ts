import { createTestApp, postForm, testKeys, type Agent, type TestApp } from '../support/app'
import { makeAccount, signIn, type TestAccount } from '../support/account'
import { createTestDatabase, type TestDatabase } from '../support/database'

/** A firm names the networks of its people: asked from several, behind a proxy that is trusted and past it. */
let database: TestDatabase
let behind: TestApp
let counsel: TestAccount
let administrator: Agent
let slug: string
const keys = testKeys()

beforeAll(async () => {
  database = await createTestDatabase()
  behind = createTestApp({ surface: 'staff', database, keys, env: { TRUST_PROXY: '1' } })
  const firm = await database.db.superuser('firms').first('id', 'slug')
  slug = firm.slug
  counsel = await makeAccount(database, { role: 'counsel', name: '이도윤', firmId: firm.id })
  const overseer = await makeAccount(database, { role: 'administrator', name: '한서연' })
  administrator = await signIn(behind, overseer)
})
afterEach(() => networks().delete())
afterAll(() => database.drop())

const name = (network: string) =>
  postForm(administrator, '/people/networks', { firm: slug, network })
// Wider takes two people, which has tests of its own: here it has been approved.
const networks = () => database.db.superuser('firm_networks')
const takeAway = (network: string) => networks().where({ network }).delete()
const approved = async (network: string) =>
  networks().insert({
    firm_id: counsel.firmId,
    network,
    added_by: counsel.id,
    added_at: new Date(),
  })
const from = async (agent: Agent, address: string) =>
  (await agent.get('/batches').set('Accept', 'text/html').set('X-Forwarded-For', address)).status

test('in, out, and out within seconds of a change while signed in', async () => {
  const agent = await signIn(behind, counsel)
  expect(await from(agent, '198.51.100.7')).toBe(200)
  await name('203.0.113.0/24')
  // The same session, the next request: no cache, no new sign-in.
  expect(await from(agent, '198.51.100.7')).toBe(403)
  for (const [address, status] of [
    ['203.0.113.0', 200],
    ['203.0.113.255', 200],
    ['203.0.112.255', 403],
    ['203.0.114.0', 403],
    ['::ffff:203.0.113.4', 200],
    ['::ffff:198.51.100.7', 403],
    ['2001:db8::1', 403],
    ['office', 403],
    ['', 403],
  ] as const) {
    expect([address, await from(agent, address)]).toEqual([address, status])
  }
  await takeAway('203.0.113.0/24')
  await approved('198.51.100.7')
  expect(await from(agent, '198.51.100.7')).toBe(200)
  expect(await from(agent, '203.0.113.4')).toBe(403)
  // A form is refused like a page, and what stands outside signs nobody in.
  const posted = await agent.post('/recalls').type('form').set('X-Forwarded-For', '203.0.113.4')
  expect(posted.status).toBe(403)
  const stranger = behind.agent()
  const page = await stranger.get('/sign-in').set('X-Forwarded-For', '203.0.113.4')
  const tried = await stranger
    .post('/sign-in')
    .type('form')
    .set('X-Forwarded-For', '203.0.113.4')
    .send({
      email: counsel.email,
      password: counsel.password,
      _csrf: /name="_csrf" value="([^"]+)"/.exec(page.text)![1],
    })
  expect(tried.status).toBe(403)
})

test('networks of IPv6 and of IPv4 stand beside each other', async () => {
  const agent = await signIn(behind, counsel)
  await name('2001:db8:40::/44')
  await approved('203.0.113.8/29')
  for (const [address, status] of [
    ['2001:db8:40::1', 200],
    ['2001:0db8:004f:ffff:ffff:ffff:ffff:ffff', 200],
    ['2001:db8:50::1', 403],
    ['203.0.113.15', 200],
    ['203.0.113.16', 403],
    ['fe80::1%eth0', 403],
  ] as const) {
    expect([address, await from(agent, address)]).toEqual([address, status])
  }
})

test('nobody writes their own address: the header counts from a trusted proxy alone, and only what that added', async () => {
  const direct = createTestApp({ surface: 'staff', database, keys })
  const past = await signIn(direct, counsel)
  const agent = await signIn(behind, counsel)
  await name('203.0.113.0/24')
  // Without a proxy the header is anybody's: the address is that of the connection.
  expect(await from(past, '203.0.113.4')).toBe(403)
  expect(direct.logged.join('')).toContain('TRUST_PROXY is not set')
  expect(direct.logged.join('')).not.toContain('203.0.113.4')
  // Behind one, what the browser wrote stands before what the proxy added.
  expect(await from(agent, '203.0.113.4, 198.51.100.7')).toBe(403)
  expect(await from(agent, '198.51.100.7, 203.0.113.4')).toBe(200)
  await takeAway('203.0.113.0/24')
  await approved('127.0.0.0/8')
  await approved('::1')
  expect(await from(past, '203.0.113.4')).toBe(200)
})
