import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { hashPassword } from '../../server/accounts/passwords'
import { claimColumns } from '../../server/batches/claim-columns'
import { saveDraft } from '../../server/intake/keep-draft'
import { submitClaim } from '../../server/intake/submit-claim'
import { newId } from '../../server/kernel/ids'
import { findMatter } from '../../server/matters/list-matters'
import type { Matter } from '../../server/matters/matter-file'
import { importNotices, removeNotices } from '../../server/notices/import-notices'
import { findConfirmedNotices } from '../../server/notices/claim-notice'
import { ListError, type LineProblem } from '../../server/notices/read-list'
import { createNoticeVault } from '../../server/vault/notices'
import { createSealer } from '../../server/vault/sealer'
import type { Person } from '../../server/web/person'
import { signIn } from '../support/account'
import { createTestApp, postForm, testKeys, type Agent, type TestApp } from '../support/app'
import { ensureBuilt } from '../support/built'
import { completeDraft } from '../support/complete-draft'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { dumpOf, findTraces } from '../support/dump'
import { makePerson } from '../support/firm'
import { until } from '../support/until'
import { startTestWorker, type TestWorkerDeps } from '../support/worker'

const keys = testKeys()
const slug = 'coupang-2025-us'
const here = `/matters/${slug}/notice`
const filing = `/matters/${slug}/file`
const password = 'three-quiet-lamps'
let database: TestDatabase
let worker: TestWorkerDeps
let site: TestApp
let matter: Matter
let admin: Person

beforeAll(async () => {
  database = await createTestDatabase()
  worker = await startTestWorker({
    database,
    keys,
    mailbox: { url: 'smtp://127.0.0.1:9' },
    limits: { noticeGuesses: 3 },
  })
  site = createTestApp({ surface: 'public', database, keys })
  matter = (await findMatter(database.db.worker, slug))!
  admin = await person('administrator', '한서연')
})
afterAll(async () => {
  await worker.close()
  await database.drop()
})

async function person(role: 'administrator' | 'moderator', name: string): Promise<Person> {
  const made = await makePerson(database, { role, name })
  await database.db
    .superuser('people')
    .where({ id: made.id })
    .update({ password_hash: await hashPassword(password) })
  return made
}

const header = 'notice_id,pin,name,email,birth_date,line1,city,state,postcode'
const eva = {
  id: 'AB-1234-5601',
  pin: 'willow-482',
  line: 'AB-1234-5601,willow-482,Eva Marigold,eva.marigold@example.com,1979-03-08,77 Tansy Lane,Albany,NY,12207',
}
const otto = {
  id: 'AB-1234-5602',
  pin: '7315',
  line: 'AB-1234-5602,7315,Otto Fennel,otto.fennel@example.com,,,,,',
}

async function bring(text: string | Buffer | Readable, onLines?: (lines: number) => void) {
  const problems: LineProblem[] = []
  const counts = await importNotices(
    { ...worker.deps, notices: createNoticeVault({ noticeKey: keys.NOTICE_KEY }) },
    {
      matter,
      by: admin.id,
      file: text instanceof Readable ? text : Readable.from([Buffer.from(text)]),
      onProblem: async (problem) => void problems.push(problem),
      ...(onLines && { onLines }),
    },
  )
  return { counts, problems }
}

/** Types an ID and a PIN, and waits until the page has its answer. */
async function type(agent: Agent, id: string, pin: string, lang = 'en') {
  const sent = await postForm(
    agent,
    here,
    { notice_id: id, pin },
    { from: `${here}?again&lang=${lang}` },
  )
  if (sent.status !== 303) return sent
  await until('the worker answers', async () => (await agent.get(`${here}/ready`)).body.done)
  return agent.get(`${here}?lang=${lang}`).set('Accept', 'text/html')
}

const textOf = (html: string) =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ')

test('a list is read line by line, never far ahead of what is written, and says what is wrong without repeating it', async () => {
  const total = 10_000
  let made = 0
  let furthest = 0
  const lines = function* () {
    // As Excel saves it: with a mark, and CRLF.
    yield Buffer.from(`\uFEFF${header}\r\n`)
    for (; made < total; made++) {
      const n = String(made).padStart(8, '0')
      const cells = `,Person ${'abcdefghij'[made % 10]},p${n}@example.com,1980-01-02,${made} Elm St,Albany,NY,12207`
      if (made === 41) yield Buffer.from(`850304-1234567,pin${n}${cells}\r\n`)
      else if (made === 777) yield Buffer.from(`${n}\r\n`)
      else if (made === 9_000) yield Buffer.from(`00008999,pin${n}${cells}\r\n`)
      else if (made === 7_500) yield Buffer.from(`${n},p${cells}\r\n`)
      else if (made === 9_999) {
        yield Buffer.from(`${n},pin${n}${cells.replace('1980-01-02', '1980-13-77')}\r\n`)
      } else yield Buffer.from(`${n},pin${n}${cells}\r\n`)
    }
  }
  const { counts, problems } = await bring(Readable.from(lines()), (taken) => {
    furthest = Math.max(furthest, made - taken)
  })
  expect(counts).toEqual({ lines: total, ids: total - 4, fillable: total - 4, refused: 4 })
  expect(problems).toEqual(
    expect.arrayContaining([
      { line: 43, column: 'notice_id', wrong: 'id_shape' },
      { line: 779, column: null, wrong: 'cells' },
      { line: 9_002, column: 'notice_id', wrong: 'duplicate' },
      { line: 7_502, column: 'pin', wrong: 'pin_shape' },
      { line: 10_001, column: 'birth_date', wrong: 'left_out' },
    ]),
  )
  expect(problems).toHaveLength(5)
  expect(furthest).toBeLessThan(2_000)

  const entry = await database.db
    .superuser('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .where('e.kind', 'notices.imported')
    .orderBy('e.id', 'desc')
    .first('p.private')
  expect(JSON.parse(entry.private)).toMatchObject({ person: admin.id, ...counts })

  // The database and an eternity do not find an ID: without the key all of eight digits look like none.
  const stolen = createNoticeVault({ noticeKey: testKeys().NOTICE_KEY })
  const tried = Array.from({ length: 5_000 }, (_, n) =>
    stolen.idIndex({ matterId: matter.id, id: String(n).padStart(8, '0') }),
  )
  const found = await database.db
    .superuser('notices')
    .whereRaw('id_index = any(?) or proof = any(?)', [tried, tried])
    .pluck('id_index')
  expect(found).toEqual([])
  const own = createNoticeVault({ noticeKey: keys.NOTICE_KEY })
  const right = own.idIndex({ matterId: matter.id, id: '00000007' })
  expect(await database.db.superuser('notices').where({ id_index: right })).toHaveLength(1)
  await removeNotices(worker.deps, { matter, by: admin.id })
  expect(await database.db.superuser('notices').first()).toBeUndefined()
}, 90_000)

test.each<[string, string | Buffer, string, number]>([
  ['nothing', '', 'empty', 1],
  ['no PIN column', 'notice_id,name\nAB123456,x\n', 'columns_missing', 1],
  ['no header', 'AB123456,1234,Eva\n', 'columns_missing', 1],
  ['a column nobody knows', 'notice_id,pin,ssn\nAB123456,1234,1\n', 'column_unknown', 1],
  ['a column twice', 'notice_id,pin,pin\nAB123456,1234,1\n', 'column_twice', 1],
  ['semicolons', 'notice_id;pin\nAB123456;1234\n', 'separator', 1],
  ['an open quote', 'notice_id,pin,name\nAB123456,1234,"Eva\nAB123457,1234,Otto\n', 'quotes', 3],
  // 홍길동 in CP949
  [
    'CP949',
    Buffer.concat([
      Buffer.from('notice_id,pin,name\nAB123456,1234,Eva\nAB123457,1234,'),
      Buffer.from('c8abb1e6b5bf', 'hex'),
      Buffer.from('\n'),
    ]),
    'encoding',
    3,
  ],
  ['UTF-16', Buffer.from('\uFEFFnotice_id,pin\n', 'utf16le'), 'utf16', 1],
])('a file with %s is refused as a whole, and leaves nothing', async (_what, text, wrong, line) => {
  const before = await database.db.superuser('notices').count().first()
  const refused = await bring(text).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(ListError)
  expect(refused).toMatchObject({ wrong, line })
  expect(await database.db.superuser('notices').count().first()).toEqual(before)
})

test('the command imports for an administrator, writes what is wrong beside the file, and the page of administrators tells of it', async () => {
  await ensureBuilt()
  const folder = await mkdtemp(join(tmpdir(), 'joinder-notices-'))
  const run = async (...args: string[]) => {
    const env = {
      PATH: process.env['PATH'],
      JOINDER_HOME: database.home,
      DATABASE_URL_WORKER: database.urls.worker,
      NOTICE_KEY: keys.NOTICE_KEY,
    }
    const command = ['dist/server/notices/notices-cli.js', ...args]
    return promisify(execFile)(process.execPath, command, { env }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    )
  }
  try {
    const file = join(folder, 'list.csv')
    await writeFile(file, `${header}\n${eva.line}\n${otto.line}\n${eva.line}\n`)
    const by = `${admin.id}@example.com`
    const done = await run('import', slug, file, '--by', by)
    expect([done.code, done.stdout]).toEqual([
      1,
      expect.stringContaining('2 IDs added, of which 1'),
    ])
    const report = await readFile(`${file}.errors.csv`, 'utf8')
    expect(report).toContain('"4","notice_id","같은 번호가')
    for (const secret of ['Eva', 'AB-1234', 'willow']) expect(report).not.toContain(secret)
    const moderator = await person('moderator', '정민호')
    const refused = await run('import', slug, file, '--by', `${moderator.id}@example.com`)
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('not an administrator'),
    ])
    await rm(`${file}.errors.csv`)
    const inCp949 = Buffer.from('c8abb1e6b5bf', 'hex')
    await writeFile(
      file,
      Buffer.concat([Buffer.from('notice_id,pin,name\nAB123456,1234,'), inCp949]),
    )
    const korean = await run('import', slug, file, '--by', by)
    expect([korean.code, korean.stderr]).toEqual([1, expect.stringContaining('CP949(EUC-KR)')])

    const staff = createTestApp({ surface: 'staff', database, keys })
    const agent = await signIn(staff, { email: by, password })
    const page = textOf((await agent.get('/notices?lang=ko').set('Accept', 'text/html')).text)
    expect(page).toContain(
      '한서연 번호 2개 추가 파일 3줄, 미리 채울 수 있는 번호 1개, 받지 않은 줄 1개',
    )
    const english = textOf((await agent.get('/notices?lang=en').set('Accept', 'text/html')).text)
    expect(english).toContain('In use')
    const other = await signIn(staff, { email: `${moderator.id}@example.com`, password })
    expect((await other.get('/notices')).status).toBe(403)
  } finally {
    await rm(folder, { recursive: true })
  }
}, 90_000)

test('a right ID and PIN fill in what the notice says, once the person presses the button; everything can be changed', async () => {
  const agent = site.agent()
  expect((await agent.get(`${filing}?lang=en`)).text).toContain(`href="${here}"`)
  // As people type it: small letters, spaces.
  const page = await type(agent, 'ab 1234 5601', 'WILLOW 482')
  expect(textOf(page.text)).toContain('Notice AB12345601 shows that you are a member.')
  expect(page.text).toContain('Eva Marigold')
  // Reading the page has filled in nothing.
  const before = await agent.get(`${filing}/about-you`)
  expect(before.text ?? '').not.toContain('Eva Marigold')
  const used = await postForm(agent, `${here}/use`, {}, { from: here })
  expect(used.headers['location']).toBe(`${filing}/eligibility`)
  await postForm(agent, `${filing}/eligibility`, { affected_as: 'account', adult: 'yes' })
  const step = (await agent.get(`${filing}/about-you`)).text
  for (const value of ['Eva Marigold', 'eva.marigold@example.com', '77 Tansy Lane', '12207']) {
    expect(step).toContain(`value="${value}"`)
  }
  expect(textOf(step)).toContain('We filled in what your notice says')
  const sent = await postForm(agent, `${filing}/about-you`, {
    name: 'Eva Marigold-Reed',
    email: 'eva@example.com',
    birth_date: '3/8/1979',
    address_country: 'US',
    address_us_line1: '77 Tansy Lane',
    address_us_city: 'Albany',
    address_us_state: 'NY',
    address_us_postcode: '12207',
  })
  expect(sent.headers['location']).toBe(`${filing}/what-happened`)
  const again = (await agent.get(`${filing}/about-you`)).text
  expect(again).toContain('value="Eva Marigold-Reed"')
  expect(textOf(again)).not.toContain('We filled in')
})

test('a short PIN proves membership and fills in nothing; nothing was sealed under it', async () => {
  const agent = site.agent()
  const page = await type(agent, otto.id, otto.pin, 'ko')
  expect(textOf(page.text)).toContain('구성원으로 확인되었습니다')
  expect(page.text).not.toContain('Fennel')
  await postForm(agent, `${here}/use`, {}, { from: here })
  await postForm(agent, `${filing}/eligibility`, { affected_as: 'account', adult: 'yes' })
  expect((await agent.get(`${filing}/about-you`)).text).not.toContain('Fennel')
  const boxes = await database.db.superuser('notices').select('box')
  const [sealed, ...more] = boxes.flatMap(({ box }) => (box as Buffer | null) ?? [])
  expect(more).toEqual([])
  // What was sealed opens with its own ID, PIN, case and key, and with nothing else.
  const vault = createNoticeVault({ noticeKey: keys.NOTICE_KEY })
  const own = { matterId: matter.id, id: 'AB12345601', pin: 'WILLOW482' }
  expect(vault.openFilling(own, sealed!)).toMatchObject({ name: 'Eva Marigold' })
  const others = [{ pin: 'WILLOW483' }, { id: 'AB12345602' }, { matterId: newId() }]
  for (const other of others)
    expect(() => vault.openFilling({ ...own, ...other }, sealed!)).toThrow('unable to authenticate')
  const stolen = createNoticeVault({ noticeKey: testKeys().NOTICE_KEY })
  expect(() => stolen.openFilling(own, sealed!)).toThrow('unable to authenticate')
})

test('an ID that is not there and a wrong PIN are told the same, in both languages, and anyone goes on without', async () => {
  for (const [lang, words] of [
    ['ko', '번호나 PIN이 맞지 않습니다'],
    ['en', 'The ID or the PIN is not right'],
  ] as const) {
    const answers = []
    for (const id of [`ZZ-0000-${lang}01`, eva.id]) {
      const agent = site.agent()
      const page = await type(agent, id, 'WRONG999', lang)
      expect(textOf(page.text)).toContain(words)
      answers.push(page.text.replaceAll(id, '').replace(/value="[^"]*"|<time.*?<\/time>/g, ''))
      expect(page.text).toContain(`href="${filing}/eligibility"`)
      expect((await agent.get(`${filing}/eligibility`)).status).toBe(200)
    }
    expect(answers[0]).toBe(answers[1])
  }
  // Nor does what stands in the database differ in length.
  const lengths = await database.db
    .superuser('notice_checks')
    .select(database.db.superuser.raw('distinct length(answer) as length'))
  expect(lengths).toHaveLength(1)
  const empty = await type(site.agent(), '', '850304-1234567')
  expect([empty.status, empty.text.includes('850304')]).toEqual([422, false])
})

test('guesses at one ID stop, from however many browsers, and then a right PIN hears the same; so do guesses from one address', async () => {
  for (let guess = 0; guess < 3; guess++) {
    const page = await type(site.agent(), otto.id, `900${guess}`)
    expect(textOf(page.text)).toContain('is not right')
  }
  const right = await type(site.agent(), otto.id, otto.pin)
  expect(textOf(right.text)).toContain('too many wrong tries')
  const nobody = 'YY00000001'
  for (let guess = 0; guess < 3; guess++) await type(site.agent(), nobody, `900${guess}`)
  expect(textOf((await type(site.agent(), nobody, '9009')).text)).toContain('too many wrong tries')

  const strict = createTestApp({
    surface: 'public',
    database,
    keys,
    config: (config) => {
      const rate = { ...config.limits.rate, notice: { points: 1, seconds: 60 } }
      return { ...config, limits: { ...config.limits, rate } }
    },
  })
  const agent = strict.agent()
  await type(agent, 'XX00000001', '1234')
  expect((await type(agent, 'XX00000002', '1234')).status).toBe(429)
})

test('the public surface can read neither the list nor what was asked, and the database holds no ID, PIN or name', async () => {
  const { public: login, staff } = database.db
  for (const [db, statement] of [
    [login, 'select 1 from notices'],
    [login, 'select box from notice_checks'],
    [login, 'select tried from notice_checks'],
    [login, 'select outcome from notice_checks'],
    [login, 'select 1 from claim_notices'],
    [staff, 'select 1 from notices'],
    [staff, 'select 1 from notice_checks'],
  ] as const) {
    await expect(db.raw(statement)).rejects.toThrow('permission denied')
  }
  const plain = (text: string) => text.toUpperCase().replaceAll('-', '')
  const marks = [eva.id, eva.pin, otto.id, 'Marigold', 'Fennel', 'eva.marigold', 'Tansy Lane']
  const traces = findTraces(await dumpOf(database), [...marks, ...marks.map(plain)])
  expect(traces).toEqual([])
  expect(worker.logged.join('\n')).not.toMatch(/Marigold|willow|AB1234/i)
})

test('the claim keeps that it was proven: moderators see it unopened, and a notice used twice, and the delivery names it', async () => {
  await database.db.superuser('notice_checks').delete()
  const notices = createNoticeVault({ noticeKey: keys.NOTICE_KEY })
  const id = 'AB12345601'
  const file = async (ticket: string | null, email: string) => {
    const now = new Date()
    const deps = { ...site.deps, sealer: createSealer(site.deps.config.keys) }
    const content = {
      ...completeDraft(matter, now, { email }),
      ...(ticket !== null && { notice: { proven: { id, ticket } } }),
    }
    const draft = await saveDraft(deps, matter, undefined, 'ko', () => content)
    if (draft.kind !== 'draft') throw new Error('not a draft')
    const filed = await submitClaim(deps, matter, draft, 'ko')
    if (!filed.ok) throw new Error('not filed')
    await until('it is screened', async () => {
      const row = await database.db.superuser('claims').where({ number: filed.number }).first()
      return row.screened_at !== null
    })
    const row = await database.db.superuser('claims').where({ number: filed.number }).first()
    await database.db.superuser('claims').where({ id: row.id }).update({ state: 'verified' })
    return row as { id: string; number: string }
  }
  const ticket = notices.ticket({ matterId: matter.id, id })
  const first = await file(ticket, 'eva@example.com')
  const second = await file(ticket, 'somebody@example.com')
  // What a public surface that was taken over would make up.
  const forged = await file(Buffer.alloc(32).toString('base64url'), 'forged@example.com')
  const without = await file(null, 'none@example.com')

  const moderator = await person('moderator', '조용한')
  const staff = createTestApp({ surface: 'staff', database, keys })
  const agent = await signIn(staff, { email: `${moderator.id}@example.com`, password })
  const see = async (path: string) =>
    textOf((await agent.get(path).set('Accept', 'text/html')).text)
  const page = await see(`/claims/${first.id}?lang=ko`)
  expect(page).toContain('통지서 확인됨')
  expect(page).toContain(second.number)
  expect(page).not.toContain(id)
  for (const other of [forged, without]) {
    const shown = await see(`/claims/${other.id}?lang=en`)
    expect(shown).toContain('Filed without a notice')
    expect(shown).not.toContain(first.number)
  }
  expect((await see('/queue?lang=en')).match(/Notice used by another claim/g)).toHaveLength(2)
  const opened = await postForm(
    agent,
    `/claims/${first.id}/open`,
    { purpose: 'duplicate_check' },
    { from: `/claims/${first.id}` },
  )
  expect(opened.text).toContain(id)

  const ids = [first, second, forged, without].map((one) => one.id)
  expect(await findConfirmedNotices(worker.deps.db, ids)).toEqual(new Set([first.id, second.id]))
  const [column] = claimColumns({
    forms: new Map([[matter.form.version, matter.form]]),
    consents: [],
    lang: 'en',
    timeZone: 'UTC',
    notices: true,
  }).filter((one) => one.id === 'notice_id')
  const row = { content: { notice: { id, ticket } } } as never
  const cell = (noticeConfirmed: boolean) =>
    column!.cell(Object.assign({ noticeConfirmed }, row as object) as never)
  expect([cell(true), cell(false)]).toEqual([id, ''])
}, 60_000)
