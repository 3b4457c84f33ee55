import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import { connect, type Db } from '../../server/db/connections'
import { newId } from '../../server/kernel/ids'
import { findMatter } from '../../server/matters/list-matters'
import type { Matter } from '../../server/matters/matter-file'
import { loginUrls, startTestCluster, templateName } from '../support/cluster'
import {
  benchMatter,
  concurrency,
  draftsPerSecond,
  seedDrafts,
  startApp,
  submitDrafts,
  visit,
} from './load'
import { drive, round, summarise, type BenchResult, type Window } from './report'

const rounds = 4

/**
 * The final submit of the shipped app, everything on (CSRF, session, validation, sealing, ledger, outbox,
 * fsync), against the same rows written by bare `pg` in one statement. The two take turns, so that a slow
 * moment of the machine hits both. Load generator, app and database share the same cores.
 */
export async function benchFiling(seconds: number): Promise<BenchResult> {
  const cluster = await startTestCluster({})
  const urls = loginUrls(cluster.postgres.port, templateName)
  const db = connect(urls.migrator, { poolMax: 4, applicationName: 'bench' })
  const logs = await mkdtemp(join(tmpdir(), 'joinder-bench-'))
  const app = await startApp(urls.public, logs)
  try {
    const matter = await findMatter(db, benchMatter)
    if (!matter) throw new Error(`${benchMatter} is not loaded`)
    const each = seconds / rounds / 2
    const visitor = await visit(app.port)
    const bare = new Pool({ connectionString: urls.public, max: concurrency })
    // A first short turn of both, not counted: code and caches are warm then.
    await submitDrafts(app.port, visitor, await seedDrafts(db, matter, draftsPerSecond), 1)
    await insertRows(bare, matter, 1)

    const submits: Window[] = []
    const inserts: Window[] = []
    for (let turn = 0; turn < rounds; turn++) {
      const secrets = await seedDrafts(db, matter, Math.ceil(each * draftsPerSecond))
      submits.push(await submitDrafts(app.port, visitor, secrets, each))
      inserts.push(await insertRows(bare, matter, each))
    }
    await bare.end()
    await expectOneEntryEach(db)

    const submit = summarise('submit (shipped app)', submits)
    const insert = summarise('same rows, bare pg', inserts)
    return {
      title: `Filing: ${concurrency} at a time, ${rounds} turns of ${round(each)} s each`,
      rows: [submit, insert],
      figures: { perSecond: submit.perSecond, p99Ms: submit.p99Ms },
      ratios: { toLimit: round(submit.perSecond / insert.perSecond, 3) },
    }
  } finally {
    app.child.kill('SIGKILL')
    await db.destroy()
    await cluster.stop()
    await rm(logs, { recursive: true, force: true })
  }
}

/** Rows of the sizes that a filing writes, prepared outside the database, in one statement each. */
async function insertRows(pool: Pool, matter: Matter, seconds: number): Promise<Window> {
  const ciphertext = randomBytes(1750)
  const box = randomBytes(120)
  const [hash, salt] = [randomBytes(32), randomBytes(32)]
  const text = 'x'.repeat(300)
  return drive(seconds, concurrency, async () => {
    const now = new Date()
    const claim = newId()
    await pool.query({
      name: 'file',
      text: `with claim as (
          insert into claims (id, number, matter_id, firm_id, form_version, language, submission, filed_at)
          values ($1, $2, $3, $14, $4, 'ko', $5, $6)
        ), record as (
          insert into sealed_records values ($1, 1, $7, $8, $6)
        ), wrapped as (insert into wrapped_keys values ($1, 1, 'intake', $9)
        ), entry as (
          insert into ledger_entries values ($10, 'claim.filed', $11, $6)
        ), private as (insert into ledger_private values ($10, $1, $11)
        ), salt as (insert into ledger_salts values ($10, $12)
        ), draft as (
          insert into drafts (id, matter_id, form_version, ciphertext, claim_id, created_at, updated_at, expires_at)
          values ($5, $3, $4, $7, $1, $6, $6, $6)
        )
        insert into outbox (job, payload, created_at) values ('screen-claim', $13, $6)`,
      values: [
        claim,
        randomBytes(8).toString('hex'),
        matter.id,
        matter.form.version,
        randomBytes(32),
        now,
        ciphertext,
        hash,
        box,
        newId(),
        text,
        salt,
        JSON.stringify({ claimId: claim }),
        matter.firm.id,
      ],
    })
    return true
  })
}

/** A bench that measured half-written filings would be worth nothing. */
async function expectOneEntryEach(db: Db): Promise<void> {
  const result = await db.raw(
    `select (select count(*) from claims) as claims, (select count(*) from ledger_entries) as entries,
            (select count(*) from outbox) as intents, (select count(*) from sealed_records) as records`,
  )
  const counts = Object.values(result.rows[0] as Record<string, number>)
  if (new Set(counts).size !== 1) throw new Error(`rows do not match: ${counts.join(', ')}`)
}
