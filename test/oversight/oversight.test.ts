import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asActor } from '../../server/db/connections'
import { newId } from '../../server/kernel/ids'
import { expireLeakLists } from '../../server/oversight/expire-leak-lists'
import { noteKeys } from '../../server/oversight/note-keys'
import { remindOfReview } from '../../server/oversight/remind-of-review'
import { monthBefore, monthOf } from '../../server/oversight/period'
import { declarationsOf } from '../../server/web/declared-routes'
import { openPortal, type Portal } from '../claims/access/portal'
import { makeAccount, signIn, type TestAccount } from '../support/account'
import {
  createTestApp,
  csrfFrom,
  postForm,
  testConfig,
  type Agent,
  type TestApp,
} from '../support/app'
import { download } from '../support/download'
import type { FiledClaim } from '../support/filed-claim'
import { openingsOf } from '../support/openings'
import { until } from '../support/until'

/** One month of a small office: openings by day and by night, a refusal, a delivery; then it is looked over. */
let portal: Portal
let home: string
let staff: TestApp
let claims: FiledClaim[]
let administrator: TestAccount
let moderator: TestAccount
let counsel: TestAccount
let firm: { id: string; slug: string }
let now: Date

const html = { Accept: 'text/html' }
const clock = { now: () => now }
const hour = 3600_000
const people = [
  { email: 'kim.bora@example.com', name: '김보라', phone: '+821055501234' },
  { email: 'lee.haneul@example.com', name: '이하늘', phone: '+821055505678' },
  { email: 'park.sol@example.com', name: '박솔', phone: '+821055509012' },
]
const personal = people.flatMap(({ email, name }) => [email, name, '5550'])

const sql = () => portal.database.db.superuser
const facts = async (kind: string) =>
  (
    await sql()('ledger_private as p')
      .join('ledger_entries as e', 'e.id', 'p.entry_id')
      .where({ 'e.kind': kind })
      .orderBy('e.id')
      .select('p.private')
  ).map((row) => JSON.parse(row.private) as Record<string, unknown>)

/** Opens a claim as its page does. @throws when the answer is another one */
async function open(agent: Agent, claim: FiledClaim, answer = 200): Promise<void> {
  const from = `/claims/${claim.id}`
  const fields = { purpose: 'identity_check' }
  const { status } = await postForm(agent, `${from}/open`, fields, { from })
  if (status !== answer) throw new Error(`opening answered ${status}`)
}

function csvRows(body: Buffer): string[][] {
  const lines = body.toString('utf8').replace('\ufeff', '').trim().split('\r\n')
  return lines.map((line) => line.slice(1, -1).split('","'))
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'joinder-oversight-'))
  portal = await openPortal({ env: { JOINDER_HOME: home } })
  const { database, keys } = portal
  // Noon in Korea, so that the hours below are of one day and one month.
  now = new Date(`${new Date(Date.now() + 9 * hour).toISOString().slice(0, 10)}T03:00:00Z`)
  staff = createTestApp({
    surface: 'staff',
    database,
    keys,
    clock,
    env: { JOINDER_HOME: home },
    config: openingsOf({ perHour: 2 }),
  })
  claims = await Promise.all(people.map((one) => portal.claim(one)))
  const matter = await sql()('matters').where({ slug: 'test-breach' }).first('firm_id')
  firm = await sql()('firms').where({ id: matter.firm_id }).first('id', 'slug')
  administrator = await makeAccount(database, { role: 'administrator', name: '한서연' })
  // A name that a spreadsheet would run.
  moderator = await makeAccount(database, { role: 'moderator', name: '=정민호' })
  counsel = await makeAccount(database, { role: 'counsel', name: '이도윤', firmId: firm.id })

  const desk = await signIn(staff, moderator)
  for (const claim of claims.slice(0, 2)) await open(desk, claim)
  await open(desk, claims[2]!, 429)
  now = new Date(now.getTime() + 11.5 * hour)
  await open(await signIn(staff, administrator), claims[0]!)

  await sql()('claims')
    .whereIn(
      'id',
      claims.slice(0, 2).map(({ id }) => id),
    )
    .update({ state: 'accepted' })
  const office = await signIn(staff, counsel)
  const list = await office.get('/batches').set(html)
  const batch = /name="request" value="([^"]+)"/.exec(list.text)![1]!
  const { id: matterId } = await sql()('matters').where({ slug: 'test-breach' }).first('id')
  await postForm(office, '/batches', { matter: matterId, request: batch }, { from: '/batches' })
  await until('the delivery is there', async () => {
    const row = await sql()('batches').where({ id: batch }).first('state')
    return row.state === 'complete'
  })
  await download(office, `/batches/${batch}/download`, `/batches/${batch}`)
}, 60_000)
afterAll(async () => {
  await portal.close()
  await rm(home, { recursive: true, force: true })
})

test('administrators see who opened what by person, claim, firm and time, and no personal data of anybody', async () => {
  const agent = await signIn(staff, administrator)
  const page = async (query = '') =>
    (await agent.get(`/oversight/openings?lang=ko${query}`).set(html).expect(200)).text
  const rowsOf = (text: string) =>
    [...text.matchAll(/href="\/oversight\/openings\/([0-9a-f-]{36})"/g)].map(([, id]) => id!)
  const expected = async (where: (facts: Record<string, unknown>) => boolean) =>
    (await facts('claim.opened')).filter((one) => one['person'] ?? one['requestedBy']).filter(where)
      .length

  const all = await page()
  expect(rowsOf(all)).toHaveLength(await expected(() => true))
  expect(rowsOf(await page(`&person=${moderator.id}`))).toHaveLength(
    await expected((one) => one['person'] === moderator.id),
  )
  // At the request of counsel, by a job: a delivery of two claims.
  const delivery = await page(`&firm=${firm.slug}`)
  expect(rowsOf(delivery)).toHaveLength(1)
  expect(delivery).toContain('신청 2건')
  const ofClaim = await page(`&claim=${claims[1]!.number.toLowerCase()}`)
  expect(rowsOf(ofClaim)).toHaveLength(2)
  expect(ofClaim).toContain('접수 처리')
  const tomorrow = new Date(now.getTime() + 24 * hour).toISOString().slice(0, 10)
  expect(rowsOf(await page(`&from=${tomorrow}`))).toHaveLength(0)
  expect(rowsOf(await page(`&job=screen-claim`))).toHaveLength(3)
  // Three programs' openings or thirty: a line each.
  expect(all.match(/job=screen-claim/g)).toHaveLength(1)
  expect((await agent.get('/oversight/openings?claim=AAAA&from=2026-02-31').set(html)).status).toBe(
    422,
  )

  const [of] = rowsOf(delivery)
  const one = (await agent.get(`/oversight/openings/${of}`).set(html).expect(200)).text
  for (const { number } of claims.slice(0, 2)) expect(one).toContain(number)

  const before = (await facts('claim.opened')).length
  const pages = ['', '/openings', '/reviews', '/keys', '/deliveries', '/leaks']
  for (const path of pages) {
    for (const lang of ['ko', 'en']) {
      const { text } = await agent.get(`/oversight${path}?lang=${lang}`).set(html).expect(200)
      for (const word of personal) expect([path, text.includes(word)]).toEqual([path, false])
      expect(text).not.toMatch(/oversight:|accounts:|common:/)
    }
  }
  // Looking over the log opens nothing.
  expect((await facts('claim.opened')).length).toBe(before)
  const deliveries = (await agent.get('/oversight/deliveries?lang=ko').set(html)).text
  expect(deliveries).toContain('전달 자료 내려받음')
  expect(deliveries).toContain(counsel.name)
})

test('the log is downloaded as a file that no spreadsheet runs, one row an opening and claim, on the record', async () => {
  const agent = await signIn(staff, administrator)
  const file = await download(agent, '/oversight/openings/export', '/oversight/openings?lang=ko')
  expect(file.headers['content-disposition']).toContain('.csv')
  const [header, ...rows] = csvRows(file.body)
  const { rows: wanted } = await sql().raw(
    `select c.number, e.id from opening_claims o join ledger_entries e on e.id = o.entry_id
     join ledger_private p on p.entry_id = e.id join claims c on c.id = o.claim_id
     where coalesce(p.private::jsonb ->> 'person', p.private::jsonb ->> 'requestedBy') is not null`,
  )
  const pairs = rows.map((row) => [
    row[header!.indexOf('접수번호')],
    row[header!.indexOf('기록 번호')],
  ])
  expect(new Set(pairs.map(String))).toEqual(
    new Set(
      (wanted as { number: string; id: string }[]).map((row) => String([row.number, row.id])),
    ),
  )
  expect(rows).toHaveLength(wanted.length)
  const names = new Set(rows.map((row) => row[1]))
  expect(names).toContain(`'${moderator.name}`)
  for (const word of personal) expect(file.body.includes(word)).toBe(false)
  expect(await facts('openings.exported')).toMatchObject([{ by: administrator.id, jobs: false }])
  const whole = await download(agent, '/oversight/openings/export', '/oversight/openings', {
    jobs: 'yes',
  })
  const [counted] = await sql()('opening_claims').count<{ count: number }[]>()
  expect(csvRows(whole.body)).toHaveLength(counted!.count + 1)
})

test('a month is reviewed on figures that are the ledger’s own, and what is signed cannot be changed', async () => {
  const month = monthOf(now)
  const { database } = portal
  const early = await signIn(staff, administrator)
  // It is not over yet.
  expect((await early.get(`/oversight/reviews/${month}`).set(html)).status).toBe(404)
  now = new Date(new Date(`${monthBefore(month, -1)}-09T00:00:00+09:00`).getTime())
  await remindOfReview({ ...portal.worker.deps, clock })
  now = new Date(now.getTime() + 3 * 24 * hour)
  for (let again = 0; again < 2; again++) await remindOfReview({ ...portal.worker.deps, clock })
  const mails = sql()('mails').where({ template: 'log-review-due' })
  expect(await mails).toHaveLength(1)
  const mail = await portal.mailbox.waitFor(
    ({ to, text }) => to === administrator.email && text.includes(`/oversight/reviews/${month}`),
  )
  expect(mail.text).toContain(`/oversight/reviews/${month}`)

  const agent = await signIn(staff, administrator)
  const path = `/oversight/reviews/${month}`
  expect((await agent.get('/oversight?lang=ko').set(html)).text).toContain('기한이 지난 달이 1개')
  const figures = async () =>
    /name="figures" value="([0-9a-f]{64})"/.exec((await agent.get(path).set(html)).text)![1]!
  const sign = (fields: Record<string, string>) => postForm(agent, path, fields)
  const shown = await figures()
  const words = '밤에 연 한 건은 당직 중 문의 때문임을 확인했습니다.'
  for (const wrong of [
    { name: '다른 이름', findings: words, figures: shown },
    { name: administrator.name, findings: ' ', figures: shown },
    { name: administrator.name, findings: '900101-1234568', figures: shown },
    { name: administrator.name, findings: words, figures: '0'.repeat(64) },
  ]) {
    const refused = await sign(wrong)
    expect(refused.status).toBe(422)
    expect(refused.text).not.toContain('900101')
    expect(refused.text.includes(words)).toBe(wrong.findings === words)
  }
  const given = { name: administrator.name, findings: words, figures: shown }
  expect((await sign(given)).headers['location']).toBe(`${path}?signed`)
  const further = { ...given, findings: '덧붙임: 이상 없음' }
  expect((await sign(further)).status).toBe(303)

  const [review, second] = await sql()('log_reviews').orderBy('signed_at').orderBy('id')
  expect(new Set([review.findings, second.findings])).toEqual(new Set([words, further.findings]))
  const signed = JSON.parse(review.figures as string) as Record<string, unknown>
  expect(
    createHash('sha256')
      .update(review.figures as string)
      .digest('hex'),
  ).toBe(shown)
  expect(await facts('log.reviewed')).toContainEqual(
    expect.objectContaining({ review: review.id, month, figures: shown, by: administrator.id }),
  )
  // Counted once more, from the entries themselves.
  const opened = (await facts('claim.opened')).filter((one) => one['person'] ?? one['requestedBy'])
  const who = (one: Record<string, unknown>) => one['person'] ?? one['requestedBy']
  const of = (id: string) => opened.filter((one) => who(one) === id)
  for (const [id, role, night] of [
    [administrator.id, 'administrator', 1],
    [moderator.id, 'moderator', 0],
    [counsel.id, 'counsel', 0],
  ] as const) {
    expect(signed['people']).toContainEqual({
      person: id,
      role,
      firm: role === 'counsel' ? firm.id : null,
      acts: of(id).length,
      claims: of(id).reduce((sum, one) => sum + Number(one['claims']), 0),
      night,
    })
  }
  expect(signed).toMatchObject({
    totals: { acts: opened.length, night: 1 },
    refusals: [{ person: moderator.id, count: (await facts('opening.refused')).length }],
    accounts: { ended: 0, asleep: 0 },
  })
  expect(signed['downloads']).toContainEqual({
    kind: 'batch.downloaded',
    person: counsel.id,
    count: 1,
  })
  const text = (await agent.get(`${path}?lang=ko`).set(html)).text
  for (const one of [words, further.findings, administrator.name]) expect(text).toContain(one)
  expect((await agent.get('/oversight?lang=ko').set(html)).text).not.toContain('기한이 지난 달이')

  for (const table of ['log_reviews', 'openings', 'leaks']) {
    await expect(sql().raw(`truncate ${table} cascade`)).rejects.toThrow(/append-only/)
  }
  await expect(sql()('log_reviews').update({ findings: '' })).rejects.toThrow(/append-only/)
  await expect(sql()('log_reviews').delete()).rejects.toThrow(/append-only/)
  await expect(sql()('openings').delete()).rejects.toThrow(/append-only/)
  const { staff: login } = database.db
  const refused = (write: Promise<unknown>) =>
    expect(write).rejects.toMatchObject({ code: '42501' })
  const by = administrator.id
  await refused(asActor(login, by, (tx) => tx('log_reviews').update({ findings: '' })))
  await refused(asActor(login, by, (tx) => tx('log_reviews').delete()))
  await refused(asActor(login, by, (tx) => tx('openings').delete()))
  // In the name of somebody else.
  const forged = { ...review, id: newId(), signed_by: moderator.id }
  await refused(asActor(login, by, (tx) => tx('log_reviews').insert(forged)))
})

test('whom a leak concerns is what an independent count says, whatever leaked', async () => {
  const agent = await signIn(staff, administrator)
  await sql()('evidence').insert({
    id: newId(),
    claim_id: claims[0]!.id,
    state: 'received',
    kind: 'notice',
    type: 'pdf',
    bytes: 1000,
    about: Buffer.from('x'),
    created_at: new Date(),
    received_at: new Date(),
  })
  const { id: matterId } = await sql()('matters').where({ slug: 'test-breach' }).first('id')
  const ids = async (query: string, values: string[] = []) =>
    ((await sql().raw(query, values)).rows as { number: string }[]).map(({ number }) => number)
  const cases: [Record<string, string>, Promise<string[]>][] = [
    [
      { what: 'firm', firm: firm.slug },
      ids(
        `select c.number from claims c where exists (select from batch_claims b where b.claim_id = c.id and b.firm_id = ?)`,
        [firm.id],
      ),
    ],
    [
      { what: 'person', person: moderator.id },
      ids(
        `select distinct c.number from claims c join opening_claims o on o.claim_id = c.id
        join ledger_private p on p.entry_id = o.entry_id where p.private::jsonb ->> 'person' = ?`,
        [moderator.id],
      ),
    ],
    [
      { what: 'matter', matter: 'test-breach' },
      ids(`select number from claims where matter_id = ?`, [matterId]),
    ],
    [{ what: 'everything', to: '2001-01-01' }, Promise.resolve([])],
    [{ what: 'everything' }, ids('select number from claims')],
  ]
  for (const [fields, wanted] of cases) {
    const asked = await postForm(agent, '/oversight/leaks', fields, { from: '/oversight/leaks' })
    expect(asked.status).toBe(303)
    const path = asked.headers['location'] as string
    const page = (await agent.get(`${path}?lang=ko`).set(html).expect(200)).text
    const numbers = await wanted
    expect(page).toContain(`${numbers.length}건`)
    for (const word of personal) expect(page).not.toContain(word)
    const leak = await sql()('leaks')
      .where({ id: path.split('/').at(-1) })
      .first()
    expect([fields, leak.claims]).toEqual([fields, numbers.length])
    expect(await facts('leak.listed')).toContainEqual(
      expect.objectContaining({ leak: leak.id, claims: numbers.length }),
    )
    if (numbers.length === 0) continue
    const file = await download(agent, `${path}/export`, `${path}?lang=ko`)
    const [header, ...rows] = csvRows(file.body)
    expect(rows).toHaveLength(numbers.length)
    expect(new Set(rows.map(([number]) => number))).toEqual(new Set(numbers))
    const exposed = rows[0]![header!.indexOf('드러난 것')]!
    expect(exposed).toContain('이름, 이메일 주소, 전화번호, 생년월일, 주소')
    expect(rows[0]![header!.indexOf('이메일 주소 확인함')]).toBe('예')
    // A delivery holds no documents; whoever opened the claim saw them.
    const withDocuments = rows.filter((row) =>
      row[header!.indexOf('드러난 것')]!.includes('증거자료'),
    )
    const shown = fields['what'] === 'firm' ? [] : [claims[0]!.number]
    expect(withDocuments.map(([number]) => number)).toEqual(shown)
    for (const word of personal) expect(file.body.includes(word)).toBe(false)
  }
  expect(await facts('leak.exported')).toHaveLength(4)
  expect((await postForm(agent, '/oversight/leaks', { what: 'firm' })).status).toBe(422)
  await expect(sql()('leaks').update({ claims: 0 })).rejects.toThrow(/append-only/)
  // Nor does the database list anything for whoever is no administrator.
  const list = asActor(portal.database.db.staff, moderator.id, (tx) =>
    tx.raw(`select * from list_leak(?, 'everything', null, null, now())`, [newId()]),
  )
  await expect(list).rejects.toMatchObject({ code: '42501' })

  // Kept for a while; what was counted stays.
  now = new Date(now.getTime() + 91 * 24 * hour)
  await expireLeakLists({ ...portal.worker.deps, clock })
  expect(await sql()('leak_claims')).toEqual([])
  const { id } = await sql()('leaks').where({ what: 'matter' }).first('id')
  const later = await signIn(staff, administrator)
  const gone = (await later.get(`/oversight/leaks/${id}?lang=ko`).set(html)).text
  expect(gone).toContain('보관 기간이 지나')
  expect(gone).toContain(`${claims.length}건`)
  const late = await postForm(later, `/oversight/leaks/${id}/export`, {}, { from: '/account' })
  expect(late.status).toBe(409)
})

test('keys are watched by fingerprints, each noted by a process that holds it', async () => {
  const { database, keys } = portal
  const noted = (keysGiven: typeof keys) =>
    Promise.all(
      (['public', 'staff', 'worker'] as const).map((process) =>
        noteKeys(database.db[process], testConfig(process, { database, keys: keysGiven }).keys),
      ),
    )
  await noted(keys)
  await sql()('keys_seen').update({
    first_seen_at: new Date(now.getTime() - 400 * 24 * hour),
    last_seen_at: new Date(Date.now() - 24 * hour),
  })
  const prints = await sql()('keys_seen').where({ name: 'VAULT_KEY' }).first('fingerprint')
  expect(prints.fingerprint).toHaveLength(32)
  const dump = JSON.stringify(
    await sql()('keys_seen').select(sql().raw(`encode(fingerprint, 'base64') as f`)),
  )
  for (const key of Object.values(keys)) expect(dump).not.toContain(key)
  const agent = await signIn(staff, administrator)
  const shown = async () => (await agent.get('/oversight/keys?lang=ko').set(html).expect(200)).text
  expect((await shown()).match(/365일 넘음/g)).toHaveLength(8)
  expect(await shown()).toContain('적어도 400일')
  // One is exchanged.
  const other = createTestApp({ surface: 'staff', database }).deps.config.keys
  await noteKeys(database.db.staff, { staffKey: other.staffKey! })
  expect((await shown()).match(/365일 넘음/g)).toHaveLength(7)
  expect(await shown()).toContain('이 키 전에 다른 키를 썼습니다.')
  await expect(noteKeys(database.db.public, { vaultKey: keys.VAULT_KEY })).rejects.toMatchObject({
    code: '42501',
  })
  for (const login of ['public', 'worker'] as const) {
    await expect(database.db[login]('keys_seen').select()).rejects.toMatchObject({ code: '42501' })
  }
})

test('nobody but administrators looks over anything', async () => {
  const routes = declarationsOf(staff.app).filter(({ path }) => path.startsWith('/oversight'))
  expect(routes.length).toBeGreaterThan(10)
  for (const account of [moderator, counsel]) {
    const agent = await signIn(staff, account)
    const token = csrfFrom((await agent.get('/account').set(html)).text)
    for (const { method, path } of routes) {
      const url = path.replaceAll(/:\w+/g, () => newId())
      const answer =
        method === 'get'
          ? await agent.get(url).set(html)
          : await agent.post(url).type('form').send({ _csrf: token })
      expect([path, answer.status]).toEqual([path, 403])
    }
  }
})
