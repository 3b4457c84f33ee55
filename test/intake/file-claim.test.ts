import { createWorkerVault } from '../../server/vault/vault'
import { readClaimContent } from '../../server/claims/claim-content'
import { systemClock } from '../../server/kernel/clock'
import { limits } from '../../server/limits'
import { findMatter } from '../../server/matters/list-matters'
import { createTestApp, csrfFrom, testKeys } from '../support/app'
import { completeDraft } from '../support/complete-draft'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { fileClaim, filePath, fillSteps, post, typedSteps } from '../support/filing'
import { plantDraft } from '../support/plant-draft'
import { loadTestMatters } from '../support/test-matters'

let database: TestDatabase
const keys = testKeys()

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
})
afterAll(async () => {
  await database.drop()
})

function visitor() {
  return createTestApp({ surface: 'public', database, keys }).agent()
}

test('a claim is filed without JavaScript, step by step', async () => {
  const agent = visitor()
  const start = await agent.get(filePath)
  // The page of the case has said it all: the first question comes at once.
  expect([start.status, start.headers['location']]).toEqual([303, `${filePath}/eligibility`])
  expect(start.headers['set-cookie']).toBeUndefined()
  expect(start.headers['cache-control']).toBe('no-store')
  const first = await agent.get(`${filePath}/eligibility`)
  expect(first.text).toContain('class="back" href="/matters/test-breach"')

  const answers = []
  for (const [step, fields] of Object.entries(typedSteps)) {
    const page = await agent.get(`${filePath}/${step}`)
    expect(page.status).toBe(200)
    const answer = await agent
      .post(`${filePath}/${step}`)
      .type('form')
      .send({ ...fields, _csrf: csrfFrom(page.text) })
    answers.push([answer.status, answer.headers['location']])
  }
  expect(answers).toEqual([
    [303, `${filePath}/about-you`],
    [303, `${filePath}/what-happened`],
    [303, `${filePath}/consents`],
    [303, `${filePath}/review`],
  ])

  const review = await agent.get(`${filePath}/review`)
  for (const shown of ['김 민준', 'minjun.kim@example.com', '010-1234-5678', '1985년 3월 4일']) {
    expect(review.text).toContain(shown)
  }
  const submitted = await post(agent, `${filePath}/submit`, {}, `${filePath}/review`)
  expect([submitted.status, submitted.headers['location']]).toEqual([
    303,
    '/matters/test-breach/filed',
  ])

  const filed = await agent.get('/matters/test-breach/filed')
  expect(filed.status).toBe(200)
  expect(filed.headers['cache-control']).toBe('no-store')
  expect(filed.text).toContain('minjun.kim@example.com')
  const claim = await database.db.superuser('claims').first()
  expect(filed.text).toContain(`${claim.number}</output>`)
  expect(claim).toMatchObject({ state: 'unverified', language: 'ko', version: 1, form_version: 1 })

  const vault = createWorkerVault(
    {
      db: database.db.worker,
      clock: systemClock,
      limits,
    },
    {
      vaultKey: keys.VAULT_KEY,
      intakePublicKey: keys.INTAKE_PUBLIC_KEY,
      intakeSecretKey: keys.INTAKE_SECRET_KEY,
      indexKey: keys.INDEX_KEY,
    },
  )
  const { answers: opened } = await vault.admit(claim.id, 'run')
  const content = readClaimContent(opened)
  expect(content.answers).toEqual({
    member: 'yes',
    full_name: '김 민준',
    email: 'minjun.kim@example.com',
    phone: '+821012345678',
    born: '1985-03-04',
    home: {
      country: 'KR',
      postcode: '05510',
      line1: '서울특별시 송파구 송파대로 570',
      line2: '101동 1203호',
    },
    harm: ['spam', 'money'],
    loss: { currency: 'KRW', minorUnits: 35000 },
    story: '전화를 받았습니다.',
  })
  expect(content.consents.map(({ id, version, given }) => [id, version, given])).toEqual([
    ['collection', 1, true],
    ['provision', 1, true],
    ['newsletter', 1, false],
  ])
  expect(content.signature).toMatchObject({ text: '김민준', statementVersion: 1 })
  expect(content.form).toEqual({ matter: 'test-breach', version: 1 })

  const entry = await database.db.superuser('ledger_entries').where({ kind: 'claim.filed' }).first()
  expect(JSON.parse(entry.entry)).toMatchObject({ type: 'claim.filed', matter: 'test-breach' })
  const { private: told } = await database.db
    .superuser('ledger_private')
    .where({ entry_id: entry.id })
    .first()
  const record = await database.db.superuser('sealed_records').first()
  expect(JSON.parse(told)).toMatchObject({
    claim: claim.id,
    number: claim.number,
    form: 1,
    version: 1,
    record: record.sha256.toString('hex'),
    consents: 'collection@1,provision@1',
  })
  expect(await database.db.superuser('outbox').first()).toMatchObject({
    job: 'screen-claim',
    payload: { claimId: claim.id },
  })
})

test('what a step once took and the form does not take any more is said at the submit', async () => {
  const matter = (await findMatter(database.db.public, 'test-breach'))!
  const answered = { born: '2020-01-01', story: '제 번호는 900101-1234567' }
  const agent = visitor()
  await plantDraft(database, agent, matter, completeDraft(matter, new Date(), answered))
  const refused = await post(agent, `${filePath}/submit`, {}, `${filePath}/review`)
  expect(refused.status).toBe(422)
  expect(refused.text).toContain(`action="${filePath}/about-you"`)
  expect(refused.text).toContain('href="#born"')
  expect(refused.text).not.toContain('900101')

  // Mended, the next thing is said; then it is filed.
  await fillSteps(agent, { last: 'about-you' })
  const next = await post(agent, `${filePath}/submit`, {}, `${filePath}/review`)
  expect(next.status).toBe(422)
  expect(next.text).toContain('<a href="#story">')
  expect(next.text).toContain('주민등록번호')
  expect(next.text).not.toContain('900101')
  expect(await fileClaim(agent)).toBeTruthy()
})

test('a resident number that only normalising puts together never enters the draft', async () => {
  const agent = visitor()
  await fillSteps(agent, { last: 'about-you' })
  const story = '제 번호는 900101-1\u000123\u20284567'
  const refused = await post(agent, `${filePath}/what-happened`, {
    ...typedSteps['what-happened'],
    story,
  })
  expect(refused.status).toBe(422)
  expect(refused.text).toContain('href="#story"')
  expect(refused.text).not.toContain('900101')
})

test('nothing that was typed stands readable in any table', async () => {
  const agent = visitor()
  const marker = 'ZQXMARKERZQX'
  const changes = {
    'about-you': {
      full_name: `${marker} Kim`,
      email: `${marker}@example.com`,
      home_line1: `${marker} street`,
      home_line2: '',
    },
    'what-happened': { story: `it was ${marker}` },
    consents: { signature: `${marker} Kim` },
  }
  await fillSteps(agent, { last: 'what-happened', changes })
  await expectNowhere(marker)
  const other = visitor()
  await fileClaim(other, { changes })
  await expectNowhere(marker)
})

async function expectNowhere(marker: string): Promise<void> {
  const db = database.db.superuser
  const tables = await db.raw<{ rows: { name: string }[] }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  expect(tables.rows.length).toBeGreaterThan(20)
  const hex = Buffer.from(marker).toString('hex')
  for (const { name } of tables.rows) {
    const found = await db.raw(
      `select 1 from ${name} as row where cast(row as text) ilike :text or cast(row as text) ilike :hex limit 1`,
      { text: `%${marker}%`, hex: `%${hex}%` },
    )
    expect([name, found.rows]).toEqual([name, []])
  }
}

test('the public login cannot read what was filed', async () => {
  const denied = { code: '42501' }
  await expect(database.db.public('sealed_records').select('ciphertext')).rejects.toMatchObject(
    denied,
  )
  await expect(database.db.public('wrapped_keys').select('wrapped')).rejects.toMatchObject(denied)
  await expect(database.db.public('claim_requests').select('box')).rejects.toMatchObject(denied)
})
