import { loadDemo } from '../../server/accounts/load-demo'
import { startSurface } from '../../server/serve'
import { keysOf } from '../../server/config'
import { createTestApp, testKeys, type TestApp } from '../support/app'
import { signIn } from '../support/account'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { freePort } from '../support/ports'

let database: TestDatabase
let staff: TestApp
const keys = testKeys()
const now = new Date()

beforeAll(async () => {
  database = await createTestDatabase()
  staff = createTestApp({ surface: 'staff', database, keys })
})
afterAll(() => database.drop())

/** The staff surface as `npm start` runs it, up to the moment it listens. */
async function startStaff(env: Record<string, string>): Promise<void> {
  const all = { ...keys, SESSION_SECRET: keys.STAFF_SESSION_SECRET } as Record<string, string>
  const [port, staffPort] = [await freePort(), await freePort()]
  const running = await startSurface(
    {
      ...Object.fromEntries(keysOf.staff.map((name) => [name, all[name]])),
      DATABASE_URL_STAFF: database.urls.staff,
      JOINDER_HOME: database.home,
      PORT: String(port),
      STAFF_PORT: String(staffPort),
      LOG_LEVEL: 'silent',
      ...env,
    },
    'staff',
  )
  await running.stop()
}

const disabled = async () => {
  const rows = await database.db
    .superuser('ledger_entries as e')
    .join('ledger_private as p', 'p.entry_id', 'e.id')
    .where({ kind: 'person.disabled' })
  return rows.map(({ private: text }) => JSON.parse(text).person as string)
}

test('where an operator is named, the demonstration accounts and their sessions end, once', async () => {
  const accounts = await loadDemo({ db: database.db.staff, staffKey: keys.STAFF_KEY }, now)
  expect(accounts).toHaveLength(5)
  const { email, password } = accounts.find(({ email: one }) => one.startsWith('admin2'))!
  const account = {
    id: '',
    role: 'administrator',
    firmId: null,
    name: '',
    email,
    password,
  } as const
  await startStaff({})
  const agent = await signIn(staff, account)
  expect((await agent.get('/queue')).status).toBe(200)

  await startStaff({ OPERATOR_NAME: 'Hanbit Claims' })
  expect((await agent.get('/queue')).status).not.toBe(200)
  await expect(signIn(staff, account)).rejects.toThrow('signing in answered 422')
  expect(await database.db.superuser('sessions_staff').whereNotNull('person_id')).toHaveLength(0)
  expect(await disabled()).toHaveLength(5)

  // Nor do they come back: what was a demonstration holds real claims by then.
  await startStaff({ OPERATOR_NAME: 'Hanbit Claims' })
  await startStaff({})
  expect(await loadDemo({ db: database.db.staff, staffKey: keys.STAFF_KEY }, now)).toEqual([])
  await expect(signIn(staff, account)).rejects.toThrow('signing in answered 422')
  expect(await disabled()).toHaveLength(5)
})
