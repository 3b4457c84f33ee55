import request from 'supertest'
import { createTestApp, csrfFrom } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const start = (surface: 'public' | 'staff') => createTestApp({ surface, database })

test('text that the database cannot keep is a bad request, before any route looks at it', async () => {
  const { agent: newAgent, logged } = start('staff')
  const agent = newAgent()
  const page = await agent.get('/sign-in')
  for (const fields of [
    { email: 'a\0@example.com', password: 'x' },
    { email: 'a@example.com', password: 'x\0' },
    { email: 'a@example.com', password: 'x', other: ['ok', { deep: '\0' }] },
  ]) {
    const answer = await agent
      .post('/sign-in')
      .type('form')
      .set('Accept', 'text/html')
      .send({ ...fields, _csrf: csrfFrom(page.text) })
    expect(answer.status).toBe(400)
  }
  expect(logged.join('')).not.toContain('request failed')
})

test('nor does an address bring it to a query', async () => {
  const { app } = start('public')
  for (const path of ['/matters/a%00b', '/matters/a%00b/file', '/claims/confirm?number=%00']) {
    expect((await request(app).get(path).set('Accept', 'text/html')).status).toBe(400)
  }
})
