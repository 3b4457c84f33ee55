import { migrate } from '../../server/db/migrate'
import { createTestDatabase, type TestDatabase } from '../support/database'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('migrating a migrated database does nothing', async () => {
  const { migrator: migratorUrl, worker: workerUrl } = database.urls
  expect(await migrate({ migratorUrl, workerUrl })).toEqual([])
})
