import { createTestDatabase, type TestDatabase } from '../support/database'
import { appendEntries, sequencerOf } from '../support/ledger'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('entries get their places in the order they were appended', async () => {
  const sequencer = sequencerOf(database)
  const ids = await appendEntries(
    database,
    Array.from({ length: 300 }, () => ({ kind: 'batch.delivered', matter: 'x', private: {} })),
  )
  expect(await sequencer.settle()).toBe(300)
  expect(await database.db.public('ledger_leaves').orderBy('index').pluck('entry_id')).toEqual(ids)
})
