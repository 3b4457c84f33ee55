import request from 'supertest'
import type { Role } from '../../server/web/person'
import { declarationsOf, undeclaredRoutes } from '../../server/web/declared-routes'
import type { Declaration } from '../../server/web/routes'
import { newId } from '../../server/kernel/ids'
import { createTestApp, csrfFrom, type Agent, type TestApp } from '../support/app'
import { makeAccount, signIn } from '../support/account'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { makeFirm } from '../support/firm'
import { loadTestMatters } from '../support/test-matters'

/** Every route of the shipped staff surface, tried by everyone; rows.test.ts asks again with all of this off. */
let database: TestDatabase
let staff: TestApp
let tried: [name: string, role: Role | null, agent: () => Promise<Agent>][]

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  staff = createTestApp({ surface: 'staff', database })
  const matter = await database.db.superuser('matters').where({ slug: 'test-breach' }).first()
  const rival = await makeFirm(database, 'other-firm')
  const asked = [
    ['an administrator', 'administrator', null],
    ['a moderator', 'moderator', null],
    ['counsel of the firm', 'counsel', matter.firm_id],
    ['counsel of another firm', 'counsel', rival],
  ] as const
  tried = [['a stranger', null, async () => staff.agent()]]
  for (const [name, role, firmId] of asked) {
    const account = await makeAccount(database, { role, name, firmId })
    tried.push([name, role, () => signIn(staff, account)])
  }
})
afterAll(() => database.drop())

test('no route is mounted without saying who may use it', () => {
  expect(undeclaredRoutes(staff.app)).toEqual([])
  const paths = declarationsOf(staff.app).map(({ method, path }) => `${method} ${path}`)
  expect(paths).toEqual(
    expect.arrayContaining(['get /queue', 'post /claims/:id/open', 'get /people', 'get /batches']),
  )
  // Programs with a token of their own are not there yet; every form carries one of its session.
  expect(declarationsOf(staff.app).filter(({ csrf }) => csrf === 'none')).toEqual([])
})

test('each route answers whom it says, and nobody else', async () => {
  const wrong: string[] = []
  const tryAll = async ([name, role, begin]: (typeof tried)[number]) => {
    const agent = await begin()
    const form = await agent.get(role === null ? '/sign-in' : '/account').set('Accept', 'text/html')
    const token = csrfFrom(form.text)
    for (const declaration of declarationsOf(staff.app)) {
      // Ends the session of the tests that follow; proven with signing in.
      if (declaration.path === '/sign-out' && role !== null) continue
      const { status, location } = await ask(agent, declaration, token)
      const what = `${name}: ${declaration.method} ${declaration.path} answered ${status} ${location}`
      if (!fits(declaration, role, status, location)) wrong.push(what)
    }
  }
  await Promise.all(tried.map(tryAll))
  expect(wrong).toEqual([])
}, 60_000)

test('no form does anything without the token of its own session', async () => {
  const tables = ['ledger_entries', 'outbox', 'mails', 'people', 'batches', 'claims']
  const [, , begin] = tried.find(([, role]) => role === 'administrator')!
  const agent = await begin()
  // Enough for an invitation, were the token right.
  const fields = { name: '가', email: 'a@example.com', role: 'moderator', language: 'ko' }
  const before = await rowsOf(tables)
  const forms = declarationsOf(staff.app).filter(({ method }) => method === 'post')
  const answers = []
  for (const { path, csrf } of forms) {
    const url = path.replaceAll(/:\w+/g, () => newId())
    for (const token of ['', 'x'.repeat(64)]) {
      const { status } = await agent
        .post(url)
        .type('form')
        .send({ ...fields, _csrf: token })
      answers.push([path, status, csrf])
    }
  }
  expect(forms.length).toBeGreaterThan(8)
  // Given back filled where the form is long, refused elsewhere; 404 where it belongs to nothing. Who is
  // in already is led on from the steps of signing in.
  const fitting = (csrf: unknown, path: unknown) => [
    ...(csrf === 'flag' ? [403, 404, 409, 422] : [403]),
    ...(String(path).startsWith('/sign-in/') ? [303] : []),
  ]
  expect(
    answers.filter(([path, status, csrf]) => !fitting(csrf, path).includes(Number(status))),
  ).toEqual([])
  expect(await rowsOf(tables)).toEqual(before)
})

test('whatever route counsel may use, an object of another firm is not there for them', async () => {
  const { superuser } = database.db
  const matter = await superuser('matters').where({ slug: 'test-breach' }).first()
  const [, , beginOwn] = tried.find(([name]) => name === 'counsel of the firm')!
  const [, , beginRival] = tried.find(([name]) => name === 'counsel of another firm')!
  const requester = await superuser('people').where({ firm_id: matter.firm_id }).first('id')
  const batch = newId()
  await superuser('batches').insert({
    id: batch,
    matter_id: matter.id,
    firm_id: matter.firm_id,
    number: 1,
    state: 'complete',
    requested_by: requester.id,
    requested_at: new Date(),
    claim_count: 0,
  })
  const routes = declarationsOf(staff.app).filter(
    ({ path, who }) =>
      path.includes('/:id') && who !== 'anyone' && (who === 'signed-in' || who.includes('counsel')),
  )
  expect(routes.map(({ path }) => path)).toContain('/batches/:id/download')
  const rival = await beginRival()
  const own = await beginOwn()
  const token = csrfFrom((await rival.get('/account')).text)
  const ownToken = csrfFrom((await own.get('/account')).text)
  for (const route of routes) {
    const { status, location } = await ask(rival, route, token, batch)
    // The address of a page that answered a form leads back to the page, which is not there.
    const led = status === 303 && [`/batches/${batch}`, '/news'].includes(location ?? '')
    expect([route.path, led || [404, 409, 422].includes(status)]).toEqual([route.path, true])
  }
  const shown = await ask(
    own,
    { ...routes[0]!, method: 'get', path: '/batches/:id' },
    ownToken,
    batch,
  )
  expect(shown.status).toBe(200)
})

test('every route of the public surface is declared, asks nobody to sign in, and knows no secret by guessing', async () => {
  const { app } = createTestApp({ surface: 'public', database })
  expect(undeclaredRoutes(app)).toEqual([])
  const routes = declarationsOf(app)
  expect(routes.length).toBeGreaterThan(20)
  expect(routes.filter(({ who }) => who !== 'anyone')).toEqual([])
  for (const { method, path } of routes) {
    const url = path.replaceAll(/:\w+/g, () => newId()).replaceAll(/[{}]/g, '')
    const answer = await (method === 'get' ? request(app).get(url) : request(app).post(url))
    expect([path, answer.status < 500, answer.status !== 200 || !path.includes(':')]).toEqual([
      path,
      true,
      true,
    ])
  }
})

test('the public surface answers no route of the staff surface', async () => {
  const { app } = createTestApp({ surface: 'public', database })
  for (const path of ['/queue', '/people', '/sign-in', '/batches', `/claims/${newId()}`]) {
    expect((await request(app).get(path)).status).toBe(404)
  }
})

function rowsOf(tables: string[]) {
  return Promise.all(
    tables.map(async (table) => [
      table,
      (await database.db.superuser(table).count().first())!['count'],
    ]),
  )
}

async function ask(agent: Agent, { method, path }: Declaration, token: string, id = newId()) {
  const url = path.replaceAll(/:\w+/g, () => id)
  if (method === 'get') {
    const { status, headers } = await agent.get(url).set('Accept', 'text/html')
    return { status, location: headers['location'] ?? '' }
  }
  const { status, headers } = await agent
    .post(url)
    .type('form')
    .set('Accept', 'text/html')
    .send({ _csrf: token })
  return { status, location: headers['location'] ?? '' }
}

function fits({ method, who }: Declaration, role: Role | null, status: number, to: string) {
  const refused = status === 401 || status === 403
  if (who === 'anyone') return !refused && status < 500
  if (role === null) {
    return method === 'get' ? status === 303 && to.startsWith('/sign-in?next=') : status === 401
  }
  const may = who === 'signed-in' || who.includes(role)
  return may ? !refused && status < 500 && !to.startsWith('/sign-in') : status === 403
}
