import { asActor } from '../../server/db/connections'
import { newId } from '../../server/kernel/ids'
import { createTestDatabase, type TestDatabase } from '../support/database'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('a date is the text that was stored, wherever the server stands', async () => {
  const before = process.env['TZ']
  try {
    for (const zone of ['Asia/Seoul', 'America/New_York']) {
      process.env['TZ'] = zone
      const { rows } = await database.db.public.raw(
        `select date '2025-11-29' as day, timestamptz '2025-11-29 00:00+09' as instant`,
      )
      expect(rows[0]).toEqual({ day: '2025-11-29', instant: new Date('2025-11-28T15:00:00Z') })
    }
  } finally {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  }
})

test('int8 is a number, and one that would be rounded is an error', async () => {
  const { rows } = await database.db.public.raw('select count(*) as n from matters')
  expect(typeof rows[0].n).toBe('number')
  const beyond = database.db.public.raw('select 9007199254740993::int8 as n')
  await expect(beyond).rejects.toThrow(RangeError)
})

test('the actor is known in its transaction and forgotten after it', async () => {
  const actor = newId()
  const asked = `select coalesce(current_setting('joinder.actor', true), '') as actor`
  const inside = await asActor(database.db.staff, actor, (tx) => tx.raw(asked))
  expect(inside.rows[0].actor).toBe(actor)
  const after = await database.db.staff.raw(asked)
  expect(after.rows[0].actor).toBe('')
  await expect(asActor(database.db.staff, '', (tx) => tx.raw(asked))).rejects.toThrow(/actor/)
})

test('each login has its own limits of time', async () => {
  const timeoutsOf = async (login: 'public' | 'migrator') => {
    const { rows } = await database.db[login].raw(
      `select current_setting('statement_timeout') as statement,
        current_setting('idle_in_transaction_session_timeout') as idle`,
    )
    return rows[0]
  }
  expect(await timeoutsOf('public')).toEqual({ statement: '10s', idle: '15s' })
  expect(await timeoutsOf('migrator')).toEqual({ statement: '0', idle: '5min' })
})
