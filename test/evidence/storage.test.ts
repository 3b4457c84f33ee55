import { readdir, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { sweepObjects } from '../../server/evidence/sweep-documents'
import { openStorage } from '../../server/evidence/storage/open-storage'
import { StorageMissing } from '../../server/evidence/storage/storage'
import { createTestApp, testConfig } from '../support/app'
import { openS3, type S3Server } from '../support/s3'
import { until } from '../support/until'
import { openPortal, type Portal } from '../claims/access/portal'
import { claimantOf, idOf, photo, settled, upload, type Claimant } from './uploads'

let s3: S3Server
beforeAll(async () => {
  s3 = await openS3()
})
afterAll(() => s3.close())

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const paths = names.map((name) => join(folder, name))
  const stats = await Promise.all(paths.map((path) => stat(path)))
  return paths.filter((_, at) => stats[at]!.isFile())
}

const marks = ['표시된이름칠칠', 'Marked-Phone-7', 'MARKED-CONTENT-7']

async function hitsIn(what: string, bytes: Buffer): Promise<string[]> {
  const forms = (mark: string) => [
    Buffer.from(mark),
    Buffer.from(Buffer.from(mark).toString('hex')),
    Buffer.from(Buffer.from(mark).toString('base64').slice(0, 12)),
  ]
  return marks
    .filter((mark) => forms(mark).some((one) => bytes.includes(one)))
    .map((m) => `${what}: ${m}`)
}

/** Every table of the database as COPY writes it. */
async function tablesOf(portal: Portal): Promise<{ name: string; text: string }[]> {
  const { superuser } = portal.database.db
  const { rows } = await superuser.raw(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'bullmq')`,
  )
  return Promise.all(
    (rows as { name: string }[]).map(async ({ name }) => {
      const all = await superuser.raw(`select t::text as line from ${name} t`)
      return { name, text: (all.rows as { line: string }[]).map(({ line }) => line).join('\n') }
    }),
  )
}

async function sendMarked(portal: Portal): Promise<Claimant> {
  const me = await claimantOf(portal)
  await upload(me, { name: '표시된이름칠칠.jpg', bytes: await photo() })
  await upload(me, { name: '표시된이름칠칠.txt', bytes: Buffer.from('MARKED-CONTENT-7 배송') })
  await settled(me)
  await until('the views are made', async () => {
    const rows = await portal.database.db.superuser('evidence').where({ claim_id: me.claim.id })
    return rows.every((row) => row.view === 'made')
  })
  return me
}

test.each([
  ['a folder', () => ({})],
  ['an S3 store', () => s3.env],
])(
  'in %s documents are stored, read back and noise to whoever copies it',
  async (_where, env) => {
    const before = new Set(await readdir(tmpdir()))
    const portal = await openPortal({ env: env() as Record<string, string> })
    try {
      const me = await sendMarked(portal)
      expect(await settled(me)).toContain('표시된이름칠칠.jpg')
      const folder = join(portal.database.home, 'evidence')
      const stored = [...(await filesIn(folder)), ...(await filesIn(s3.folder))]
      const objects = await portal.database.db.superuser('evidence_objects').pluck('id')
      for (const id of objects) expect(stored.join(' ')).toContain(id)
      const hits: string[] = []
      for (const path of stored) hits.push(...(await hitsIn(path, await readFile(path))))
      for (const { name, text } of await tablesOf(portal)) {
        hits.push(...(await hitsIn(name, Buffer.from(text))))
      }
      const logs = [...portal.worker.logged, ...portal.site.logged].join('\n')
      hits.push(...(await hitsIn('log', Buffer.from(logs))))
      const temporary = (await readdir(tmpdir())).filter((name) => !before.has(name))
      for (const name of temporary) {
        for (const path of await filesIn(join(tmpdir(), name))) {
          hits.push(...(await hitsIn(path, await readFile(path))))
        }
      }
      expect(hits).toEqual([])

      const id = await idOf(portal, me)
      const files = await portal.database.db
        .superuser('evidence_objects')
        .where({ evidence_id: id })
        .pluck('id')
      await portal.worker.deps.storage.remove(files[0])
      await expect(portal.worker.deps.storage.get(files[0])).rejects.toBeInstanceOf(StorageMissing)
    } finally {
      await portal.close()
    }
  },
  60_000,
)

test('the sweep deletes files without a row, and reports rows without a file', async () => {
  const listing = await openS3({ lists: true })
  const portal = await openPortal({ env: listing.env })
  try {
    const me = await claimantOf(portal)
    await upload(me, { name: '사진.jpg', bytes: await photo() })
    await settled(me)
    const { deps, logged } = portal.worker
    const orphan = randomUUID()
    await deps.storage.put(orphan, Buffer.from('noise'))
    const ids = async () => {
      const found: string[] = []
      for await (const { id } of deps.storage.list()) found.push(id)
      return found
    }
    // Its upload may be under way.
    await sweepObjects(deps)
    expect(await ids()).toContain(orphan)
    const id = await idOf(portal, me)
    const objects = portal.database.db.superuser('evidence_objects')
    const { file } = await objects.where({ evidence_id: id, part: 'original' }).first('id as file')
    await deps.storage.remove(file)
    const later = { ...deps, clock: { now: () => new Date(Date.now() + 2 * 3600_000) } }
    await sweepObjects(later)
    expect(await ids()).not.toContain(orphan)
    expect(logged.filter((line) => line.includes('a stored file is missing'))).toEqual([
      expect.stringContaining(file),
    ])
  } finally {
    await portal.close()
    await listing.close()
  }
})

test('a store that takes nothing is told as such, and nothing was recorded', async () => {
  const env = { ...s3.env, EVIDENCE_S3_SECRET: 'not-the-secret' }
  const portal = await openPortal()
  try {
    const me = await claimantOf(portal)
    const { database, keys } = portal
    const wrong = createTestApp({ surface: 'public', database, keys, env })
    const agent = wrong.agent()
    agent.jar.setCookies(
      me.agent.jar
        .getCookies({ path: '/claims', domain: '127.0.0.1', secure: false, script: false })
        .map((cookie) => cookie.toString()),
      '127.0.0.1',
      '/claims',
    )
    const answer = await upload({ agent, path: me.path }, { name: 'a.jpg', bytes: await photo() })
    expect(answer.status).toBe(503)
    expect(await database.db.superuser('evidence').where({ claim_id: me.claim.id })).toEqual([])
    const storage = openStorage(testConfig('worker', { database, keys, env }))
    await expect(storage.get(randomUUID())).rejects.not.toBeInstanceOf(StorageMissing)
  } finally {
    await portal.close()
  }
})
