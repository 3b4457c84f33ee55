import { endPerson } from '../../server/accounts/end-person'
import { answerSearch } from '../../server/search/answer-search'
import { tendSearches } from '../../server/search/tend-searches'
import { parseSearch } from '../../server/search/parse-search'
import type { TestAppOptions } from '../support/app'
import { createTestApp, postForm, type Agent, type TestApp } from '../support/app'
import { makeAccount, signIn, type TestAccount } from '../support/account'
import { dumpOf, findTraces } from '../support/dump'
import { until } from '../support/until'
import { claimPage, openPortal, typeCode, type Portal } from '../claims/access/portal'

/** Somebody telephones: the staff surface, the worker that alone can look, and the page of who was found. */
let portal: Portal
let staff: TestApp
let moderator: TestAccount
let administrator: TestAccount
let agent: Agent

beforeAll(async () => {
  portal = await openPortal()
  staff = app()
  moderator = await makeAccount(portal.database, { role: 'moderator', name: '정민호' })
  administrator = await makeAccount(portal.database, { role: 'administrator', name: '한서연' })
  agent = await signIn(staff, moderator)
})
afterAll(() => portal.close())

function app(change: Partial<TestAppOptions> = {}): TestApp {
  const { database, keys } = portal
  return createTestApp({ surface: 'staff', database, keys, ...change })
}

const reason = { reason: 'telephone', why: '계약서가 언제 오는지 문의' }
const search = (what: string, by = agent, fields: object = reason) =>
  postForm(by, '/search', { ...fields, what })

/** Searches, and waits as the page does. */
async function found(what: string, by = agent) {
  const asked = await search(what, by)
  if (asked.status !== 303) throw new Error(`searching answered ${asked.status}`)
  const href = asked.headers['location']!
  await until('the search is answered', async () => {
    const { body } = await by.get(`${href}/ready`)
    return (body as { done: boolean }).done
  })
  const page = await by.get(href).set('Accept', 'text/html')
  const ids = [...page.text.matchAll(/<th scope="row"[^>]*>.*?href="\/claims\/([0-9a-f-]{36})"/gs)]
  return { href, page, ids: ids.map(([, id]) => id) }
}

const rows = () => portal.database.db.superuser('claim_searches').orderBy('asked_at', 'desc')
const openings = async (claimId: string) => {
  const found = await portal.database.db
    .superuser('opening_claims as o')
    .join('ledger_private as p', 'p.entry_id', 'o.entry_id')
    .where('o.claim_id', claimId)
    .orderBy('o.entry_id')
    .pluck('p.private')
  return found
    .map((one: string) => JSON.parse(one) as Record<string, unknown>)
    .filter(({ purpose }) => purpose === 'search')
}
const counted = async ({ id }: TestAccount) =>
  (await portal.database.db.superuser('opening_budgets').where({ person_id: id }).first())
    ?.hour_count ?? 0

test('what people say on the telephone is understood', () => {
  const read = (text: string) => {
    const parsed = parseSearch(text, '2026-11-27')
    if (!parsed.ok) return parsed.error
    const { kind, ...rest } = parsed.looked
    return [kind, ...Object.values(rest).flat()].join(' ')
  }
  for (const phone of [
    '010-1234-5678',
    '01012345678',
    '+82 10 1234 5678',
    '+82 010-1234-5678',
    '0082 10 1234 5678',
    '０１０ １２３４ ５６７８',
  ]) {
    expect([phone, read(phone)]).toEqual([phone, 'phone +821012345678'])
  }
  expect(read('+1 212-555-0123')).toBe('phone +12125550123')
  expect(read(' Minjun.Kim @Example.com ')).toBe('email Minjun.Kim@example.com')
  for (const birth of [
    '19850304',
    '1985-03-04',
    '850304',
    '1985년 3월 4일',
    '85.3.4',
    '3/4/1985',
  ]) {
    expect([birth, read(`홍 길동 ${birth}`)]).toEqual([birth, 'name_birth 홍 길동 1985-03-04'])
  }
  expect(read('홍길동850304')).toBe('name_birth 홍길동 1985-03-04')
  expect(read('1985-03-04 홍길동')).toBe('name_birth 홍길동 1985-03-04')
  expect(read('John A. Smith March 4, 1985')).toBe('name_birth John A. Smith 1985-03-04')
  // A year of two digits is whatever it can be: nobody was born tomorrow.
  expect(read('홍길동 180304')).toBe('name_birth 홍길동 1918-03-04 2018-03-04')
  for (const text of ['홍길동', '850304', '19850304', 'a@b', '홍길동 851304', '12', '홍 850304']) {
    expect([text, read(text)]).toEqual([text, 'unreadable'])
  }
  expect([read('  '), read('850304-1234567')]).toEqual(['missing', 'resident_number'])
})

test('somebody who telephones is found by number, address, or name and birth date, masked, and sees that they were', async () => {
  const email = 'telephones@example.com'
  const claim = await portal.claim({ email, name: '홍길동', phone: '+821087654321' })
  const other = await portal.claim({ email: 'other@example.com', name: '홍길순' })
  const claimant = portal.site.agent()
  await typeCode(claimant, (await portal.ask(claimant, email)).code)
  await portal.answered(claimant)
  const before = await counted(moderator)

  for (const what of ['010-8765-4321', 'TELEPHONES@example.com', '홍 길동 850304']) {
    const { page, ids } = await found(what)
    expect([what, ids]).toEqual([what, [claim.id]])
    expect(page.text).toContain(claim.number)
    for (const told of ['홍길동', '홍 길동', '8765', 'telephones', '1985']) {
      expect(page.text.toLowerCase()).not.toContain(told)
    }
  }
  expect(await openings(claim.id)).toMatchObject(
    ['phone', 'email', 'name_birth'].map((by) => ({
      person: moderator.id,
      purpose: 'search',
      reason: 'telephone',
      by,
      claims: 1,
    })),
  )
  expect(await openings(other.id)).toEqual([])
  expect((await counted(moderator)) - before).toBe(3)

  // The claimant sees it in plain words, in their language; the colleague in the history of the claim.
  await until('the claimant sees it', async () =>
    (await claimPage(claimant, claim)).text.includes('전화로 문의하신 분의 신청을 찾기 위해'),
  )
  const english = await claimant.get(`/claims/mine/${claim.number}?lang=en`)
  expect(english.text).toContain('To find the claim of somebody who telephoned')
  expect(english.text).not.toContain('정민호')
  const history = (await agent.get(`/claims/${claim.id}`)).text
  expect(history).toContain('신청 찾기 · 전화로 문의')
  // It has not been read: whoever looked for it cannot decide it.
  expect(history).not.toContain('name="decision"')

  // Nothing of what was typed is anywhere, nor the words of the reason; one search is one row.
  const [row] = await rows()
  expect(row).toMatchObject({ kind: 'name_birth', outcome: 'answered', hits: 1, box: null })
  const dump = await dumpOf(portal.database)
  const typed = ['8765-4321', '87654321', 'TELEPHONES@', '홍 길동', '계약서가 언제']
  expect(findTraces(dump, typed)).toEqual([])
  const logged = [...staff.logged, ...portal.worker.logged].join('')
  for (const one of typed) expect(logged).not.toContain(one)
})

test('a search that finds nothing is recorded and counted like one that does', async () => {
  const before = await counted(moderator)
  const { page, ids } = await found('010-9999-8888')
  expect(ids).toEqual([])
  expect(page.text).toContain('찾은 신청이 없습니다')
  const [row] = await rows()
  expect(row).toMatchObject({ person_id: moderator.id, outcome: 'answered', hits: 0 })
  const entry = await portal.database.db
    .superuser('ledger_private')
    .where({ entry_id: row.entry_id })
    .first()
  expect(JSON.parse(entry.private)).toMatchObject({
    kind: 'claim.opened',
    purpose: 'search',
    claims: 0,
    search: row.id,
    why: row.why_sha256.toString('hex'),
  })
  expect((await counted(moderator)) - before).toBe(1)
})

test('without a reason nothing is looked for; a number of a claim leads straight to it', async () => {
  const claim = await portal.claim({ email: 'number@example.com' })
  const before = (await rows()).length
  for (const [what, fields] of [
    ['010-1234-5678', {}],
    ['010-1234-5678', { ...reason, reason: 'curiosity' }],
    ['010-1234-5678', { ...reason, why: ' ' }],
    ['홍길동', reason],
    ['850304-1234567', reason],
  ] as const) {
    const refused = await search(what, agent, fields)
    expect([what, refused.status]).toEqual([what, 422])
    expect(refused.text).toContain('govuk-error-summary')
    expect(refused.text.includes(`value="${what}"`)).toBe(what !== '850304-1234567')
  }
  expect((await rows()).length).toBe(before)

  const direct = await search(claim.number.toLowerCase().replaceAll('-', ' '), agent, {})
  expect([direct.status, direct.headers['location']]).toEqual([303, `/claims/${claim.id}`])
  expect(await openings(claim.id)).toEqual([])
  const unknown = await search('7K2M-93QD-X4TA', agent, {})
  expect([unknown.status, unknown.text.includes('이 접수번호의 신청이 없습니다')]).toEqual([
    422,
    true,
  ])
  expect((await rows()).slice(0, 2)).toMatchObject([
    { kind: 'number', hits: 0 },
    { kind: 'number', hits: 1 },
  ])
  expect(staff.logged.join('')).not.toMatch(/7K2M|curiosity/)
})

test('searches are braked for each person, and past the budget of openings nothing is told', async () => {
  const limited = (limits: object) =>
    app({ config: (config) => ({ ...config, limits: { ...config.limits, ...limits } }) })
  const eager = await makeAccount(portal.database, { role: 'moderator', name: '빠른' })
  const few = await signIn(limited({ searchesPerHour: 3 }), eager)
  const token = /name="_csrf" value="([^"]+)"/.exec((await few.get('/search')).text)![1]
  const many = await Promise.all(
    Array.from({ length: 8 }, () =>
      few
        .post('/search')
        .type('form')
        .set('Accept', 'text/html')
        .send({ ...reason, what: '010-1234-5678', _csrf: token }),
    ),
  )
  expect(many.filter(({ status }) => status === 303)).toHaveLength(3)
  expect(many.find(({ status }) => status === 429)!.text).toContain('value="010-1234-5678"')

  // The worker counts by its own numbers: those of its configuration.
  const spent = await makeAccount(portal.database, { role: 'moderator', name: '다쓴' })
  const { superuser } = portal.database.db
  const hour = new Date(Math.floor(Date.now() / 3600_000) * 3600_000)
  const most = staff.deps.config.limits.openings.moderator.perHour
  await superuser('opening_budgets').insert({
    person_id: spent.id,
    hour,
    hour_count: most,
    day: new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000),
    day_count: most,
  })
  const claim = await portal.claim({ email: 'unseen@example.com' })
  const { page } = await found('unseen@example.com', await signIn(staff, spent))
  expect([page.status, page.text.includes(claim.number)]).toEqual([429, false])
  expect(await openings(claim.id)).toEqual([])
  const refused = await superuser('ledger_private').whereLike(
    'private',
    `%opening.refused%${spent.id}%`,
  )
  expect(refused).toHaveLength(1)
})

test('a search is its own: counsel has none, colleagues see nobody’s, and administrators why, on the record', async () => {
  const claim = await portal.claim({ email: 'own@example.com' })
  const { href, ids } = await found('own@example.com')
  expect(ids).toEqual([claim.id])
  const { firm_id: firmId } = await portal.database.db
    .superuser('matters')
    .where({ slug: 'test-breach' })
    .first()
  const counsel = await makeAccount(portal.database, { role: 'counsel', name: '이도윤', firmId })
  expect((await (await signIn(staff, counsel)).get('/search')).status).toBe(403)
  const colleague = await makeAccount(portal.database, { role: 'moderator', name: '동료' })
  expect((await (await signIn(staff, colleague)).get(href)).status).toBe(404)
  expect((await postForm(agent, `${href}/reason`, {}, { from: '/search' })).status).toBe(403)

  const overseer = await signIn(staff, administrator)
  const page = await overseer.get(href).set('Accept', 'text/html')
  expect([page.status, page.text.includes('정민호')]).toEqual([200, true])
  for (const hidden of [claim.number, reason.why]) expect(page.text).not.toContain(hidden)
  const told = await postForm(overseer, `${href}/reason`, {}, { from: href })
  expect(told.text).toContain(reason.why)
  const { superuser } = portal.database.db
  expect(await superuser('ledger_entries').where({ kind: 'search.reason_read' })).toHaveLength(1)

  // What it found is shown for some minutes, and the words go with the claim.
  const later = app({ clock: { now: () => new Date(Date.now() + 16 * 60_000) } })
  const old = await (await signIn(later, moderator)).get(href).set('Accept', 'text/html')
  expect([old.status, old.text.includes(claim.number)]).toEqual([200, false])
  await superuser('claims').where({ id: claim.id }).update({ state: 'erased' })
  const gone = await postForm(overseer, `${href}/reason`, {}, { from: href })
  expect([gone.text.includes(reason.why), gone.text.includes('신청과 함께 지웠습니다')]).toEqual([
    false,
    true,
  ])
})

test('nobody is told of what they asked before they were ended, and what is late is forgotten', async () => {
  const { database } = portal
  const { superuser } = database.db
  const leaving = await makeAccount(database, { role: 'moderator', name: '떠난' })
  // Asked while no worker listens.
  await portal.worker.close()
  const asked = await search('010-1234-5678', await signIn(staff, leaving))
  const late = await search('010-1234-5678', await signIn(staff, moderator))
  const idOf = (answer: typeof asked) => answer.headers['location']!.split('/').at(-1)!
  const waiting = await agent.get(late.headers['location']!).set('Accept', 'text/html')
  expect(waiting.text).toMatch(/<meta http-equiv="refresh"/)
  await endPerson({ ...staff.deps, db: database.db.staff }, leaving.id, administrator.id)
  const { deps } = portal.worker
  await answerSearch(deps, idOf(asked))
  await tendSearches({ ...deps, clock: { now: () => new Date(Date.now() + 11 * 60_000) } })
  const left = await superuser('claim_searches').whereIn('id', [idOf(asked), idOf(late)])
  expect(left).toMatchObject([
    { outcome: 'lapsed', box: null, hits: null },
    { outcome: 'lapsed', box: null, hits: null },
  ])
  await portal.restartWorker()
})
