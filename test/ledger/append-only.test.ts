import { createHmac } from 'node:crypto'
import { appendEntry, type EntryKind } from '../../server/ledger/append-entry'
import type { Db } from '../../server/db/connections'
import { newId } from '../../server/kernel/ids'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { appendEntries, sequencerOf } from '../support/ledger'

let database: TestDatabase
const now = new Date('2026-02-11T03:04:05.678Z')
const claimId = newId()

beforeAll(async () => {
  database = await createTestDatabase()
  await database.db.worker.transaction((tx) =>
    appendEntry(tx, now, {
      kind: 'claim.screened',
      claimId,
      matter: 'coupang-2025-kr',
      private: { verification: 'x', score: 1 },
    }),
  )
})
afterAll(() => database.drop())

test('an entry commits to its private part by its salt, and says nothing else in public', async () => {
  const { superuser } = database.db
  const [row] = await superuser('ledger_entries as e')
    .join('ledger_private as p', 'p.entry_id', 'e.id')
    .join('ledger_salts as s', 's.entry_id', 'e.id')
    .where('p.claim_id', claimId)
  expect(JSON.parse(row.entry)).toEqual({
    v: 1,
    type: 'private',
    at: now.toISOString(),
    c: createHmac('sha256', row.salt).update(row.private).digest('hex'),
  })
  expect(JSON.parse(row.private)).toEqual({
    at: now.toISOString(),
    claim: claimId,
    kind: 'claim.screened',
    score: 1,
    verification: 'x',
  })
  expect(await superuser('ledger_pending').where({ entry_id: row.id })).toHaveLength(1)
})

const tables = [
  'ledger_entries',
  'ledger_private',
  'ledger_salts',
  'opening_claims',
  'ledger_leaves',
  'ledger_tiles',
  'ledger_head',
  'ledger_origins',
  'ledger_checkpoints',
  'ledger_counts',
]

/** What would make each read otherwise; where it only grows, a step back. */
const changes: Record<string, string> = {
  ledger_entries: `entry = entry || ' '`,
  ledger_private: `private = private || ' '`,
  ledger_salts: 'salt = sha256(salt)',
  opening_claims: 'claim_id = gen_random_uuid()',
  ledger_leaves: 'leaf_hash = sha256(leaf_hash)',
  ledger_tiles: 'hashes = sha256(hashes)',
  ledger_head: 'size = size - 1',
  ledger_origins: 'public_key = sha256(public_key)',
  ledger_checkpoints: `note = note || ' '`,
  ledger_counts: 'count = count - 1',
}
const logins = ['public', 'staff', 'worker', 'migrator', 'superuser'] as const

/** What someone would try who wants history to read otherwise. */
function rewrites(table: string): string[] {
  return [
    `update ${table} set ${changes[table]}`,
    `delete from ${table}`,
    `truncate ${table} cascade`,
  ]
}

/** True when the statement changed nothing: refused, or it had no row it may touch. */
async function leavesHistory(db: Db, statement: string): Promise<boolean> {
  const before = await snapshot()
  await db.raw(statement).catch(() => undefined)
  return (await snapshot()) === before
}

async function snapshot(): Promise<string> {
  const rows = await Promise.all(
    tables.map((table) => database.db.superuser.raw(`select * from ${table} order by 1, 2`)),
  )
  return JSON.stringify(rows.map((result) => result.rows))
}

describe('nobody rewrites history, not even the owner', () => {
  beforeAll(async () => {
    // Each table needs a row for its trigger to have something to refuse: the counts need two, because
    // one less than one is refused by its check.
    await appendEntries(
      database,
      [1, 2].map(() => ({ kind: 'batch.delivered', matter: 'x', private: {} })),
    )
    await sequencerOf(database).settle()
    const { superuser } = database.db
    const [entry] = await superuser('ledger_entries').select('id')
    await superuser.transaction(async (tx) => {
      await tx.raw('set local session_replication_role = replica')
      await tx('opening_claims').insert({ claim_id: claimId, entry_id: entry.id })
    })
  })

  for (const login of logins) {
    for (const table of tables) {
      for (const statement of rewrites(table)) {
        // Erasure destroys salts: that one DELETE is the worker's, and the owner's who can drop the table anyway.
        if (
          statement === 'delete from ledger_salts' &&
          ['worker', 'migrator', 'superuser'].includes(login)
        )
          continue
        test(`${login}: ${statement}`, async () => {
          expect(await leavesHistory(database.db[login], statement)).toBe(true)
        })
      }
    }
  }
})

describe('each login appends only what is its own to say', () => {
  const allowed: Record<string, EntryKind> = {
    public: 'claim.filed',
    staff: 'claim.accepted',
    worker: 'batch.delivered',
  }
  for (const login of ['public', 'staff', 'worker'] as const) {
    for (const [owner, kind] of Object.entries(allowed)) {
      const may = owner === login
      const appending = () =>
        database.db[login].transaction((tx) => appendEntry(tx, now, { kind, claimId, private: {} }))
      if (may) {
        test(`${login} may append ${kind}`, async () => {
          await expect(appending()).resolves.toMatch(/^[0-9a-f-]{36}$/)
        })
      } else {
        test(`${login} may not append ${kind}`, async () => {
          await expect(appending()).rejects.toThrow(/row-level security/)
        })
      }
    }
  }

  test('the public login reads no private part and no salt', async () => {
    for (const table of ['ledger_private', 'ledger_salts', 'ledger_pending', 'opening_claims']) {
      await expect(database.db.public(table).select('*')).rejects.toThrow(/permission denied/)
    }
  })
})
