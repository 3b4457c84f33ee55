import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { dayInKorea } from '../../server/ledger/count-entries'
import { recoverLedger } from '../../server/ledger/recover-ledger'
import { verifyLedger } from '../../server/ledger/verification/verify-ledger'
import { appendEntry, type LedgerEntry } from '../../server/ledger/append-entry'
import { addLeaf, emptyFrontier } from '../../server/ledger/tree/merkle-root'
import { testKeys } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { appendEntries, sequencerOf } from '../support/ledger'

const delivered: LedgerEntry = { kind: 'batch.delivered', matter: 'one-case', private: {} }
/** Not the test's own time, which could pass midnight in Korea between an entry and its count. */
const noon = new Date('2026-03-02T03:00:00.000Z')
const many = (count: number) => Array.from({ length: count }, () => delivered)

async function withLedger(
  work: (parts: {
    database: TestDatabase
    sequencer: ReturnType<typeof sequencerOf>
    keys: ReturnType<typeof testKeys>
  }) => Promise<void>,
): Promise<void> {
  const database = await createTestDatabase()
  const keys = testKeys()
  try {
    await work({ database, keys, sequencer: sequencerOf(database, { keys }) })
  } finally {
    await database.drop()
  }
}

/** Four entries and a checkpoint, twice. */
async function twoRounds(
  database: TestDatabase,
  sequencer: ReturnType<typeof sequencerOf>,
): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await appendEntries(database, many(4), noon)
    await sequencer.settle()
  }
}

const sizeOf = async ({ db }: TestDatabase) =>
  (await db.public('ledger_head').first('size')).size as number

test('entries get their places in the order they were appended, each once, whoever places them', () =>
  withLedger(async ({ database, keys, sequencer }) => {
    const ids = await appendEntries(database, many(40))
    await sequencer.round()
    const small = [
      sequencerOf(database, { keys, batch: 3 }),
      sequencerOf(database, { keys, batch: 5 }),
    ]
    const more = await appendEntries(database, many(40))
    await Promise.all(small.map((one) => one.settle()))
    await sequencer.settle()
    expect(await database.db.public('ledger_leaves').orderBy('index').pluck('entry_id')).toEqual([
      ...ids,
      ...more,
    ])
    expect(await database.db.worker('ledger_pending')).toEqual([])
    expect(await sizeOf(database)).toBe(80)
  }))

test('what commits late is placed late, and nothing is lost', () =>
  withLedger(async ({ database, sequencer }) => {
    const slow = await database.db.worker.transaction()
    const late = await appendEntry(slow, new Date(), delivered)
    const [early] = await appendEntries(database, many(1))
    expect(await sequencer.settle()).toBe(1)
    await slow.commit()
    expect(await sequencer.settle()).toBe(1)
    expect(await database.db.public('ledger_leaves').orderBy('index').pluck('entry_id')).toEqual([
      early,
      late,
    ])
  }))

test('appending waits for nothing that the sequencer holds, nor for a sequencer that hangs', () =>
  withLedger(async ({ database, sequencer }) => {
    await appendEntries(database, many(3))
    const hanging = await database.db.superuser.transaction()
    await hanging.raw(
      'lock table ledger_head, ledger_leaves, ledger_tiles, ledger_checkpoints, ledger_counts in share row exclusive mode',
    )
    await hanging('ledger_head').forUpdate()
    await hanging('ledger_pending').forUpdate()
    // A lock that was waited for would end in an error of lock_timeout, or of this test.
    expect(await appendEntries(database, many(2))).toHaveLength(2)
    await hanging.rollback()
    expect(await sequencer.settle()).toBe(5)
  }))

test('the work of a round depends on what it places and not on what is there', () =>
  withLedger(async ({ database, sequencer }) => {
    const read = { rows: 0, statements: 0 }
    database.db.worker.on('query-response', (response: unknown) => {
      const { rows } = (response ?? {}) as { rows?: unknown[] }
      read.rows += rows?.length ?? (Array.isArray(response) ? response.length : 1)
      read.statements += 1
    })
    const roundOf = async (count: number) => {
      await appendEntries(database, many(count))
      Object.assign(read, { rows: 0, statements: 0 })
      expect(await sequencer.round()).toBe(count)
      return { ...read }
    }
    await sequencer.settle()
    const early = await roundOf(10)
    await bulk(database, 3_000)
    await sequencer.settle()
    const late = await roundOf(10)
    // One row more: the checkpoint that the last round signed.
    expect(late.rows).toBeLessThanOrEqual(early.rows + 1)
    expect(late.statements).toBeLessThanOrEqual(early.statements + 1)
  }))

/** Many entries in one statement. */
async function bulk({ db }: TestDatabase, count: number): Promise<void> {
  await db.superuser.raw(
    `insert into ledger_entries (id, kind, entry, at)
     select gen_random_uuid(), 'batch.delivered', '{"at":"2026-01-01T00:00:00.000Z","c":"' || n || '","type":"batch.delivered","v":1}', now()
     from generate_series(1, cast(? as int)) n`,
    [count],
  )
}

test('named entries are counted by matter and by day in Korea, while they are placed', () =>
  withLedger(async ({ database, sequencer }) => {
    const evening = new Date('2026-03-01T14:59:59.999Z')
    const midnight = new Date('2026-03-01T15:00:00.000Z')
    await appendEntries(database, many(2), evening)
    await appendEntries(database, [...many(1), { kind: 'claim.screened', private: {} }], midnight)
    await sequencer.settle()
    expect(await database.db.public('ledger_counts').orderBy('day')).toEqual([
      { type: 'batch.delivered', matter: 'one-case', day: '2026-03-01', count: 2 },
      { type: 'batch.delivered', matter: 'one-case', day: '2026-03-02', count: 1 },
    ])
    expect(dayInKorea(evening)).toBe('2026-03-01')
  }))

describe('a ledger that lost or changed something signs nothing', () => {
  const expectStop = async (
    change: (parts: {
      database: TestDatabase
      path: string
      keys: ReturnType<typeof testKeys>
    }) => Promise<Parameters<typeof sequencerOf>[1] | void>,
    why: RegExp,
  ) =>
    withLedger(async ({ database, sequencer, keys }) => {
      await twoRounds(database, sequencer)
      const path = sequencer.deps.config.ledgerCheckpoints
      const other = await change({ database, path, keys })
      await appendEntries(database, many(1))
      await expect(sequencerOf(database, { keys, ...other }).round()).rejects.toThrow(why)
      expect(await database.db.worker('ledger_pending').pluck('entry_id')).toHaveLength(1)
    })

  test('the database knows less than was signed', () =>
    expectStop(
      ({ database }) => rewind(database, 4),
      /has 4 entries, but a checkpoint of 8 was signed/,
    ))

  test('the database was begun anew', () =>
    expectStop(async ({ database }) => {
      await rewind(database, 0)
      await lifted(database, 'delete from ledger_checkpoints; delete from ledger_origins')
    }, /a ledger that this database does not hold/))

  test('the head was moved', () =>
    expectStop(
      ({ database }) => lifted(database, `update ledger_head set peaks = sha256(peaks)`),
      /not what was signed last/,
    ))

  test('the file is gone', () => expectStop(({ path }) => rm(path), /file is gone/))

  test('the file is of another ledger', () =>
    expectStop(async ({ path }) => {
      const text = await readFile(path, 'utf8')
      await writeFile(path, text.replaceAll('joinder.localhost', 'elsewhere.example'))
    }, /of another ledger, elsewhere.example/))

  test('another key', () =>
    expectStop(async () => ({ keys: testKeys() }), /LEDGER_KEY is not the key/))

  test('another name', () =>
    expectStop(
      async () => ({ env: { LEDGER_ORIGIN: 'new.example/ledger' } }),
      /LEDGER_ORIGIN is new/,
    ))
})

/** The database as a backup of an earlier time would bring it back. */
async function rewind(database: TestDatabase, size: number): Promise<void> {
  const { superuser } = database.db
  const frontier = emptyFrontier()
  const leaves = await superuser('ledger_leaves').where('index', '<', size).orderBy('index')
  for (const leaf of leaves) addLeaf(frontier, leaf.leaf_hash as Buffer)
  await lifted(
    database,
    `create temporary table lost on commit drop as select entry_id from ledger_leaves where index >= ${size};
     delete from ledger_leaves where index >= ${size};
     delete from ledger_private where entry_id in (select * from lost);
     delete from ledger_salts where entry_id in (select * from lost);
     delete from ledger_entries where id in (select * from lost);
     delete from ledger_checkpoints where size > ${size};
     delete from ledger_counts;
     ${
       size === 0
         ? 'delete from ledger_tiles;'
         : `update ledger_tiles set hashes = substring(hashes from 1 for 32 * ${size});
     insert into ledger_counts select 'batch.delivered', 'one-case', '${dayInKorea(noon)}', ${size};`
     }
     update ledger_head set size = ${size}, peaks = decode('${Buffer.concat(frontier.peaks).toString('hex')}', 'hex')`,
  )
}

async function lifted(database: TestDatabase, sql: string): Promise<void> {
  await database.db.superuser.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(sql)
  })
}

describe('going on after a restore', () => {
  test('under a new name, with what is there, and nothing hidden', () =>
    withLedger(async ({ database, sequencer }) => {
      await twoRounds(database, sequencer)
      const { deps } = sequencer
      const { config, signer } = deps
      const recovering = {
        db: deps.db,
        clock: deps.clock,
        config,
        publicKey: signer.publicKey,
        publicKeys: [signer.publicKey],
      }
      const verify = () => verifyLedger({ ...recovering, checkpoints: config.ledgerCheckpoints })
      expect(await recoverLedger(recovering)).toEqual({ outcome: 'nothing_wrong' })

      await rewind(database, 4)
      expect(await recoverLedger(recovering)).toEqual({
        outcome: 'opened',
        origin: 'joinder.localhost/ledger/2',
        size: 4,
        lost: 4,
      })
      // Asked twice, opened once.
      expect(await recoverLedger(recovering)).toEqual({ outcome: 'nothing_wrong' })
      await appendEntries(database, many(2), noon)
      await sequencer.settle()
      expect(await sizeOf(database)).toBe(7)
      const notes = (await readFile(config.ledgerCheckpoints, 'utf8'))
        .trim()
        .split('\n')
        .map((line) =>
          (JSON.parse(line) as { note: string }).note.split('\n').slice(0, 2).join(' '),
        )
      expect(notes).toEqual([
        'joinder.localhost/ledger 4',
        'joinder.localhost/ledger 8',
        'joinder.localhost/ledger/2 7',
      ])
      const [, second] = await database.db.public('ledger_origins').orderBy('id')
      expect(second.previous).toContain('joinder.localhost/ledger\n8\n')
      const verified = await verify()
      expect(verified.findings).toEqual([])
      expect(verified.notes).toEqual([
        expect.stringMatching(/^4 entries signed as joinder.localhost\/ledger /),
      ])

      // A second loss takes the next name.
      await rewind(database, 4)
      await lifted(
        database,
        'delete from ledger_checkpoints where origin_id = 2; delete from ledger_origins where id = 2',
      )
      expect((await verify()).findings.map(({ kind }) => kind)).toContain('entries_lost')
      expect(await recoverLedger(recovering)).toMatchObject({
        origin: 'joinder.localhost/ledger/3',
      })
    }))

  test('is refused where history was changed, and a lost file is written anew only when asked to', () =>
    withLedger(async ({ database, sequencer }) => {
      await twoRounds(database, sequencer)
      const { deps } = sequencer
      const { signer, config } = deps
      const recovering = { ...deps, publicKey: signer.publicKey, publicKeys: [signer.publicKey] }
      const before = await readFile(config.ledgerCheckpoints, 'utf8')
      await rm(config.ledgerCheckpoints)
      expect(await recoverLedger(recovering)).toMatchObject({ outcome: 'refused' })
      expect(await recoverLedger(recovering, { newFile: true })).toEqual({
        outcome: 'file_written',
        checkpoints: 2,
      })
      expect(await readFile(config.ledgerCheckpoints, 'utf8')).toBe(before)
      // A line that a power cut tore is cut off before the next one.
      await appendFile(config.ledgerCheckpoints, '{"key":"AAAA","no')
      await sequencer.settle()
      const after = await readFile(config.ledgerCheckpoints, 'utf8')
      expect(after.startsWith(before)).toBe(true)
      for (const line of after.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('note')

      await lifted(database, `update ledger_entries set entry = entry || ' '`)
      expect(await recoverLedger(recovering)).toMatchObject({
        outcome: 'refused',
        why: expect.stringContaining('entry 0'),
      })
    }))
})
