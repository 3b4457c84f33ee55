import { invitePerson, parseInvitation } from '../../server/accounts/invite-person'
import { loadDemo } from '../../server/accounts/load-demo'
import { passwordProblem } from '../../server/accounts/passwords'
import { limits } from '../../server/limits'
import { sendMail } from '../../server/mail/send-mail'
import { createTestApp, postForm, testKeys, type TestApp } from '../support/app'
import { makeAccount, signIn, type TestAccount } from '../support/account'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { openMailbox, type Mailbox } from '../support/mailbox'
import { workerDeps, type TestWorkerDeps } from '../support/worker'

const keys = testKeys()
const korean = { 'Accept-Language': 'ko', Accept: 'text/html' }
const password = '조용한 열세 글자의 문장'
let database: TestDatabase
let mailbox: Mailbox
let worker: TestWorkerDeps
let staff: TestApp
let administrator: TestAccount
let now = new Date()
const clock = { now: () => now }

beforeAll(async () => {
  database = await createTestDatabase()
  mailbox = await openMailbox()
  worker = workerDeps({ database, keys, mailbox, clock })
  staff = createTestApp({ surface: 'staff', database, keys, clock })
  administrator = await makeAccount(database, { role: 'administrator', name: '관리자' })
})
afterAll(async () => {
  await worker.close()
  await mailbox.close()
  await database.drop()
})

/** Sends what is queued, as the worker does; gives the path of the newest link. */
async function mailedLink(): Promise<string> {
  for (const { id } of await database.db.superuser('mails').where({ state: 'queued' })) {
    await sendMail(worker.deps, id)
  }
  const text = mailbox.mails.at(-1)!.text
  return /https?:\/\/[^/\s]+(\/invitation\/[\w-]+)/.exec(text)![1]!
}

const person = (email: string) => database.db.superuser('people').where({ email }).first()

test('an administrator invites, the mail carries the link, the password is set once', async () => {
  const agent = await signIn(staff, administrator)
  const email = 'new.moderator@example.com'
  const answer = await postForm(agent, '/people', {
    name: ' 김새별 ',
    email: ` ${email.toUpperCase()}`,
    role: 'moderator',
    language: 'ko',
  })
  expect(answer.headers['location']).toBe('/people?invited')
  expect(await person(email)).toMatchObject({ state: 'invited', name: '김새별', firm_id: null })
  const link = await mailedLink()
  expect(mailbox.mails.at(-1)!.to).toBe(email)

  // Mail scanners look; only the form uses the link up.
  const visitor = staff.agent()
  for (let look = 0; look < 2; look++) {
    const page = await visitor.get(link).set(korean)
    expect(page.status).toBe(200)
    expect(page.text).toContain('김새별')
  }
  for (const [typed, again, says] of [
    ['short', 'short', '12자 이상'],
    [password, `${password}!`, '서로 다릅니다'],
    ['qwertyuiop12', 'qwertyuiop12', '너무 흔한'],
    ['김새별의 긴 비밀번호입니다', '김새별의 긴 비밀번호입니다', '이름이나 이메일'],
    ['new.moderator is my password', 'new.moderator is my password', '이름이나 이메일'],
  ]) {
    const refused = await postForm(visitor, link, { password: typed, again })
    expect(refused.status).toBe(422)
    expect(refused.text).toContain(says)
    expect(refused.text).not.toContain(`value="${typed}"`)
  }
  // Sent twice at once, as by an impatient finger.
  const both = await Promise.all(
    [0, 1].map(() => postForm(visitor, link, { password, again: password })),
  )
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 410])
  expect((await visitor.get(link).set(korean)).text).toContain('이미 사용한 초대입니다')
  const account = { ...administrator, email, password, name: '김새별' }
  expect((await (await signIn(staff, account)).get('/queue')).status).toBe(200)

  const kinds = await database.db
    .superuser('ledger_entries as e')
    .join('ledger_private as p', 'p.entry_id', 'e.id')
    .whereLike('p.private', `%${(await person(email)).id}%`)
    .orderBy('e.id')
  expect(kinds.map(({ kind }) => String(kind)).toSorted((a, b) => a.localeCompare(b))).toEqual([
    'person.device_added',
    'person.invited',
    'person.joined',
    'person.signed_in',
  ])
  expect(kinds.map((entry) => entry.private).join()).not.toMatch(/example\.com|김새별/)
})

test('an invitation ends after its hours; sent again, the new link works', async () => {
  const agent = await signIn(staff, administrator)
  const email = 'late@example.com'
  await postForm(agent, '/people', { name: 'Late', email, role: 'moderator', language: 'en' })
  const link = await mailedLink()
  now = new Date(now.getTime() + (limits.invitationHours * 60 + 1) * 60_000)
  expect((await staff.agent().get(link).set(korean)).status).toBe(410)
  const again = await signIn(staff, administrator)
  const { id } = await person(email)
  const answer = await postForm(again, `/people/${id}/invitation`, {}, { from: '/people' })
  expect(answer.status).toBe(303)
  const fresh = await mailedLink()
  expect(fresh).not.toBe(link)
  const visitor = staff.agent()
  expect((await postForm(visitor, fresh, { password, again: password })).status).toBe(303)
  // Nobody is invited who has joined.
  const late = await postForm(again, `/people/${id}/invitation`, {}, { from: '/people' })
  expect(late.status).toBe(409)
  expect((await staff.agent().get('/invitation/nonsense').set(korean)).status).toBe(404)
})

test('the form is given back with what was typed and what is missing', async () => {
  const agent = await signIn(staff, administrator)
  const cases: [Record<string, string>, string][] = [
    [{ name: '홍', email: 'no-address', role: 'moderator', language: 'ko' }, 'email'],
    [{ name: '홍', email: 'a@example.com', role: 'counsel', language: 'ko' }, 'firm'],
    [{ name: '홍', email: 'a@example.com', role: 'counsel', firm: 'none', language: 'ko' }, 'firm'],
    [{ name: '', email: 'a@example.com', role: 'moderator', language: 'ko' }, 'name'],
    [{ name: '홍', email: 'a@example.com', language: 'ko' }, 'role'],
    [{ name: '홍', email: administrator.email, role: 'moderator', language: 'ko' }, 'email'],
  ]
  for (const [fields, field] of cases) {
    const answer = await postForm(agent, '/people', fields)
    expect(answer.status).toBe(422)
    expect(answer.text).toContain(`href="#${field}"`)
    expect(answer.text).toContain(`value="${fields['email']}"`)
  }
  expect(await person('a@example.com')).toBeUndefined()

  const numbered = { email: 'a@example.com', role: 'moderator', language: 'ko' }
  const refused = await postForm(agent, '/people', { ...numbered, name: '홍 900101\u0001-1234567' })
  expect(refused.status).toBe(422)
  expect(refused.text).toContain('href="#name"')
  expect(refused.text).not.toContain('900101')
  const hiding = await postForm(agent, '/people', { ...numbered, name: ' 홍\u200b길동\u0007 ' })
  expect(hiding.status).toBe(303)
  expect(await person('a@example.com')).toMatchObject({ name: '홍길동' })
})

test('the same address invited twice at once is one account', async () => {
  const parsed = parseInvitation({
    email: 'twice@example.com',
    name: 'Twice',
    role: 'counsel',
    firm: 'hanbit-narae',
    language: 'en',
  })
  if (!parsed.ok) throw new Error('not parsed')
  const deps = { ...staff.deps, clock }
  const both = await Promise.all([0, 1].map(() => invitePerson(deps, parsed.value, null)))
  expect(both.filter(({ outcome }) => outcome === 'done')).toHaveLength(1)
  expect(await database.db.superuser('people').where({ email: 'twice@example.com' })).toHaveLength(
    1,
  )
})

test('passwords are counted in characters and may be any sentence', () => {
  const about = { email: 'jo@example.com', name: 'Jo Kim' }
  const problem = (text: string) => passwordProblem(text, about, limits)
  expect(problem('열두 글자가 되는 문장')).toBeNull()
  expect(problem('열한글자짜리문장이다')).toBe('short')
  expect(problem('x'.repeat(257))).toBe('long')
  expect(problem('aaaabbbbcccc')).toBe('common')
  expect(problem('PASSWORDPASSWORD')).toBe('common')
  // From the shipped list, alone, with what people add, repeated, in 한글 or on the wrong keyboard, and walks.
  for (const text of [
    'motherfucker',
    'Password2026!',
    '!!sunshine1990',
    '2026비밀번호!!!!',
    'qlalfqjsgh2026',
    'dkssudgktpdy!!',
    'sunshinesunshine',
    'joinder-joinder',
    'qwer1234asdf5678',
    '1qaz2wsx3edc',
    'zaq12wsxcde34rfv',
    'abcdefghijkl',
    '조인더조인더조인더조인더',
  ]) {
    expect([text, problem(text)]).toEqual([text, 'common'])
  }
  for (const text of ['many-small-boats', '빨간 우산과 검은 고양이', 'tulip kettle 49 orbit']) {
    expect([text, problem(text)]).toEqual([text, null])
  }
  // A short family name is in too many words to forbid.
  expect(problem('journalists kimono')).toBeNull()
  expect(problem('mail jo@example.com now')).toBe('personal')
})

test('the demonstration accounts are made once and can sign in', async () => {
  const accounts = await loadDemo({ db: database.db.staff, staffKey: keys.STAFF_KEY }, now)
  expect(await loadDemo({ db: database.db.staff, staffKey: keys.STAFF_KEY }, now)).toEqual(accounts)
  expect(accounts.map(({ role }) => role)).toEqual([
    'administrator',
    'administrator',
    'moderator',
    'counsel',
    'counsel',
  ])
  for (const { email, password: stated, role } of accounts) {
    const row = await person(email)
    expect(row.role).toBe(role)
    const agent = await signIn(staff, { ...administrator, email, password: stated })
    const start = role === 'counsel' ? '/batches' : '/queue'
    expect((await agent.get('/')).headers['location']).toBe(start)
    expect((await agent.get(start)).status).toBe(200)
  }
})
