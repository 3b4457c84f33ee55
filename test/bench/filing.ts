import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import { keysOf } from '../../server/config'
import { connect, type Db } from '../../server/db/connections'
import { freePort } from '../support/ports'
import { newId } from '../../server/kernel/ids'
import { findMatter } from '../../server/matters/list-matters'
import type { Matter } from '../../server/matters/matter-file'
import { draftId, newDraftSecret, sealDraft } from '../../server/vault/drafts'
import { generateKeys } from '../../server/vault/generate-keys'
import { completeDraft } from '../support/complete-draft'
import { loginUrls, startTestCluster, templateName } from '../support/cluster'
import { drive, round, summarise, type BenchResult, type Window } from './report'

const slug = 'coupang-2025-kr'
const rounds = 4
const concurrency = 16
/** More than any machine files in a second, so that a window never runs dry. */
const draftsPerSecond = 4000

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
    const matter = await findMatter(db, slug)
    if (!matter) throw new Error(`${slug} is not loaded`)
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

async function startApp(databaseUrl: string, logs: string) {
  const port = await freePort()
  const keys = generateKeys() as Record<string, string>
  const given: Record<string, string> = { ...keys, SESSION_SECRET: keys['PUBLIC_SESSION_SECRET']! }
  const log = await open(join(logs, 'log'), 'w')
  const child: ChildProcess = fork(join(__dirname, 'public-process.js'), {
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      STAFF_PORT: String(port === 65535 ? 1024 : port + 1),
      DATABASE_URL_PUBLIC: databaseUrl,
      ...Object.fromEntries(keysOf.public.map((name) => [name, given[name]])),
    },
    stdio: ['ignore', log.fd, 'inherit', 'ipc'],
  })
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`the app ended with ${code}`)))
  })
  await log.close()
  return { child, port }
}

interface Visitor {
  session: string
  token: string
}

const agent = new Agent({ keepAlive: true, maxSockets: concurrency })

/** One request over a kept connection; the body is read to its end. */
function call(
  port: number,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { port, path, agent, headers, method: body === undefined ? 'GET' : 'POST' },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (piece: string) => (text += piece))
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, headers: answer.headers, text }),
        )
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

/** A session and its CSRF token, from a filing page as a browser gets them. */
async function visit(port: number): Promise<Visitor> {
  const page = await call(port, `/matters/${slug}/file/eligibility`, { accept: 'text/html' })
  const token = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1]
  const session = String(page.headers['set-cookie']).split(';')[0]
  if (!token || !session) throw new Error(`the filing page answered ${page.status} without a form`)
  return { session, token }
}

/** Complete drafts, as the review page finds them. Returns the secrets that their cookies would hold. */
async function seedDrafts(db: Db, matter: Matter, count: number): Promise<string[]> {
  const now = new Date()
  const content = completeDraft(matter, now)
  const expires = new Date(now.getTime() + 86_400_000)
  const secrets = Array.from({ length: count }, newDraftSecret)
  for (let from = 0; from < count; from += 1000) {
    const rows = secrets.slice(from, from + 1000)
    await db.raw(
      `insert into drafts (id, matter_id, form_version, ciphertext, created_at, updated_at, expires_at)
       select id, ?, ?, ciphertext, ?, ?, ? from unnest(?::bytea[], ?::bytea[]) as d (id, ciphertext)`,
      [
        matter.id,
        matter.form.version,
        now,
        now,
        expires,
        rows.map((secret) => draftId(secret)),
        rows.map((secret) => sealDraft(secret, content)),
      ],
    )
  }
  return secrets
}

async function submitDrafts(
  port: number,
  { session, token }: Visitor,
  secrets: string[],
  seconds: number,
): Promise<Window> {
  const body = new URLSearchParams({ _csrf: token }).toString()
  return drive(seconds, concurrency, async () => {
    const secret = secrets.pop()
    if (secret === undefined) return false
    const headers = {
      cookie: `${session}; draft=${secret}`,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(body.length),
      'sec-fetch-site': 'same-origin',
      accept: 'text/html',
    }
    const answer = await call(port, `/matters/${slug}/file/submit`, headers, body)
    if (answer.status !== 303 || !String(answer.headers['location']).endsWith('/filed')) {
      throw new Error(`a submit answered ${answer.status} ${String(answer.headers['location'])}`)
    }
    return true
  })
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
          insert into claims (id, number, matter_id, form_version, language, submission, filed_at)
          values ($1, $2, $3, $4, 'ko', $5, $6)
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
