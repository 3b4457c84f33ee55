import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchFile } from '../../server/batches/batch-files'
import { reissueBatch, requestBatch } from '../../server/batches/request-batch'
import { keysOf } from '../../server/config'
import { systemClock } from '../../server/kernel/clock'
import { newId } from '../../server/kernel/ids'
import { createSealer } from '../../server/vault/sealer'
import type { Person } from '../../server/web/person'
import { testKeys } from '../support/app'
import { parseCsv, unzip } from '../support/archive'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { acceptedClaim, makePerson } from '../support/firm'
import { loadTestMatters } from '../support/test-matters'
import { workerDeps, type TestWorkerDeps } from '../support/worker'

const keys = testKeys()
let database: TestDatabase
let home: string
let worker: TestWorkerDeps
let counsel: Person
let matterId: string

beforeAll(async () => {
  database = await createTestDatabase()
  home = await mkdtemp(join(tmpdir(), 'joinder-killed-'))
  await loadTestMatters(database.db.migrator)
  const matter = await database.db.superuser('matters').where({ slug: 'test-breach' }).first()
  matterId = matter.id
  counsel = await makePerson(database, { role: 'counsel', name: '변호사', firmId: matter.firm_id })
  const mailbox = { url: 'smtp://127.0.0.1:9' }
  worker = workerDeps({ database, keys, mailbox, env: { JOINDER_HOME: home } })
})

afterAll(async () => {
  await worker.close()
  await database.drop()
  await rm(home, { recursive: true, force: true })
})

/** A real process that builds; killed without warning after `killAfterMs`, if it still runs then. */
async function buildInProcess(batchId: string, killAfterMs?: number): Promise<number> {
  const all: Record<string, string> = keys
  const support = join(__dirname, '..', 'support')
  const child = spawn(
    process.execPath,
    [
      '--require',
      join(support, 'typescript-hook.cjs'),
      join(support, 'build-batch-process.ts'),
      batchId,
    ],
    {
      env: {
        PATH: process.env['PATH'],
        JOINDER_HOME: home,
        DATABASE_URL_WORKER: database.urls.worker,
        ...Object.fromEntries(keysOf.worker.map((name) => [name, all[name]])),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(child, 'exit')
  await Promise.race([once(child.stdout!, 'data'), ended])
  const startedMs = Date.now()
  const timer =
    killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  await ended
  clearTimeout(timer)
  return Date.now() - startedMs
}

async function requestNew(claims: number): Promise<{ id: string; passphrase: string }> {
  for (let made = 0; made < claims; made++) {
    await acceptedClaim(database, keys, worker.deps)
  }
  const id = newId()
  const sealer = createSealer({ intakePublicKey: keys.INTAKE_PUBLIC_KEY })
  const { config } = worker.deps
  const deps = { db: database.db.staff, clock: systemClock, sealer, config }
  const result = await requestBatch(deps, counsel, { batchId: id, matterId })
  if (result.outcome !== 'requested') throw new Error(result.outcome)
  return { id, passphrase: result.passphrase }
}

const batchOf = (id: string) => database.db.superuser('batches').where({ id }).first()

/** Complete in every respect, or the problem in words; `absent` while there is only the edition before. */
async function verdict(id: string, passphrase: string, edition = 1): Promise<string> {
  const batch = await batchOf(id)
  if (batch.state !== 'complete') {
    const without = edition === 1 ? null : edition - 1
    const there = batch.file_sha256 === null ? null : batch.edition
    return there === without ? 'absent' : 'half'
  }
  const archive = await readFile(batchFile(home, id, batch.file_sha256))
  if (!createHash('sha256').update(archive).digest().equals(batch.file_sha256)) return 'other file'
  const entries = await unzip(archive, passphrase)
  const rows = parseCsv(entries['claims.csv']!).length - 1
  const claims = await database.db.superuser('batch_claims').where({ batch_id: id })
  if (rows !== claims.length || rows !== batch.claim_count) return 'other rows'
  if (claims.some((claim) => claim.edition !== edition) || batch.edition !== edition) {
    return 'other edition'
  }
  const boxes = await database.db.superuser('batch_passphrases').where({ batch_id: id })
  if (boxes.length > 0) return 'passphrase kept'
  return 'complete'
}

test('a worker killed at any moment leaves a batch complete or absent, and the next run finishes it', async () => {
  const claims = 25
  const first = await requestNew(claims)
  const wholeMs = await buildInProcess(first.id)
  expect(await verdict(first.id, first.passphrase)).toBe('complete')

  const seen: string[] = []
  for (let round = 0; round < 3; round++) {
    const { id, passphrase } = await requestNew(claims)
    for (let killed = 0; killed < 2; killed++) {
      // Once before it can have done anything, however slow the first run was; then anywhere.
      const atOnce = round === 0 && killed === 0
      await buildInProcess(id, atOnce ? 0 : Math.random() * wholeMs * 1.1)
      const now = await verdict(id, passphrase)
      seen.push(now)
      expect(['complete', 'absent']).toContain(now)
    }
    await buildInProcess(id)
    expect(await verdict(id, passphrase)).toBe('complete')
    const delivered = await database.db
      .superuser('ledger_private as p')
      .join('ledger_entries as e', 'e.id', 'p.entry_id')
      .where('e.kind', 'batch.delivered')
      .whereRaw('p.private::jsonb @> ?', [JSON.stringify({ batch: id })])
    expect(delivered).toHaveLength(1)
    const left = await readdir(join(home, 'batches'))
    expect(left.filter((name) => name.startsWith(id))).toHaveLength(1)
  }
  expect(seen).toContain('absent')
}, 120_000)

test('so does a batch that is made again: the edition before, or the new one', async () => {
  const { id, passphrase: first } = await requestNew(10)
  const wholeMs = await buildInProcess(id)
  expect(await verdict(id, first)).toBe('complete')
  const sealer = createSealer({ intakePublicKey: keys.INTAKE_PUBLIC_KEY })
  const { config } = worker.deps
  const deps = { db: database.db.staff, clock: systemClock, sealer, config }
  for (let edition = 2; edition < 4; edition++) {
    const before = (await batchOf(id)).file_sha256 as Buffer
    const asked = await reissueBatch(deps, counsel, { batchId: id, edition: edition - 1 })
    if (asked.outcome !== 'requested') throw new Error(asked.outcome)
    const { passphrase } = asked
    for (let killed = 0; killed < 2; killed++) {
      await buildInProcess(id, killed === 0 && edition === 2 ? 0 : Math.random() * wholeMs * 1.1)
      const now = await verdict(id, passphrase, edition)
      expect(['complete', 'absent']).toContain(now)
      // What was there stays there until the new one is.
      if (now === 'absent') await readFile(batchFile(home, id, before))
    }
    // The queue tries again also what died after its commit.
    await buildInProcess(id)
    expect(await verdict(id, passphrase, edition)).toBe('complete')
    const left = await readdir(join(home, 'batches'))
    expect(left.filter((name) => name.startsWith(id))).toHaveLength(1)
  }
}, 120_000)
