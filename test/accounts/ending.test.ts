import { setTimeout as wait } from 'node:timers/promises'
import { approvalHandlers } from '../../jobs/settle-approval'
import { invitePerson } from '../../server/accounts/invite-person'
import { personFinder } from '../../server/accounts/find-person'
import { sleepUnused } from '../../server/accounts/sleep-unused'
import { watchPerson } from '../../server/accounts/watch-person'
import { settleApproval } from '../../server/approvals/settle-approval'
import { buildBatch } from '../../server/batches/build-batch'
import { cancelBatchesOf } from '../../server/batches/cancel-batches'
import { requestBatch } from '../../server/batches/request-batch'
import { asActor, connect } from '../../server/db/connections'
import { newId } from '../../server/kernel/ids'
import { createSealer } from '../../server/vault/sealer'
import { digestToken } from '../../server/vault/verification-secrets'
import { routeTable } from '../../server/web/routes'
import { createTestApp, postForm, testKeys, type TestApp } from '../support/app'
import { makeAccount, signIn, type TestAccount } from '../support/account'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { acceptedClaim } from '../support/firm'
import { openSite } from '../support/site'
import { loadTestMatters } from '../support/test-matters'
import { workerDeps, type TestWorkerDeps } from '../support/worker'

const keys = testKeys()
const korean = { 'Accept-Language': 'ko', Accept: 'text/html' }
let database: TestDatabase
let staff: TestApp
let worker: TestWorkerDeps
let administrator: TestAccount
let firmId: string
let matterId: string
let now = new Date()
const clock = { now: () => now }
const dayMs = 24 * 3600_000

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  staff = createTestApp({ surface: 'staff', database, keys, clock })
  worker = workerDeps({ database, keys, mailbox: { url: 'smtp://127.0.0.1:9' }, clock })
  administrator = await makeAccount(database, { role: 'administrator', name: '한서연' })
  const matter = await database.db.superuser('matters').where({ slug: 'test-breach' }).first()
  firmId = matter.firm_id
  matterId = matter.id
})
afterAll(async () => {
  await worker.close()
  await database.drop()
})
beforeEach(async () => {
  await database.db.superuser('rate_limits').delete()
  await database.db.superuser('growing_waits').delete()
})

const stateOf = async ({ id }: { id: string }) =>
  (await database.db.superuser('people').where({ id }).first('state')).state as string
const entries = async (kind: string) =>
  (
    await database.db
      .superuser('ledger_entries as e')
      .join('ledger_private as p', 'p.entry_id', 'e.id')
      .where({ kind })
      .orderBy('e.id')
  ).map((row) => JSON.parse(row.private) as Record<string, unknown>)
const act = async (path: string, fields: object = {}, from = '/people') =>
  postForm(await signIn(staff, administrator), path, fields as Record<string, unknown>, { from })

/** The same where it takes another administrator, who approves. */
async function actByTwo(path: string, fields: object, from = '/people') {
  const answer = await act(path, fields, from)
  const id = /^\/approvals\/([0-9a-f-]{36})\?asked$/.exec(answer.headers['location'] ?? '')![1]!
  const other = await makeAccount(database, { role: 'administrator', name: '다른 관리자' })
  const agent = await signIn(staff, other)
  const page = await agent.get(`/approvals/${id}`)
  const shown = /name="shown" value="([0-9a-f]{64})"/.exec(page.text)![1]!
  const decided = { decision: 'approved', shown }
  await postForm(agent, `/approvals/${id}/decision`, decided, { from: `/approvals/${id}` })
  await settleApproval(worker.deps, approvalHandlers(worker.deps), id)
  await database.db.superuser('people').where({ id: other.id }).update({ state: 'disabled' })
}

test('one press ends a person in every process, with their tokens, links and batches, within five seconds', async () => {
  const counsel = await makeAccount(database, { role: 'counsel', name: '이도윤', firmId })
  // Another process of the same surface, with a pool of its own.
  const otherDb = connect(database.urls.staff, { poolMax: 2, applicationName: 'test-other' })
  const other = createTestApp({
    surface: 'staff',
    database,
    keys,
    clock,
    db: otherDb,
    findPerson: personFinder(otherDb),
  })
  const browsers = [await signIn(staff, counsel), await signIn(other, counsel)]
  const halfway = staff.agent()
  await postForm(halfway, '/sign-in', { email: counsel.email, password: counsel.password })
  for (const agent of browsers) expect((await agent.get('/batches').set(korean)).status).toBe(200)
  await acceptedClaim(database, keys, worker.deps)
  const batchId = newId()
  const sealer = createSealer({ intakePublicKey: keys.INTAKE_PUBLIC_KEY })
  const asked = await requestBatch({ ...staff.deps, sealer }, counsel, {
    batchId,
    matterId,
  })
  expect(asked.outcome).toBe('requested')

  const startedMs = Date.now()
  const answer = await act(`/people/${counsel.id}/end`)
  expect(answer.headers['location']).toBe(`/people/${counsel.id}?ended`)
  for (const agent of browsers) {
    expect((await agent.get('/batches').set(korean)).headers['location']).toMatch(/^\/sign-in/)
  }
  expect((await halfway.get('/sign-in/code').set(korean)).headers['location']).toBe('/sign-in')
  const fields = { email: counsel.email, password: counsel.password }
  expect((await postForm(staff.agent(), '/sign-in', fields)).status).toBe(422)
  // What was under way in the database sees it too.
  const seen = await asActor(otherDb, counsel.id, (tx) => tx('batches').select('id'))
  expect(seen).toEqual([])
  const intent = await database.db.superuser('outbox').where({ job: 'end-person' }).first()
  expect(intent.payload).toEqual({ personId: counsel.id })
  await cancelBatchesOf(worker.deps, counsel.id)
  expect(Date.now() - startedMs).toBeLessThan(5_000)
  const batch = () => database.db.superuser('batches').where({ id: batchId }).first()
  expect(await batch()).toMatchObject({ state: 'failed', failure: 'requester_left' })
  expect(await database.db.superuser('batch_passphrases')).toHaveLength(0)
  for (const table of ['totp_factors', 'passkeys', 'recovery_codes', 'known_devices']) {
    expect(await database.db.superuser(table).where({ person_id: counsel.id })).toEqual([])
  }
  expect(await database.db.superuser('sessions_staff').where({ person_id: counsel.id })).toEqual([])
  expect((await entries('person.disabled')).at(-1)).toMatchObject({
    person: counsel.id,
    by: administrator.id,
  })
  await otherDb.destroy()
}, 60_000)

test('a batch whose person was ended is not built, though nobody cancelled it', async () => {
  const counsel = await makeAccount(database, { role: 'counsel', name: '박대리', firmId })
  await acceptedClaim(database, keys, worker.deps)
  const batchId = newId()
  const sealer = createSealer({ intakePublicKey: keys.INTAKE_PUBLIC_KEY })
  await requestBatch({ ...staff.deps, sealer }, counsel, { batchId, matterId })
  await act(`/people/${counsel.id}/end`)
  await buildBatch(worker.deps, batchId, 'test')
  expect(await database.db.superuser('batches').where({ id: batchId }).first()).toMatchObject({
    state: 'failed',
    failure: 'requester_left',
  })
})

test('an answer that is under way is cut', async () => {
  const leaving = await makeAccount(database, { role: 'moderator', name: '떠남' })
  const slow = createTestApp({
    surface: 'staff',
    database,
    keys,
    config: (config) => ({ ...config, limits: { ...config.limits, endedCheckMs: 50 } }),
    features: [
      (deps) => {
        const routes = routeTable()
        routes.get('/slow', { who: 'signed-in' }, (req, res) => {
          const watch = watchPerson(deps, req, () => res.destroy())
          const timer = setInterval(() => res.write('x'), 10)
          res.on('close', () => {
            clearInterval(timer)
            watch.stop()
          })
        })
        return routes.router
      },
    ],
  })
  const agent = await signIn(staff, leaving)
  const cookies = agent.jar.getCookies({ domain: '127.0.0.1', path: '/' } as never)
  const site = await openSite(slow.app)
  const answer = await fetch(`${site.url}/slow`, { headers: { cookie: cookies.toValueString() } })
  expect(answer.status).toBe(200)
  const reader = answer.body!.getReader()
  expect((await reader.read()).done).toBe(false)
  await wait(200)
  await act(`/people/${leaving.id}/end`)
  const endedMs = Date.now()
  const drain = async () => {
    while (!(await reader.read()).done);
  }
  const cut = drain().then(
    () => 'ended',
    () => 'cut',
  )
  expect(await Promise.race([cut, wait(5_000)])).toBe('cut')
  expect(Date.now() - endedMs).toBeLessThan(5_000)
  site.close()
})

test('an invitation that is open dies with the person, and who comes back begins anew', async () => {
  const deps = { ...staff.deps, clock }
  const invited = await invitePerson(
    deps,
    { email: 'ended@example.com', name: '초대', role: 'moderator', firm: '', language: 'ko' },
    administrator.id,
  )
  if (invited.outcome !== 'done') throw new Error('not invited')
  const { personId: id } = invited
  await database.db
    .superuser('invitations')
    .where({ person_id: id })
    .update({ token_hash: digestToken('a'.repeat(43)) })
  const link = `/invitation/${'a'.repeat(43)}`
  expect((await staff.agent().get(link).set(korean)).status).toBe(200)
  await act(`/people/${id}/end`)
  expect((await staff.agent().get(link).set(korean)).status).toBe(410)
  expect((await act(`/people/${id}/invitation`, {}, `/people/${id}`)).status).toBe(303)
  expect(await stateOf({ id })).toBe('invited')
})

test('of two administrators who end each other at once, one remains; nobody ends or demotes themselves', async () => {
  const [one, two] = [
    await makeAccount(database, { role: 'administrator', name: '하나' }),
    await makeAccount(database, { role: 'administrator', name: '둘' }),
  ]
  const [first, second] = [await signIn(staff, one), await signIn(staff, two)]
  for (const what of ['end', 'role']) {
    const own = await postForm(
      first,
      `/people/${one.id}/${what}`,
      { role: 'moderator' },
      { from: '/people' },
    )
    expect(own.status).toBe(409)
  }
  const answers = await Promise.all([
    postForm(first, `/people/${two.id}/end`, {}, { from: '/people' }),
    postForm(second, `/people/${one.id}/end`, {}, { from: '/people' }),
  ])
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
  expect([await stateOf(one), await stateOf(two)].toSorted()).toEqual(['active', 'disabled'])
})

test('a role changes from the next request on; the history says who did it, and nobody can rewrite it', async () => {
  const person = await makeAccount(database, { role: 'moderator', name: '정민호' })
  const agent = await signIn(staff, person)
  expect((await agent.get('/people').set(korean)).status).toBe(403)
  await actByTwo(`/people/${person.id}/role`, {
    role: 'administrator',
    approval_reason: 'new_duties',
  })
  expect((await agent.get('/people').set(korean)).status).toBe(200)
  await act(`/people/${person.id}/role`, { role: 'moderator' })
  expect((await agent.get('/people').set(korean)).status).toBe(403)
  expect((await act(`/people/${person.id}/role`, { role: 'counsel' })).status).toBe(422)
  const changes = (await entries('person.role_changed')).filter(
    (one) => one['person'] === person.id,
  )
  expect(changes).toHaveLength(2)
  for (const [from, to] of [
    ['moderator', 'administrator'],
    ['administrator', 'moderator'],
  ]) {
    expect(changes).toContainEqual(expect.objectContaining({ from, to, by: administrator.id }))
  }
  const history = () => database.db.superuser('rights_history').where({ person_id: person.id })
  expect(await history().orderBy('id')).toMatchObject([
    { role: 'moderator', role_before: null, by_id: null },
    { role: 'administrator', role_before: 'moderator', by_id: administrator.id },
    { role: 'moderator', role_before: 'administrator', by_id: administrator.id },
  ])
  const page = await (await signIn(staff, administrator)).get('/people/rights').set(korean)
  expect(page.text).toContain('역할 변경: 검토 담당자 → 관리자')
  // Not even by what owns the tables; and no verb has to remember to write it.
  await expect(history().update({ role: 'counsel' })).rejects.toThrow(/append-only/)
  await expect(history().delete()).rejects.toThrow(/append-only/)
  for (const login of ['staff', 'worker'] as const) {
    const write = database.db[login]('rights_history').insert({ person_id: person.id })
    await expect(write).rejects.toMatchObject({ code: '42501' })
  }
  // Who may read it is the database's own question too.
  const moderator = await asActor(database.db.staff, person.id, (tx) => tx('rights_history'))
  expect(moderator).toEqual([])
})

test('accounts that nobody used for ninety days sleep until an administrator wakes them', async () => {
  const [unused, used] = [
    await makeAccount(database, { role: 'moderator', name: '안 씀' }),
    await makeAccount(database, { role: 'moderator', name: '씀' }),
  ]
  const agent = await signIn(staff, unused)
  await sleepUnused(worker.deps)
  expect(await stateOf(unused)).toBe('active')
  // The administrator who was here last.
  now = new Date(now.getTime() + 3600_000)
  await signIn(staff, administrator)
  now = new Date(now.getTime() + 91 * dayMs)
  await signIn(staff, used)
  await sleepUnused(worker.deps)
  expect(await stateOf(unused)).toBe('asleep')
  expect(await stateOf(used)).toBe('active')
  // Somebody has to be able to wake the others.
  expect(await stateOf(administrator)).toBe('active')
  expect((await agent.get('/queue').set(korean)).status).toBe(303)
  const fields = { email: unused.email, password: unused.password }
  const refused = await postForm(staff.agent(), '/sign-in?lang=ko', fields, {
    from: '/sign-in?lang=ko',
  })
  expect(refused.status).toBe(422)
  expect(refused.text).toContain('오래 쓰지 않아')
  expect((await act(`/people/${unused.id}/wake`)).status).toBe(303)
  await sleepUnused(worker.deps)
  expect((await (await signIn(staff, unused)).get('/queue').set(korean)).status).toBe(200)
  expect(await entries('person.asleep')).toContainEqual(
    expect.objectContaining({ person: unused.id }),
  )
  expect((await entries('person.woken')).at(-1)).toMatchObject({ person: unused.id })
  const rows = database.db
    .superuser('rights_history')
    .where({ person_id: unused.id, state: 'asleep' })
  expect(await rows).toMatchObject([{ by_id: null, login: 'joinder_worker' }])
})

test('a quarter without a review shows; an administrator signs the list that they saw', async () => {
  now = new Date(now.getTime() + 93 * dayMs)
  const agent = await signIn(staff, administrator)
  expect((await agent.get('/people').set(korean)).text).toContain('점검할 때가 지났습니다')
  const list = async () =>
    /name="list" value="([0-9a-f]{64})"/.exec((await agent.get('/people/review')).text)![1]!
  const sign = (name: string, shown: string) =>
    postForm(agent, '/people/review', { name, list: shown }, { from: '/people/review' })
  const shown = await list()
  expect((await sign('다른 이름', shown)).status).toBe(422)
  await makeAccount(database, { role: 'moderator', name: '새사람' })
  const late = await sign(administrator.name, shown)
  expect(late.status).toBe(422)
  expect((await sign(` ${administrator.name} `, await list())).headers['location']).toBe(
    '/people/review?signed',
  )
  expect((await agent.get('/people').set(korean)).text).not.toContain('점검할 때가 지났습니다')
  const [review] = await database.db.superuser('access_reviews')
  expect(review).toMatchObject({ signed_by: administrator.id, signed_name: '한서연' })
  expect(await entries('access.reviewed')).toMatchObject([{ review: review.id }])
  await expect(database.db.superuser('access_reviews').delete()).rejects.toThrow(/append-only/)
})

test('counsel outside the networks of their firm is refused at sign-in and at every request', async () => {
  const behind = createTestApp({
    surface: 'staff',
    database,
    keys,
    clock,
    env: { TRUST_PROXY: '1' },
  })
  const counsel = await makeAccount(database, { role: 'counsel', name: '이도윤', firmId })
  const agent = await signIn(behind, counsel)
  const { slug } = await database.db.superuser('firms').where({ id: firmId }).first('slug')
  const add = (network: string) =>
    act('/people/networks', { firm: slug, network }, '/people/networks')
  for (const wrong of ['203.0.113.0/33', 'office', '0.0.0.0/0', '::/0', '203.0.113.0/24/1', '']) {
    expect((await add(wrong)).status).toBe(422)
  }
  expect((await add('203.0.113.77/24')).status).toBe(303)
  // From more places than before: two people.
  const wider = { firm: slug, network: '2001:db8::/32', approval_reason: 'new_office' }
  await actByTwo('/people/networks', wider, '/people/networks')
  const from = (address: string) =>
    agent.get('/batches').set(korean).set('X-Forwarded-For', address)
  for (const inside of ['203.0.113.5', '::ffff:203.0.113.9', '2001:db8::1']) {
    expect((await from(inside)).status).toBe(200)
  }
  for (const outside of ['203.0.114.5', '2001:db9::1', '127.0.0.1']) {
    const refused = await from(outside)
    expect(refused.status).toBe(403)
    expect(refused.text).toContain('이 네트워크에서는 쓸 수 없습니다')
  }
  // Recorded once for the session, and without the address.
  const recorded = (await entries('person.outside_network')).filter(
    (one) => one['person'] === counsel.id,
  )
  expect(recorded).toHaveLength(1)
  expect(JSON.stringify(await entries('firm.network_added'))).not.toMatch(/203\.|2001/)
  const fields = { email: counsel.email, password: counsel.password }
  const refused = await postForm(behind.agent(), '/sign-in', fields)
  expect(refused.status).toBe(403)
  // Others are not touched, and without networks neither is this firm.
  expect((await act('/people/networks')).status).toBe(422)
  const remove = '/people/networks/remove'
  await act(remove, { firm: slug, network: '203.0.113.0/24' }, '/people/networks')
  await actByTwo(remove, wider, '/people/networks')
  expect((await from('198.51.100.1')).status).toBe(200)
  // The rule itself cannot be lifted by whoever it binds.
  const lift = asActor(database.db.staff, counsel.id, (tx) =>
    tx('firm_networks').insert({
      firm_id: firmId,
      network: '0.0.0.0/0',
      added_by: counsel.id,
      added_at: now,
    }),
  )
  await expect(lift).rejects.toMatchObject({ code: '42501' })
})
