import express from 'express'
import request from 'supertest'
import { declarationsOf, undeclaredRoutes } from '../../server/web/declared-routes'
import { routeTable } from '../../server/web/routes'
import { createTestApp, postForm } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { admin, counsel, probeRoutes } from './probe'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const people = [admin, counsel]
const findPerson = async (id: string) => people.find((person) => person.id === id) ?? null

describe.each(['public', 'staff'] as const)('%s surface', (surface) => {
  test('every route declares who may use it', () => {
    expect(undeclaredRoutes(createTestApp({ surface, database }).app)).toEqual([])
  })

  test('every form is guarded against forgery', () => {
    const { app } = createTestApp({ surface, database })
    const posts = declarationsOf(app).filter(({ method }) => method === 'post')
    // Checking a receipt changes nothing and looks at no cookie. Reminders are ended by whoever holds the link,
    // a mail program too (RFC 8058): it is the secret that another site does not have.
    const own = ['/reminders/:token', '/reminders/:token/resume', '/verify']
    const bare = surface === 'public' ? own : []
    expect(posts.filter(({ csrf }) => csrf === 'none').map(({ path }) => path)).toEqual(bare)
  })

  test('no path is declared twice', () => {
    const { app } = createTestApp({ surface, database })
    const lines = declarationsOf(app).map(({ method, path }) => `${method} ${path}`)
    expect(lines).toEqual([...new Set(lines)])
  })
})

test('routes for anyone alone on the public surface; none for anyone but signing in and out on the staff one', () => {
  const whoOf = (surface: 'public' | 'staff') =>
    declarationsOf(createTestApp({ surface, database }).app)
  expect(whoOf('public').filter(({ who }) => who !== 'anyone')).toEqual([])
  const open = whoOf('staff').filter(({ who }) => who === 'anyone')
  const expected = /^\/(healthz|readyz|sign-in|sign-out|invitations?|ledger|dev)(\/|$)/
  expect(open.filter(({ path }) => !expected.test(path))).toEqual([])
})

test('an undeclared route is found, however deep and whatever its method', () => {
  const inner = express.Router()
  inner.get('/hidden', (_req, res) => void res.end())
  const outer = express.Router()
  outer.use('/under', inner)
  outer.all('/every', (_req, res) => void res.end())
  const table = routeTable()
  table.get('/seen', { who: 'anyone' }, (_req, res) => void res.end())
  const mixed = table.router.route('/mixed')
  mixed.put((_req, res) => void res.end())
  const app = createTestApp({
    surface: 'public',
    database,
    features: [() => outer, () => table.router],
  })
  expect(undeclaredRoutes(app.app)).toEqual(['GET /under/hidden', 'ALL /every', 'PUT /mixed'])
  expect(declarationsOf(app.app).map(({ path }) => path)).toContain('/seen')
})

describe('who asks', () => {
  const start = () =>
    createTestApp({ surface: 'staff', database, findPerson, features: [probeRoutes] })

  test('nobody is led to the sign-in and back', async () => {
    const { headers } = await request(start().app)
      .get('/people?page=2')
      .set('Accept', 'text/html')
      .expect(303)
    expect(headers['location']).toBe('/sign-in?next=%2Fpeople%3Fpage%3D2')
  })

  test('nobody who asks as a program or posts hears 401', async () => {
    const { app } = start()
    await request(app).get('/people').set('Accept', 'application/json').expect(401)
    await request(app).post('/sign-out').type('form').send('a=b').expect(401)
  })

  test('the wrong role hears 403 and stays signed in, the right one is let in', async () => {
    const agent = start().agent()
    await postForm(agent, '/sign-in', { id: counsel.id })
    await agent.get('/people').expect(403)
    await agent.get('/desk').expect(200)
    const other = start().agent()
    await postForm(other, '/sign-in', { id: admin.id })
    await other.get('/people').expect(200)
  })

  test('a link from a web mailer is asked for again from our own page, where the cookie comes along', async () => {
    const agent = start().agent()
    await postForm(agent, '/sign-in', { id: counsel.id })
    const fromMail = { Accept: 'text/html', 'Sec-Fetch-Site': 'cross-site' }
    const withoutCookie = await request(start().app).get('/desk?a=1').set(fromMail).expect(200)
    expect(withoutCookie.headers['refresh']).toBe('0;url=/desk?a=1')
    const again = await agent.get('/desk?a=1').set('Sec-Fetch-Site', 'same-origin').expect(200)
    expect(again.text).toContain(counsel.name)
  })
})
