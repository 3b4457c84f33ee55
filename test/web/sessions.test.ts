import type { AddressInfo } from 'node:net'
import request from 'supertest'
import { createTestApp, csrfFrom, postForm, type Agent, type TestAppOptions } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { until } from '../support/until'
import { admin, probeRoutes } from './probe'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

let now = new Date('2026-11-24T09:00:00Z')
const clock = { now: () => now }
const later = (minutes: number) => {
  now = new Date(now.getTime() + minutes * 60_000)
}

function start(surface: 'public' | 'staff', options: Partial<TestAppOptions> = {}) {
  const findPerson = async () => admin
  return createTestApp({
    surface,
    database,
    clock,
    findPerson,
    features: [probeRoutes],
    ...options,
  })
}

const rowsOf = async (table: string) =>
  (await database.db.superuser(table).select('sess')) as { sess: Record<string, unknown> }[]

test('a redirect leaves only when the session it speaks of is written', async () => {
  const { app } = start('staff')
  const server = app.listen(0)
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const page = await fetch(`${origin}/sign-in`)
  const body = new URLSearchParams({ _csrf: csrfFrom(await page.text()) })
  const cookie = page.headers.getSetCookie()[0]!.split(';')[0]!
  const { superuser } = database.db
  await superuser.raw(`create function hold() returns trigger language plpgsql
    as $$ begin perform pg_advisory_xact_lock(1); return new; end $$`)
  await superuser.raw(
    'create trigger hold before insert on sessions_staff for each row execute function hold()',
  )
  const busy = await superuser.transaction()
  await busy.raw('select pg_advisory_xact_lock(1)')
  let answered = false
  const answer = fetch(`${origin}/begin`, {
    method: 'POST',
    body,
    headers: { cookie },
    redirect: 'manual',
  })
  void answer.then(() => (answered = true))
  await until('the session waits to be written', async () => {
    const { rows } = await superuser.raw(`select 1 from pg_locks where not granted`)
    return (rows as unknown[]).length > 0
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  const tooEarly = answered
  await busy.commit()
  expect((await answer).status).toBe(303)
  expect(tooEarly).toBe(false)
  await superuser.raw('drop trigger hold on sessions_staff')
  server.closeAllConnections()
  server.close()
})

async function signIn(agent: Agent) {
  const answer = await postForm(agent, '/sign-in', { id: admin.id })
  expect(answer.status).toBe(303)
  return answer
}

test('a public page sets no cookie and stores nothing; a form begins the session', async () => {
  const { app } = start('public')
  const plain = await request(app).get('/plain')
  expect(plain.headers['set-cookie']).toBeUndefined()
  expect(await rowsOf('sessions_public')).toEqual([])
  const form = await request(app).get('/form')
  expect(form.headers['set-cookie']?.[0]).toMatch(
    /^joinder=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/,
  )
  const [row] = await rowsOf('sessions_public')
  expect(Object.keys(row!.sess).toSorted()).toEqual(['cookie', 'csrfToken', 'seenAt', 'startedAt'])
})

test('by https the cookies are Secure and bound to the host', async () => {
  const env = { PUBLIC_URL: 'https://joinder.example', TRUST_PROXY: '1' }
  const { app } = start('public', { env })
  const { headers } = await request(app).get('/form').set('X-Forwarded-Proto', 'https')
  expect(headers['set-cookie']?.[0]).toMatch(
    /^__Host-joinder=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  )
})

test('the staff cookie has a name of its own and is never sent from another site', async () => {
  const { headers } = await request(start('staff').app).get('/sign-in')
  expect(headers['set-cookie']?.[0]).toMatch(
    /^joinder_staff=[^;]+; Path=\/; HttpOnly; SameSite=Strict$/,
  )
})

test('signing in changes the session id: one planted before is worth nothing', async () => {
  const { app, agent } = start('staff')
  const planted = await request(app).get('/sign-in')
  const cookie = planted.headers['set-cookie']![0]!.split(';')[0]!
  const answer = await request(app)
    .post('/sign-in')
    .set('Cookie', cookie)
    .type('form')
    .send({ id: admin.id, _csrf: csrfFrom(planted.text) })
    .expect(303)
  expect(answer.headers['set-cookie']![0]).not.toContain(cookie)
  await request(app).get('/desk').set('Cookie', cookie).set('Accept', 'text/html').expect(303)
  await signIn(agent())
  const people = await database.db.superuser('sessions_staff').whereNotNull('person_id')
  expect(people.map((row: { person_id: string }) => row.person_id)).toContain(admin.id)
})

test('a staff session ends after silence and after its longest time', async () => {
  const agent = start('staff').agent()
  await signIn(agent)
  later(29)
  await agent.get('/desk').expect(200)
  later(29)
  await agent.get('/desk').expect(200)
  later(31)
  await agent.get('/desk').set('Accept', 'text/html').expect(303)

  await signIn(agent)
  for (let minutes = 0; minutes < 10 * 60 - 20; minutes += 20) {
    later(20)
    await agent.get('/desk').expect(200)
  }
  later(20)
  await agent.get('/desk').set('Accept', 'text/html').expect(303)
})

test('a person who may no longer sign in is out at the next request', async () => {
  let active = true
  const { agent } = start('staff', { findPerson: async () => (active ? admin : null) })
  const visitor = agent()
  await signIn(visitor)
  await visitor.get('/desk').expect(200)
  active = false
  expect((await visitor.get('/desk').set('Accept', 'text/html')).status).toBe(303)
})

test('signing out ends the session in the database, not only the cookie', async () => {
  const { app, agent } = start('staff')
  const visitor = agent()
  const cookie = (await signIn(visitor)).headers['set-cookie']![0]!.split(';')[0]!
  const { headers } = await postForm(visitor, '/sign-out', {}, { from: '/desk' })
  expect(headers['clear-site-data']).toBe('"cache", "storage"')
  await request(app).get('/desk').set('Cookie', cookie).set('Accept', 'text/html').expect(303)
})

test('a cookie with a changed signature is nobody', async () => {
  const { app, agent } = start('staff')
  const cookie = (await signIn(agent())).headers['set-cookie']![0]!.split(';')[0]!
  const forged = cookie.replace(/\.[^.]+$/, '.AAAA')
  await request(app).get('/desk').set('Cookie', forged).set('Accept', 'text/html').expect(303)
})
