import { createTestApp, csrfFrom, postForm } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { probeRoutes } from './probe'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const start = () => createTestApp({ surface: 'public', database, features: [probeRoutes] }).agent()

test('a form with its token is taken', async () => {
  const answer = await postForm(start(), '/form', { text: '안녕' })
  expect(answer.body).toEqual({ sent: '안녕' })
})

test.each([
  ['no token', {}],
  ['a wrong token', { _csrf: 'a'.repeat(64) }],
  ['a list of tokens', { _csrf: ['a', 'b'] }],
])('%s is refused', async (_name, fields) => {
  const agent = start()
  await agent.get('/form')
  const post = agent.post('/form').type('form').set('Accept', 'application/json')
  const answer = await post.send(fields).expect(403)
  expect(JSON.parse(answer.text)).toMatchObject({ code: 'form_expired' })
})

test('the token of another visitor is refused', async () => {
  const other = csrfFrom((await start().get('/form')).text)
  const agent = start()
  await agent.get('/form')
  await agent.post('/form').type('form').send({ _csrf: other }).expect(403)
})

test.each(['cross-site', 'same-site'])(
  'a %s request is refused even with its token',
  async (site) => {
    const agent = start()
    for (const path of ['/form', '/long-form']) {
      const token = csrfFrom((await agent.get(path)).text)
      const post = agent.post(path).type('form').set('Sec-Fetch-Site', site)
      expect((await post.send({ _csrf: token })).status).toBe(403)
    }
  },
)

test('a long form whose session ended comes back with a token that works', async () => {
  const agent = start()
  const post = (token: string) => agent.post('/long-form').type('form').send({ _csrf: token })
  const answer = await post('stale').expect(422)
  expect((await post(csrfFrom(answer.text))).status).toBe(200)
})
