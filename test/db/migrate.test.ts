import { randomBytes } from 'node:crypto'
import { connect, type Db } from '../../server/db/connections'
import { assertSchema, migrate } from '../../server/db/migrate'
import { setUpRoles } from '../../server/db/roles'
import { limits } from '../../server/limits'
import { loginUrls } from '../support/cluster'
import { createTestDatabase, type TestDatabase } from '../support/database'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

/** A database that roles were set up in and nothing else. */
async function withEmptyDatabase(
  work: (urls: Record<'migrator' | 'worker', string>) => Promise<void>,
) {
  const ownerUrl = database.urls.superuser
  const name = `test_${randomBytes(6).toString('hex')}`
  const urls = loginUrls(Number(new URL(ownerUrl).port), name)
  await setUpRoles({ ownerUrl, urls, timeouts: limits.database })
  try {
    await work(urls)
  } finally {
    await database.db.superuser.raw(`drop database ${name} with (force)`)
  }
}

async function withWorker(url: string, work: (db: Db) => Promise<void>) {
  const db = connect(url, { poolMax: 1, applicationName: 'test' })
  try {
    await work(db)
  } finally {
    await db.destroy()
  }
}

test('migrating a migrated database does nothing', async () => {
  const { migrator: migratorUrl, worker: workerUrl } = database.urls
  expect(await migrate({ migratorUrl, workerUrl })).toEqual([])
})

test('of two migrators at once one works and the other waits', async () => {
  await withEmptyDatabase(async ({ migrator: migratorUrl, worker: workerUrl }) => {
    const ran = await Promise.all([
      migrate({ migratorUrl, workerUrl }),
      migrate({ migratorUrl, workerUrl }),
    ])
    expect(ran.map((names) => names.length > 0).toSorted((a, b) => Number(a) - Number(b))).toEqual([
      false,
      true,
    ])
    await withWorker(workerUrl, assertSchema)
  })
})

test('the right to make schemas, which the queue needs to be set up, is gone afterwards', async () => {
  const { rows } = await database.db.worker.raw(
    `select has_database_privilege(current_user, current_database(), 'create') as may`,
  )
  expect(rows).toEqual([{ may: false }])
})

test('a process starts on the schema it was built with', async () => {
  await assertSchema(database.db.public)
  await assertSchema(database.db.staff)
  await assertSchema(database.db.worker)
  expect.assertions(0)
})

test('a process refuses an empty database', async () => {
  await withEmptyDatabase(({ worker }) =>
    withWorker(worker, async (db) => {
      await expect(assertSchema(db)).rejects.toThrow(/database is empty; run npm run migrate/)
    }),
  )
})

test('a process refuses a database that is behind or ahead', async () => {
  const other = await createTestDatabase()
  try {
    await other.db.migrator('knex_migrations').insert({ name: '9999_from_tomorrow', batch: 9 })
    await expect(assertSchema(other.db.public)).rejects.toThrow(/newer than this program.*9999/)
    const { migrator: migratorUrl, worker: workerUrl } = other.urls
    await expect(migrate({ migratorUrl, workerUrl })).rejects.toThrow(/newer than this program/)

    await other.db.migrator('knex_migrations').where('name', '>', '0001z').delete()
    await expect(assertSchema(other.db.public)).rejects.toThrow(/lacks migration 0002/)
  } finally {
    await other.drop()
  }
})

test('a migration that fails leaves nothing behind', async () => {
  await withEmptyDatabase(async ({ migrator: migratorUrl, worker: workerUrl }) => {
    // A table in the way of a late migration: the early ones must be undone with it.
    await withWorker(migratorUrl, async (db) => {
      await db.raw('create table outbox ()')
      await expect(migrate({ migratorUrl, workerUrl })).rejects.toThrow(/already exists/)
      const tables = await db('pg_tables').where('schemaname', 'public').pluck('tablename')
      expect(tables).toEqual(['outbox'])
      await db.raw('drop table outbox')
      expect((await migrate({ migratorUrl, workerUrl })).length).toBeGreaterThan(3)
    })
  })
})
