import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asActor } from '../../server/db/connections'
import { batchRoutes } from '../../server/batches/routes'
import { buildBatch } from '../../server/batches/build-batch'
import { failBatch } from '../../server/batches/fail-batch'
import { redriveBatches } from '../../server/batches/redrive-batches'
import { newId } from '../../server/kernel/ids'
import type { Person } from '../../server/web/person'
import type { WorkerVault } from '../../server/vault/vault'
import { createTestApp, csrfFrom, testKeys, type Agent, type TestApp } from '../support/app'
import { extractWith7Zip, parseCsv, unzip } from '../support/archive'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { acceptedClaim, makeFirm, makePerson } from '../support/firm'
import { loadTestMatters } from '../support/test-matters'
import { startTestWorker, workerDeps, type TestWorkerDeps } from '../support/worker'
import { download as downloadFrom } from '../support/download'
import { until } from '../support/until'
import { probeRoutes } from '../web/probe'

const keys = testKeys()
const mailbox = { url: 'smtp://127.0.0.1:9' }
let database: TestDatabase
let home: string
let worker: TestWorkerDeps
let staff: TestApp
let matterId: string
let counsel: Person
let rival: Person
let administrator: Person
let moderator: Person

beforeAll(async () => {
  database = await createTestDatabase()
  home = await mkdtemp(join(tmpdir(), 'joinder-batches-'))
  await loadTestMatters(database.db.migrator)
  const matter = await database.db.superuser('matters').where({ slug: 'test-breach' }).first()
  matterId = matter.id
  counsel = await makePerson(database, { role: 'counsel', name: '변호사', firmId: matter.firm_id })
  const otherFirm = await makeFirm(database, 'other-firm')
  rival = await makePerson(database, { role: 'counsel', name: '상대', firmId: otherFirm })
  administrator = await makePerson(database, { role: 'administrator', name: '관리자' })
  moderator = await makePerson(database, { role: 'moderator', name: '검토자' })
  const people = [counsel, rival, administrator, moderator]
  worker = workerDeps({ database, keys, mailbox, env: { JOINDER_HOME: home } })
  staff = createTestApp({
    surface: 'staff',
    database,
    keys,
    env: { JOINDER_HOME: home },
    findPerson: async (id) => people.find((person) => person.id === id) ?? null,
    features: [probeRoutes, batchRoutes],
  })
})

afterAll(async () => {
  await worker.close()
  await database.drop()
  await rm(home, { recursive: true, force: true })
})

afterEach(async () => {
  // Whatever a test left in the making must not stand in the way of the next.
  for (const row of await database.db
    .superuser('batches')
    .whereIn('state', ['requested', 'building'])) {
    await failBatch(worker.deps, row.id)
  }
})

async function signedIn(person: Person): Promise<Agent> {
  const agent = staff.agent()
  const page = await agent.get('/sign-in')
  await agent
    .post('/sign-in')
    .type('form')
    .send({ id: person.id, _csrf: csrfFrom(page.text) })
  return agent
}

async function requestForm(agent: Agent): Promise<Record<string, string>> {
  const page = await agent.get('/batches').set('Accept', 'text/html').set('Accept-Language', 'ko')
  expect(page.status).toBe(200)
  const request = /name="request" value="([^"]+)"/.exec(page.text)?.[1]
  return { matter: matterId, request: request ?? newId(), _csrf: csrfFrom(page.text) }
}

const send = (agent: Agent, path: string, fields: Record<string, string>) =>
  agent.post(path).type('form').set('Accept', 'text/html').set('Accept-Language', 'ko').send(fields)

const passphraseShape = /[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}/

/** Asks for a batch as counsel does; gives its id and the passphrase that the page shows. */
async function request(agent: Agent) {
  const fields = await requestForm(agent)
  const answer = await send(agent, '/batches', fields)
  expect(answer.status).toBe(200)
  const passphrase = passphraseShape.exec(answer.text)?.[0]
  expect(passphrase).toBeDefined()
  return { id: fields['request']!, passphrase: passphrase!, fields }
}

const download = (agent: Agent, id: string) =>
  downloadFrom(agent, `/batches/${id}/download`, `/batches/${id}`)

const accept = (answers: Record<string, unknown> = {}, at?: Date) =>
  acceptedClaim(database, keys, worker.deps, {
    answers: answers as never,
    ...(at && { at }),
  })

const batchOf = (id: string) => database.db.superuser('batches').where({ id }).first()
const files = () => readdir(join(home, 'batches')).catch(() => [] as string[])

async function deliverEverything(agent: Agent) {
  const { id } = await request(agent)
  await buildBatch(worker.deps, id, 'test')
  expect((await batchOf(id)).state).toBe('complete')
}

describe('a delivery', () => {
  test('holds what was sent, opens with the passphrase alone, and is on the record', async () => {
    const filed = [
      await accept(
        {
          full_name: '김민준',
          phone: '+821012345678',
          home: {
            country: 'KR',
            postcode: '06236',
            line1: '서울특별시 강남구 테헤란로 1',
            line2: '101동 1203호',
          },
          harm: ['spam', 'money'],
          loss: { currency: 'KRW', minorUnits: 35_000 },
          story: '=HYPERLINK("http://evil")\n둘째 줄, "따옴표"',
        },
        new Date('2026-01-10T15:30:00Z'),
      ),
      await accept({ full_name: '뷁㐂', phone: '+12125550123' }, new Date('2026-01-11T00:00:00Z')),
    ]
    const agent = await signedIn(counsel)
    const list = await agent.get('/batches').set('Accept', 'text/html').set('Accept-Language', 'ko')
    expect(list.text).toContain('승인된 신청 2건을 받을 수 있습니다.')
    expect(list.text).toContain('아직 요청하신 전달이 없습니다.')

    const { id, passphrase } = await request(agent)
    const waiting = await agent.get(`/batches/${id}/progress`)
    expect(waiting.body).toMatchObject({ done: false, value: 0 })
    await buildBatch(worker.deps, id, 'test')
    expect((await agent.get(`/batches/${id}/progress`)).body).toMatchObject({ done: true })

    const file = await download(agent, id)
    expect(file.status).toBe(200)
    expect(file.headers['content-disposition']).toBe(
      'attachment; filename=joinder-test-breach-0001.zip',
    )
    expect(file.headers['cache-control']).toBe('no-store')
    const archive = file.body as Buffer
    expect(Number(file.headers['content-length'])).toBe(archive.length)
    const row = await batchOf(id)
    expect(row.file_sha256).toEqual(createHash('sha256').update(archive).digest())
    expect(row.file_bytes).toBe(archive.length)
    expect(row.downloaded_at).not.toBeNull()
    // Whoever fetches it again and again is seen.
    expect(await database.db.superuser('watch_counts').select('kind', 'count')).toEqual([
      { kind: 'own download', count: 1 },
    ])

    await expect(unzip(archive, 'WRONG-WRONG-WRONG-WRONG')).rejects.toThrow(/password/i)
    const entries = await unzip(archive, passphrase)
    expect(Object.keys(entries)).toEqual(['read-me.txt', 'claims.csv', 'manifest.json'])
    const csv = entries['claims.csv']!
    expect([...csv.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const [header, ...rows] = parseCsv(csv)
    const cell = (at: number, title: string) => rows[at]![header!.indexOf(title)]
    expect(rows.map((one) => one[1])).toEqual(filed.map((one) => one.number))
    expect(cell(0, '성명')).toBe('김민준')
    expect(cell(1, '성명')).toBe('뷁㐂')
    expect(cell(0, '전화번호')).toBe('010-1234-5678')
    expect(cell(1, '전화번호')).toBe("'+1 212 555 0123")
    expect(cell(0, '주소')).toBe('(06236) 서울특별시 강남구 테헤란로 1, 101동 1203호')
    expect(cell(0, '생년월일')).toBe('1985-03-04')
    expect(cell(0, '접수 시각 (Asia/Seoul)')).toBe('2026-01-11 00:30:00 +09:00')
    expect(cell(0, '어떤 피해가 있었나요?')).toBe('스팸; 피싱; 금전 피해')
    expect(cell(0, '손해액')).toContain('35,000')
    expect(cell(0, '있었던 일')).toBe('\'=HYPERLINK("http://evil")\n둘째 줄, "따옴표"')
    expect(cell(0, '서명')).toBe('김민준')

    const manifest = JSON.parse(entries['manifest.json']!.toString('utf8'))
    expect(row.manifest).toEqual(manifest)
    expect(manifest.file.sha256).toBe(createHash('sha256').update(csv).digest('hex'))
    expect(manifest.claims.rows).toBe(2)
    const inTable = await database.db.superuser('batch_claims').where({ batch_id: id })
    expect(inTable).toHaveLength(rows.length)
    expect(manifest.file.columns).toHaveLength(header!.length)
    expect(manifest.madeAt.utc).toMatch(/\(UTC\)$/)
    expect(manifest.madeAt.kst).toMatch(/\+09:00 \(KST\)$/)
    expect(entries['read-me.txt']!.toString('utf8')).toContain('7-Zip')

    const elsewhere = await extractWith7Zip(archive, passphrase, 'claims.csv')
    expect(elsewhere?.equals(csv) ?? true).toBe(true)
    const refused = await extractWith7Zip(archive, 'wrong', 'claims.csv').catch(() => null)
    expect(refused).toBeNull()

    const entriesOfBatch = await database.db
      .superuser('ledger_private as p')
      .join('ledger_entries as e', 'e.id', 'p.entry_id')
      .whereRaw('private::jsonb @> ?', [JSON.stringify({ batch: id })])
      .orderBy('e.id')
    expect(entriesOfBatch.map((entry) => entry.kind)).toEqual([
      'batch.requested',
      'batch.delivered',
      'batch.downloaded',
    ])
    expect(JSON.parse(entriesOfBatch[1].entry)).toMatchObject({
      type: 'batch.delivered',
      matter: 'test-breach',
    })
    const openings = await database.db
      .superuser('opening_claims')
      .whereIn(
        'opening_claims.claim_id',
        filed.map((one) => one.id),
      )
      .join('ledger_private as p', 'p.entry_id', 'opening_claims.entry_id')
      .whereRaw(`p.private::jsonb @> '{"purpose": "batch"}'`)
    expect(openings).toHaveLength(2)
    expect(new Set(openings.map((opening) => opening.entry_id)).size).toBe(1)
    const mail = await database.db.superuser('mails').where({ subject_id: id }).first()
    expect(mail).toMatchObject({ template: 'batch-ready', person_id: counsel.id, language: 'ko' })
  })

  test('leaves the passphrase nowhere: not in a table, a log or a second answer', async () => {
    await accept()
    const agent = await signedIn(counsel)
    const { id, passphrase, fields } = await request(agent)
    expect(await hitsInDatabase(passphrase)).toEqual([])
    const again = await send(agent, '/batches', fields)
    expect(again.status).toBe(303)
    expect(again.headers['location']).toBe(`/batches/${id}`)
    expect((await agent.get(`/batches/${id}`)).text).not.toMatch(passphraseShape)
    await buildBatch(worker.deps, id, 'test')
    expect(await database.db.superuser('batch_passphrases')).toEqual([])
    expect(await hitsInDatabase(passphrase)).toEqual([])
    expect([...staff.logged, ...worker.logged].join('')).not.toContain(passphrase)
    const requests = await database.db.superuser('batches').where({ id })
    expect(requests).toHaveLength(1)
  })

  test('holds only what earlier ones did not, and is refused when nothing is new', async () => {
    const agent = await signedIn(counsel)
    const refused = await send(agent, '/batches', await requestForm(agent))
    expect(refused.status).toBe(409)
    expect(refused.text).toContain('아직 받지 않은 승인된 신청이 없어')

    const fresh = await accept()
    const { id, passphrase } = await request(agent)
    await buildBatch(worker.deps, id, 'test')
    const archive = (await download(agent, id)).body
    const rows = parseCsv((await unzip(archive, passphrase))['claims.csv']!).slice(1)
    expect(rows.map((row) => row[1])).toEqual([fresh.number])
    expect((await batchOf(id)).number).toBeGreaterThan(1)
  })

  test('leaves out a claim that is no longer accepted when it is read', async () => {
    const [gone, stays] = [await accept(), await accept()]
    const agent = await signedIn(counsel)
    const { id } = await request(agent)
    const withdrawn = database.db.superuser('claims').where({ id: gone.id })
    const vault = {
      ...worker.deps.vault,
      beginOpening: async (...args: Parameters<typeof worker.deps.vault.beginOpening>) => {
        const opening = await worker.deps.vault.beginOpening(...args)
        await withdrawn.update({ state: 'withdrawn' })
        return opening
      },
    }
    await buildBatch({ ...worker.deps, vault }, id, 'test')
    const row = await batchOf(id)
    expect(row).toMatchObject({ state: 'complete', claim_count: 1 })
    expect(row.manifest.claims).toMatchObject({ rows: 1, leftOut: 1 })
    const rows = await database.db.superuser('batch_claims').where({ batch_id: id })
    expect(rows).toMatchObject([{ claim_id: stays.id, row_number: 1 }])
  })
})

describe('made again, because the passphrase was lost', () => {
  /** Presses the button of the page; gives the answer and the new passphrase when it shows one. */
  async function askAgain(agent: Agent, id: string, change: Record<string, string> = {}) {
    const page = await agent.get(`/batches/${id}`).set('Accept-Language', 'ko')
    const edition = /name="edition" value="(\d+)"/.exec(page.text)?.[1] ?? '1'
    const fields = { edition, _csrf: csrfFrom(page.text), ...change }
    const answer = await send(agent, `/batches/${id}/reissue`, fields)
    return { answer, fields, passphrase: passphraseShape.exec(answer.text)?.[0] }
  }
  const numbersIn = async (archive: Buffer, passphrase: string) => {
    const rows = parseCsv((await unzip(archive, passphrase))['claims.csv']!).slice(1)
    return rows.map((row) => row[1])
  }
  const entriesOf = async (id: string) => {
    const rows = await database.db
      .superuser('ledger_private as p')
      .join('ledger_entries as e', 'e.id', 'p.entry_id')
      .whereRaw('private::jsonb @> ?', [JSON.stringify({ batch: id })])
      .orderBy('e.id')
    return rows.map(({ kind, private: text }) => [kind, JSON.parse(text).edition])
  }

  test('the same claims, under a new passphrase, in place of the old file', async () => {
    const claims = [await accept(), await accept()]
    const agent = await signedIn(counsel)
    const { id, passphrase } = await request(agent)
    await buildBatch(worker.deps, id, 'test')
    const { file_sha256: before, number } = await batchOf(id)
    await download(agent, id)

    const colleague = await signedIn(counsel)
    const { answer, fields, passphrase: next } = await askAgain(colleague, id)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain(`제${number}차 전달 2판`)
    expect(answer.text).not.toContain('lang=en')
    expect(next).not.toBe(passphrase)
    expect(await hitsInDatabase(next!)).toEqual([])
    // Until the new file is there the old one stays where it is; the form sent twice asks once.
    expect(await batchOf(id)).toMatchObject({ state: 'requested', file_sha256: before, edition: 1 })
    const twice = await send(colleague, `/batches/${id}/reissue`, fields)
    expect([twice.status, twice.headers['location']]).toEqual([303, `/batches/${id}`])
    expect((await download(agent, id)).status).toBe(409)

    await buildBatch(worker.deps, id, 'test')
    expect(await batchOf(id)).toMatchObject({ state: 'complete', edition: 2, downloaded_at: null })
    expect((await files()).filter((name) => name.startsWith(id))).toHaveLength(1)
    const file = await download(agent, id)
    expect(file.headers['content-disposition']).toMatch(/joinder-test-breach-\d{4}-2\.zip$/)
    expect(await numbersIn(file.body as Buffer, next!)).toEqual(claims.map((one) => one.number))
    await expect(unzip(file.body as Buffer, passphrase)).rejects.toThrow(/password/i)
    expect(await entriesOf(id)).toEqual([
      ['batch.requested', 1],
      ['batch.delivered', 1],
      ['batch.downloaded', undefined],
      ['batch.requested', 2],
      ['batch.reissued', 2],
      ['batch.downloaded', undefined],
    ])
    // The form of the page before: nothing happens.
    expect((await send(colleague, `/batches/${id}/reissue`, fields)).status).toBe(303)
    expect((await batchOf(id)).state).toBe('complete')
    // Nothing of it is new to deliver.
    expect((await send(agent, '/batches', await requestForm(agent))).status).toBe(409)
  })

  test('without what is no longer accepted, which is not delivered as new either', async () => {
    const [gone, stays] = [await accept(), await accept()]
    const agent = await signedIn(counsel)
    const { id } = await request(agent)
    await buildBatch(worker.deps, id, 'test')
    const of = (state: string) =>
      database.db.superuser('claims').where({ id: gone.id }).update({ state })
    await of('in_review')
    const { passphrase } = await askAgain(agent, id)
    await buildBatch(worker.deps, id, 'test')
    const second = (await download(agent, id)).body
    expect(await numbersIn(second, passphrase!)).toEqual([stays.number])
    expect((await batchOf(id)).manifest.claims).toMatchObject({ rows: 1, leftOut: 1 })

    await of('accepted')
    expect(await database.db.superuser('claims_to_deliver').where({ claim_id: gone.id })).toEqual(
      [],
    )
    const again = await askAgain(agent, id)
    await buildBatch(worker.deps, id, 'test')
    const third = (await download(agent, id)).body
    expect(new Set(await numbersIn(third, again.passphrase!))).toEqual(
      new Set([gone.number, stays.number]),
    )
  })

  test('when it fails, the file before is still there and says so', async () => {
    await accept()
    const agent = await signedIn(counsel)
    const { id, passphrase } = await request(agent)
    await buildBatch(worker.deps, id, 'test')
    const before = await batchOf(id)
    await askAgain(agent, id)
    await failBatch(worker.deps, id)
    const { state, file_sha256, edition, claim_count } = await batchOf(id)
    expect({ state, file_sha256, edition, claim_count }).toEqual({
      state: 'complete',
      file_sha256: before.file_sha256,
      edition: 1,
      claim_count: 1,
    })
    const page = await agent.get(`/batches/${id}`).set('Accept-Language', 'ko')
    expect(page.text).toContain('파일을 다시 만들지 못했습니다')
    const archive = (await download(agent, id)).body
    expect(await numbersIn(archive, passphrase)).toHaveLength(1)
    expect(await database.db.superuser('batch_passphrases').where({ batch_id: id })).toEqual([])
    expect((await entriesOf(id)).slice(-2, -1)).toEqual([['batch.failed', 2]])
    const next = await askAgain(agent, id)
    await buildBatch(worker.deps, id, 'test')
    const made = (await download(agent, id)).body
    expect(await numbersIn(made, next.passphrase!)).toHaveLength(1)
  })

  test('for counsel of the firm alone, and not while another is being made', async () => {
    await accept()
    const agent = await signedIn(counsel)
    const { id } = await request(agent)
    await buildBatch(worker.deps, id, 'test')
    const other = await signedIn(rival)
    const token = csrfFrom((await other.get('/sign-in')).text)
    const asked = { edition: '1', _csrf: token }
    expect((await send(other, `/batches/${id}/reissue`, asked)).status).toBe(404)
    const admin = await signedIn(administrator)
    expect((await admin.get(`/batches/${id}`)).text).not.toContain('/reissue')
    const adminToken = csrfFrom((await admin.get('/sign-in')).text)
    const refused = { edition: '1', _csrf: adminToken }
    expect((await send(admin, `/batches/${id}/reissue`, refused)).status).toBe(403)
    const change = { state: 'requested', reissue_by: rival.id }
    const update = (actor: string) =>
      asActor(database.db.staff, actor, (tx) => tx('batches').where({ id }).update(change))
    expect(await update(rival.id)).toBe(0)
    await expect(update(counsel.id)).rejects.toThrow(/row-level security/)

    await accept()
    await request(agent)
    const busy = await askAgain(agent, id)
    expect(busy.answer.status).toBe(409)
    expect(busy.answer.text).toContain('전달을 이미 만들고 있어')
    expect((await batchOf(id)).state).toBe('complete')
  })
})

describe('asking at the same time', () => {
  test('makes one batch of one form sent twice, and never two of one claim', async () => {
    const claims = [await accept(), await accept()]
    const agents = await Promise.all([counsel, counsel, counsel].map(signedIn))
    const forms = await Promise.all(agents.map(requestForm))
    const answers = await Promise.all([
      ...agents.map((agent, at) => send(agent, '/batches', forms[at]!)),
      send(agents[0]!, '/batches', forms[0]!),
    ])
    const statuses = answers.map((answer) => answer.status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => ![200, 303, 409].includes(status))).toEqual([])
    const made = await database.db.superuser('batches').where({ state: 'requested' })
    expect(made).toHaveLength(1)
    await buildBatch(worker.deps, made[0].id, 'test')
    const rows = await database.db.superuser('batch_claims').whereIn(
      'claim_id',
      claims.map((one) => one.id),
    )
    expect(rows).toHaveLength(2)
  })
})

describe('who may', () => {
  test('another firm, moderators and strangers get nothing; administrators see it without the file', async () => {
    await accept()
    const agent = await signedIn(counsel)
    const { id } = await request(agent)
    await buildBatch(worker.deps, id, 'test')

    const other = await signedIn(rival)
    for (const path of [`/batches/${id}`, `/batches/${id}/progress`]) {
      expect((await other.get(path)).status).toBe(404)
    }
    const list = await other.get('/batches')
    expect(list.status).toBe(200)
    expect(list.text).not.toContain(id)
    const token = (await other.get('/sign-in')).text
    const stolen = await send(other, `/batches/${id}/download`, { _csrf: csrfFrom(token) })
    expect(stolen.status).toBe(404)
    const asked = await send(other, '/batches', {
      matter: matterId,
      request: newId(),
      _csrf: csrfFrom(token),
    })
    expect(asked.status).toBe(404)

    const admin = await signedIn(administrator)
    const page = await admin.get(`/batches/${id}`)
    expect(page.status).toBe(200)
    expect(page.text).not.toContain(`/batches/${id}/download`)
    const adminToken = csrfFrom((await admin.get('/sign-in')).text)
    expect((await send(admin, `/batches/${id}/download`, { _csrf: adminToken })).status).toBe(403)
    expect((await send(admin, '/batches', { _csrf: adminToken })).status).toBe(403)

    expect((await (await signedIn(moderator)).get('/batches')).status).toBe(403)
    expect((await staff.agent().get(`/batches/${id}`).set('Accept', 'text/html')).status).toBe(303)
  })

  test('the database says the same with the application out of the way', async () => {
    const { staff: db } = database.db
    const seen = (actor: string, table: string) =>
      asActor(db, actor, async (tx) => (await tx(table).count())[0]!.count)
    for (const table of ['batches', 'batch_claims']) {
      expect(await seen(counsel.id, table)).toBeGreaterThan(0)
      expect(await seen(rival.id, table)).toBe(0)
      expect((await db(table).count())[0]!.count).toBe(0)
    }
    await accept()
    expect(await seen(counsel.id, 'claims_to_deliver')).toBeGreaterThan(0)
    expect(await seen(rival.id, 'claims_to_deliver')).toBe(0)

    const matter = await database.db.superuser('matters').where({ id: matterId }).first()
    const row = {
      id: newId(),
      matter_id: matterId,
      firm_id: matter.firm_id,
      number: 900,
      requested_by: counsel.id,
      requested_at: new Date(),
    }
    const insert = (actor: string, change: object) =>
      asActor(db, actor, (tx) => tx('batches').insert({ ...row, ...change }))
    await expect(insert(rival.id, { requested_by: rival.id })).rejects.toThrow(/row-level security/)
    await expect(insert(counsel.id, { firm_id: rival.firmId })).rejects.toThrow(
      /row-level security/,
    )
    await expect(insert(counsel.id, { requested_by: rival.id })).rejects.toThrow(
      /row-level security/,
    )
    await expect(insert(counsel.id, { state: 'complete' })).rejects.toThrow(/row-level security/)
    await expect(db('batch_passphrases').select()).rejects.toThrow(/permission denied/)
    const update = (actor: string) =>
      asActor(db, actor, (tx) => tx('batches').update({ downloaded_at: new Date() }))
    expect(await update(rival.id)).toBe(0)
    expect(await update(moderator.id)).toBe(0)
  })
})

describe('when something goes wrong', () => {
  test('the last failure frees the claims, the passphrase and the disk', async () => {
    await accept()
    const agent = await signedIn(counsel)
    const { id } = await request(agent)
    const vault = {
      ...worker.deps.vault,
      beginOpening: async (...asked: Parameters<WorkerVault['beginOpening']>) => ({
        ...(await worker.deps.vault.beginOpening(...asked)),
        read: async () => {
          throw new Error('the disk is on fire')
        },
        readTexts: () => new Map<string, string>(),
      }),
    }
    await expect(buildBatch({ ...worker.deps, vault }, id, 'test')).rejects.toThrow('on fire')
    expect((await batchOf(id)).state).toBe('building')
    expect((await files()).filter((name) => name.startsWith(id))).toEqual([])
    await failBatch(worker.deps, id)
    expect(await batchOf(id)).toMatchObject({ state: 'failed', failure: 'build_failed' })
    expect(await database.db.superuser('batch_passphrases').where({ batch_id: id })).toEqual([])
    const page = await agent
      .get(`/batches/${id}`)
      .set('Accept', 'text/html')
      .set('Accept-Language', 'ko')
    expect(page.text).toContain('파일을 만들지 못했습니다')
    // and a late run of the same job changes nothing
    await buildBatch(worker.deps, id, 'late')
    expect((await batchOf(id)).state).toBe('failed')
    await deliverEverything(agent)
  })

  test('a file that is not what was built never arrives whole', async () => {
    await accept()
    const agent = await signedIn(counsel)
    const { id } = await request(agent)
    await buildBatch(worker.deps, id, 'test')
    const name = (await files()).find((one) => one.startsWith(id))!
    const { file_bytes: bytes } = await batchOf(id)
    await writeFile(join(home, 'batches', name), Buffer.alloc(bytes, 7))
    await expect(download(agent, id)).rejects.toThrow(/aborted|hang up|terminated/)
    await rm(join(home, 'batches', name))
    expect((await download(agent, id)).status).toBe(503)
  })

  test('a batch whose job was lost is asked for again', async () => {
    await accept()
    const agent = await signedIn(counsel)
    const { id } = await request(agent)
    const waiting = () => database.db.superuser('outbox').where({ job: 'build-batch' }).count()
    const before = (await waiting())[0]!.count as number
    const now = new Date(Date.now() + 3_600_000)
    const again = { now, before: new Date(now.getTime() - 60_000), limit: 10 }
    expect(await redriveBatches(database.db.worker, again)).toBe(1)
    expect(await redriveBatches(database.db.worker, again)).toBe(0)
    expect((await waiting())[0]!.count).toBe(before + 1)
    await buildBatch(worker.deps, id, 'test')
  })
})

test('the shipped worker builds what the page asked for', async () => {
  await accept()
  const agent = await signedIn(counsel)
  const { id, passphrase } = await request(agent)
  const running = await startTestWorker({ database, keys, mailbox, env: { JOINDER_HOME: home } })
  try {
    await until('the batch is complete', async () => (await batchOf(id)).state === 'complete')
    const archive = (await download(agent, id)).body
    expect(Object.keys(await unzip(archive, passphrase))).toContain('claims.csv')
    expect(await hitsInDatabase(passphrase)).toEqual([])
  } finally {
    await running.close()
  }
})

/** Tables of every schema, the queue's too, where this text stands in some column. */
async function hitsInDatabase(text: string): Promise<string[]> {
  const db = database.db.superuser
  const tables = await db
    .select('table_schema', 'table_name')
    .from('information_schema.tables')
    .whereIn('table_schema', ['public', 'bullmq'])
    .andWhere({ table_type: 'BASE TABLE' })
  const hits: string[] = []
  const hex = Buffer.from(text).toString('hex')
  for (const { table_schema: schema, table_name: table } of tables) {
    const found = await db.raw(
      `select count(*)::int as count from ??.?? as t where t::text like ? or t::text like ?`,
      [schema, table, `%${text}%`, `%${hex}%`],
    )
    if (found.rows[0].count > 0) hits.push(`${schema}.${table}`)
  }
  return hits
}
