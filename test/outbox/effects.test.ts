import { addIntent } from '../../server/outbox/add-intent'
import {
  claimEffect,
  finishEffect,
  once,
  pruneEffects,
  releaseEffect,
} from '../../server/outbox/effects'
import { newId } from '../../server/kernel/ids'
import { createTestDatabase, type TestDatabase } from '../support/database'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const db = () => database.db.worker

test('an effect in a transaction happens once, also when two try at the same moment', async () => {
  let done = 0
  const tryIt = () =>
    db().transaction((tx) =>
      once(tx, 'twice', async () => {
        await tx.raw('select pg_sleep(0.1)')
        done++
      }),
    )
  expect((await Promise.all([tryIt(), tryIt(), tryIt()])).filter(Boolean)).toEqual([true])
  expect(await tryIt()).toBe(false)
  expect(done).toBe(1)
})

test('an effect whose transaction fails has not happened', async () => {
  const failing = db().transaction((tx) =>
    once(tx, 'failing', () => Promise.reject(new Error('no'))),
  )
  await expect(failing).rejects.toThrow('no')
  expect(await db().transaction((tx) => once(tx, 'failing', async () => {}))).toBe(true)
})

test('a claimed effect is held until its lease ends, and never again once done', async () => {
  expect(await claimEffect(db(), 'leased', 300)).toBe('claimed')
  expect(await claimEffect(db(), 'leased', 300)).toBe('held')
  await db().raw('select pg_sleep(0.35)')
  const tries = await Promise.all([1, 2, 3, 4].map(() => claimEffect(db(), 'leased', 60_000)))
  expect(tries.toSorted()).toEqual(['claimed', 'held', 'held', 'held'])
  await releaseEffect(db(), 'leased')
  expect(await claimEffect(db(), 'leased', 60_000)).toBe('claimed')
  await finishEffect(db(), 'leased')
  expect(await claimEffect(db(), 'leased', 60_000)).toBe('done')
})

test('old marks are deleted, young ones stay', async () => {
  await db().raw(`insert into effects (key, done_at) values
    ('old', now() - interval '31 days'), ('young', now() - interval '29 days')`)
  await pruneEffects(db(), 30)
  expect(await db()('effects').whereIn('key', ['old', 'young']).pluck('key')).toEqual(['young'])
})

test('an intent holds the ids of its job and nothing else, and exists only with its change', async () => {
  const claimId = newId()
  await database.db.public.transaction((tx) => addIntent(tx, 'screen-claim', { claimId }))
  const rolledBack = database.db.public.transaction(async (tx) => {
    await addIntent(tx, 'screen-claim', { claimId: newId() })
    throw new Error('the change failed')
  })
  await expect(rolledBack).rejects.toThrow('the change failed')
  const rows = await db()('outbox').select('job', 'payload', 'handed_at')
  expect(rows).toEqual([{ job: 'screen-claim', payload: { claimId }, handed_at: null }])

  const withMore = { claimId, email: 'a@example.com' } as { claimId: string }
  await expect(
    database.db.public.transaction((tx) => addIntent(tx, 'screen-claim', withMore)),
  ).rejects.toThrow('email')
})
