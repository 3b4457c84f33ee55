import { sendMail } from '../../server/mail/send-mail'
import { sweepMails } from '../../server/mail/sweep-mails'
import { limits } from '../../server/limits'
import { newId } from '../../server/kernel/ids'
import { expireDrafts } from '../../server/intake/expire-drafts'
import { showMoment } from '../../server/web/show-moment'
import { createTestApp, csrfFrom, testKeys, type Agent, type TestApp } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { dumpOf, tracesOf } from '../support/dump'
import { fileClaim, filePath, fillSteps, post, typedSteps } from '../support/filing'
import { openMailbox, type Mailbox } from '../support/mailbox'
import { loadTestMatters } from '../support/test-matters'
import { until } from '../support/until'
import { startTestWorker, workerDeps, type TestWorkerDeps } from '../support/worker'

let database: TestDatabase
let mailbox: Mailbox
let worker: TestWorkerDeps
let site: TestApp
let now: Date
let count = 0
const clock = { now: () => now }
const keys = testKeys()
const ask = `${filePath}/continue`
const linkPattern = /http:\/\/localhost:3000(\/matters\/test-breach\/file\/continue\/([\w-]{43}))\s/

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  mailbox = await openMailbox()
  worker = workerDeps({ database, keys, mailbox, clock })
  site = createTestApp({ surface: 'public', database, keys, clock })
})
afterAll(async () => {
  await worker.close()
  await mailbox.close()
  await database.drop()
})
beforeEach(async () => {
  now = new Date('2026-02-01T05:03:00Z')
  mailbox.mails.length = 0
  mailbox.answerTo(() => undefined)
  await db()('rate_limits').delete()
  await db()('mails').where({ template: 'continue-filing' }).delete()
  // With them go the requests.
  await db()('drafts').delete()
})

const db = () => database.db.superuser
const requests = () => db()('draft_requests').select()
const newMailbox = () => `writer${++count}@example.com`
const daysLater = (days: number) => new Date(now.getTime() + days * 24 * 3600_000)

/** Sends every mail that waits, as the worker's job would. */
async function sendWaiting(): Promise<void> {
  for (const id of await db()('mails').where({ state: 'queued' }).pluck('id')) {
    await sendMail(worker.deps, id)
  }
}

async function askFor(agent: Agent, email = newMailbox()): Promise<string> {
  const answer = await post(agent, ask, { email })
  expect([answer.status, answer.headers['location']]).toEqual([303, ask])
  return email
}

/** A draft with the steps up to `last`, and the path of the link that was mailed for it. */
async function mailedLink(
  agent: Agent,
  last = 'about-you',
): Promise<{ path: string; email: string }> {
  await fillSteps(agent, { last })
  const email = await askFor(agent)
  await sendWaiting()
  return { path: linkIn(email).path, email }
}

function linkIn(to: string): { path: string; secret: string } {
  const mail = mailbox.mails.findLast((one) => one.to === to)
  const [, path, secret] = linkPattern.exec(mail?.text ?? '') ?? []
  if (path === undefined || secret === undefined) throw new Error(`no link was mailed to ${to}`)
  return { path, secret }
}

/** Every row of every table, as text. */
const everything = async () => [...(await dumpOf(database)).values()].join('\n')

test('a mailed link opens the draft in another browser, and nothing of it stays behind', async () => {
  now = new Date()
  const own = createTestApp({ surface: 'public', database, keys })
  const phone = own.agent()
  const story = '표시된이야기가여기에'
  const email = 'marked.writer@example.com'
  await fillSteps(phone, { last: 'about-you' })
  // A choice is missing: not an answer yet, and not lost.
  const left = await post(phone, `${filePath}/what-happened`, {
    story,
    loss: '35,00x',
    elsewhere: 'yes',
  })
  expect([left.status, left.headers['location']]).toEqual([303, ask])
  const page = await phone.get(ask)
  expect(page.text).toContain('value="minjun.kim@example.com"')
  const running = await startTestWorker({ database, keys, mailbox })
  try {
    expect((await post(phone, ask, { email })).status).toBe(303)
    const mail = await mailbox.waitFor(({ to }) => to === email)
    await until('the request is closed', async () => (await requests()).every(({ box }) => !box))
    const { path, secret } = linkIn(email)
    expect(mail.html).toContain(`href="http://localhost:3000${path}"`)
    expect((await phone.get(ask)).text).toContain(`${email} 주소로 링크를 보냈습니다`)

    // Scanners open the link, more than once: no answer is shown, no key is given, nothing changes.
    const scanner = own.agent()
    const before = await Promise.all([db()('drafts').select(), requests(), db()('ledger_entries')])
    for (let visit = 0; visit < 3; visit++) {
      const seen = await scanner.get(path)
      expect(seen.status).toBe(200)
      expect(seen.text).not.toMatch(/민준|minjun|표시된|5678|송파/)
      expect(String(seen.headers['set-cookie'])).not.toContain('draft=')
      expect(seen.headers['referrer-policy']).toBe('no-referrer')
      expect(seen.headers['cache-control']).toBe('no-store')
      await scanner.head(path)
    }
    expect(
      await Promise.all([db()('drafts').select(), requests(), db()('ledger_entries')]),
    ).toEqual(before)

    const computer = own.agent()
    expect((await computer.get(path)).text).toContain('시험 유출 공동소송')
    const opened = await post(computer, path, {})
    expect([opened.status, opened.headers['location']]).toEqual([303, `${filePath}/what-happened`])
    const step = await computer.get(`${filePath}/what-happened`)
    expect(step.text).toContain(story)
    expect(step.text).toContain('value="35,00x"')
    expect(step.text).toContain('적으신 그대로 저장해 두었습니다')
    expect((await computer.get(`${filePath}/about-you`)).text).toContain('value="김 민준"')
    // Used again, in a third browser: it still works.
    expect((await post(own.agent(), path, {})).status).toBe(303)

    const dump = await everything()
    const logs = [...own.logged, ...running.logged].join('\n')
    const marks = [email, story, secret, '김 민준', 'minjun.kim'].flatMap(tracesOf)
    marks.push(Buffer.from(secret, 'base64url').toString('hex'))
    for (const mark of marks) expect([mark, dump.includes(mark)]).toEqual([mark, false])
    for (const mark of marks) expect([mark, logs.includes(mark)]).toEqual([mark, false])
    expect(dump).toContain('draft.link_requested')
    expect(logs).toContain('/matters/:slug/file/continue/:secret')
    expect(await requests()).toMatchObject([
      { box: null, outcome: 'sent', handled_at: expect.any(Date) },
    ])
  } finally {
    await running.close()
  }
})

test.each(['ko', 'en'] as const)('the mail, in %s', async (lang) => {
  const agent = site.agent()
  await agent.get(`${filePath}?lang=${lang}`)
  const { email, path } = await mailedLink(agent)
  const mail = mailbox.mails[0]!
  expect(mail.subject).toBe(
    lang === 'ko'
      ? '[Joinder] 신청서를 이어서 쓰실 수 있습니다'
      : '[Joinder] Continue the form you were filling in',
  )
  const said =
    lang === 'ko'
      ? [
          '시험 유출 공동소송',
          '아직 아무것도 제출되지 않았습니다',
          '다른 사람에게 전달하지 마세요',
          '‘작성한 내용 지우기’',
        ]
      : [
          'Test breach joint suit',
          'Nothing has been submitted yet',
          'Please do not forward this email',
          '“Erase what I have written”',
        ]
  const end = showMoment(new Date('2026-03-03T05:03:00Z'), lang, 'Asia/Seoul')
  for (const part of [...said, end]) {
    expect(mail.text).toContain(part)
    expect(mail.html).toContain(part)
  }
  expect(mail.html + mail.text).not.toMatch(/민준|minjun|1985|5678/)
  expect(mail.html).not.toMatch(/<img|<script|<link|<iframe|url\(/i)
  const hosts = [...`${mail.html} ${mail.text}`.matchAll(/https?:\/\/([^/\s"<]+)/g)]
  expect([...new Set(hosts.map(([, host]) => host))]).toEqual(['localhost:3000'])
  expect([mail.to, path.length]).toEqual([email, ask.length + 44])
})

test('a draft that was erased, filed or has expired: the link says so, whoever has it', async () => {
  const erasing = site.agent()
  const erased = await mailedLink(erasing)
  await post(erasing, `${filePath}/erase`, {}, filePath)
  const gone = await site.agent().get(erased.path)
  expect([gone.status, gone.text.includes('열 수 있는 신청서가 없습니다')]).toEqual([410, true])
  expect(gone.text).toContain(`href="${filePath}"`)
  const cut = await site.agent().get(erased.path.slice(0, -5))
  expect([cut.status, cut.text.includes('링크의 끝부분이 빠졌을')]).toEqual([410, true])

  const filing = site.agent()
  const filed = await mailedLink(filing)
  const other = site.agent()
  const late = await other.get(filed.path)
  await fileClaim(filing)
  const says = async () => {
    const page = await site.agent().get(filed.path)
    expect([page.status, page.text.includes('이미 제출한 신청서입니다')]).toEqual([410, true])
    expect(page.text).not.toMatch(/minjun|[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/)
  }
  await says()
  const pressed = await other
    .post(filed.path)
    .type('form')
    .send({ _csrf: csrfFrom(late.text) })
  expect(pressed.status).toBe(410)
  expect(String(pressed.headers['set-cookie'])).not.toContain('draft=')
  expect((await filing.get(filed.path)).text).toContain('href="/matters/test-breach/filed"')
  now = daysLater(2)
  await expireDrafts(worker.deps)
  await says()

  const expiring = await mailedLink(site.agent())
  now = daysLater(31)
  expect((await site.agent().get(expiring.path)).status).toBe(410)
  await expireDrafts(worker.deps)
  expect(await requests()).toEqual([])
})

test('a mail whose draft went before it is not sent, and its box goes', async () => {
  for (const end of ['erase', 'file'] as const) {
    const agent = site.agent()
    await fillSteps(agent)
    const email = await askFor(agent)
    expect((await requests()).at(-1).box).toBeInstanceOf(Buffer)
    if (end === 'erase') await post(agent, `${filePath}/erase`, {}, filePath)
    else await fileClaim(agent)
    await sendWaiting()
    expect(mailbox.mails.filter(({ to }) => to === email)).toEqual([])
    expect((await requests()).filter(({ box }) => box !== null)).toEqual([])
  }
  expect(await requests()).toMatchObject([{ outcome: 'dropped' }])
  const states = await db()('mails').where({ state: 'dropped', template: 'continue-filing' })
  expect(states).toHaveLength(2)
})

test('an address that bounces is said on the page; what was written stays', async () => {
  const agent = site.agent()
  await fillSteps(agent, { last: 'about-you' })
  mailbox.answerTo((address) => (address.startsWith('wrong') ? 550 : undefined))
  await askFor(agent, 'wrong@example.com')
  expect((await agent.get(ask)).text).toContain('wrong@example.com 주소로 링크를 보내고 있습니다')
  await sendWaiting()
  expect((await agent.get(ask)).text).toContain('wrong@example.com 주소로는 메일이 가지 않았습니다')
  expect((await requests()).at(-1)).toMatchObject({ outcome: 'bounced', box: null })
  expect(worker.logged.join('')).not.toContain('wrong@')
  const right = await askFor(agent)
  await sendWaiting()
  expect((await site.agent().get(linkIn(right).path)).status).toBe(200)
})

test('a mail that is tried again carries the same link; its box waits until it went or is given up', async () => {
  const agent = site.agent()
  await fillSteps(agent, { last: 'about-you' })
  mailbox.answerTo(() => 451)
  const email = await askFor(agent)
  await sendWaiting()
  const last = async () => (await requests()).at(-1)
  expect(await last()).toMatchObject({ box: expect.any(Buffer), handled_at: null })
  const mail = await db()('mails').where({ state: 'deferred' }).first()
  mailbox.answerTo(() => undefined)
  now = mail.next_attempt_at
  await sweepMails(worker.deps)
  await Promise.all([1, 2, 3].map(() => sendMail(worker.deps, mail.id)))
  expect(mailbox.mails.map(({ messageId }) => messageId)).toEqual([`<${mail.id}@localhost>`])
  expect(await last()).toMatchObject({ box: null, outcome: 'sent' })
  // Another mail for the same draft: the same link, since the draft is the same.
  const again = await askFor(agent)
  await sendWaiting()
  expect(linkIn(again).path).toBe(linkIn(email).path)

  mailbox.answerTo(() => 451)
  await askFor(agent)
  await db()('mails')
    .where({ state: 'queued' })
    .update({ attempts: limits.mailAttempts - 1 })
  await sendWaiting()
  expect(await last()).toMatchObject({ box: null, outcome: 'failed' })
  expect((await agent.get(ask)).text).toContain('주소로 링크를 보내지 못했습니다')
})

test('a box put into another request, or sealed for another draft, is not mailed', async () => {
  const [one, two] = [site.agent(), site.agent()]
  for (const agent of [one, two]) await fillSteps(agent, { last: 'eligibility' })
  await askFor(one)
  await askFor(two)
  const [first, second] = (await requests()).slice(-2)
  await db()('draft_requests').where({ id: second.id }).update({ box: first.box })
  await db()('draft_requests').where({ id: first.id }).update({ draft_id: second.draft_id })
  await sendWaiting()
  expect(mailbox.mails).toEqual([])
  expect(await db()('mails').where({ template: 'continue-filing' }).pluck('state')).not.toContain(
    'sent',
  )
})

test('the public login can queue this mail and no other, and reads no box back', async () => {
  const agent = site.agent()
  await fillSteps(agent, { last: 'eligibility' })
  await askFor(agent)
  const reading = database.db.public('draft_requests').select('box')
  await expect(reading).rejects.toMatchObject({ code: '42501' })
  await expect(database.db.public('mails').select('id')).rejects.toMatchObject({ code: '42501' })
  const other = { template: 'claim-accepted', claim_id: newId(), language: 'ko' }
  const queueing = database.db.public('mails').insert({ ...other, id: newId(), created_at: now })
  await expect(queueing).rejects.toMatchObject({ code: '42501' })
})

test('a browser that holds something else is asked which to keep', async () => {
  const { path } = await mailedLink(site.agent())
  const writing = site.agent()
  await fillSteps(writing, { last: 'about-you', changes: { 'about-you': { full_name: '이서연' } } })
  const which = await writing.get(path)
  expect(which.text).toContain('어느 신청서를 이어서 쓰시겠습니까?')
  expect(which.text).toContain(`href="${filePath}/what-happened"`)
  expect(which.text).not.toMatch(/서연|민준/)
  // Pressed on a page that did not ask yet.
  const early = await writing
    .post(path)
    .type('form')
    .send({ _csrf: csrfFrom(which.text) })
  expect(early.status).toBe(409)
  expect((await writing.get(`${filePath}/about-you`)).text).toContain('value="이서연"')
  const mailed = await askFor(writing)
  await sendWaiting()
  expect((await post(writing, path, { instead: 'yes' })).status).toBe(303)
  expect((await writing.get(`${filePath}/about-you`)).text).toContain('value="김 민준"')
  // What was mailed first can be gone back to.
  await post(writing, linkIn(mailed).path, { instead: 'yes' })
  expect((await writing.get(`${filePath}/about-you`)).text).toContain('value="이서연"')

  const filed = site.agent()
  const number = await fileClaim(filed)
  const page = await filed.get(path)
  expect(page.text).toContain(number)
  expect(page.text).toContain('접수번호를 먼저 적어 두세요')
  const pressed = await filed
    .post(path)
    .type('form')
    .send({ _csrf: csrfFrom(page.text) })
  expect(pressed.status).toBe(409)
  expect((await filed.get('/matters/test-breach/filed')).text).toContain(number)
})

test('two browsers that write at once both keep their step, also one that came undone', async () => {
  const phone = site.agent()
  const { path } = await mailedLink(phone, 'consents')
  const computer = site.agent()
  await post(computer, path, {})
  const send = async (agent: Agent, step: string, fields: object) => {
    const page = await agent.get(`${filePath}/about-you`)
    return agent
      .post(`${filePath}/${step}`)
      .type('form')
      .send({ ...fields, _csrf: csrfFrom(page.text) })
  }
  const about = { ...typedSteps['about-you'], email: 'other@example.com' }
  await Promise.all([
    send(phone, 'about-you', about),
    send(computer, 'what-happened', { harm: ['nothing'], story: '다른 이야기' }),
  ])
  const review = await phone.get(`${filePath}/review`)
  expect(review.text).toContain('other@example.com')
  expect(review.text).toContain('다른 이야기')

  await send(phone, 'about-you', { ...about, phone: '010-', elsewhere: 'yes' })
  const late = await send(computer, 'what-happened', { harm: ['nothing'], story: '늦은 이야기' })
  expect(late.headers['location']).toBe(`${filePath}/about-you`)
  expect((await computer.get(`${filePath}/about-you`)).text).toContain('value="010-"')
  await send(computer, 'about-you', about)
  expect((await phone.get(`${filePath}/review`)).text).toContain('늦은 이야기')
})

test('an unfinished step never counts, and nothing forbidden is kept of it', async () => {
  const agent = site.agent()
  await fillSteps(agent)
  // A step that was done is edited to something unfinished: it cannot be filed past.
  await post(agent, `${filePath}/about-you`, {
    ...typedSteps['about-you'],
    email: 'half@',
    elsewhere: 'yes',
  })
  expect((await agent.get(ask)).text).toContain('value="half@"')
  expect((await agent.get(`${filePath}/review`)).headers['location']).toBe(`${filePath}/about-you`)
  const refused = await post(agent, `${filePath}/about-you`, {
    ...typedSteps['about-you'],
    home_line2: '850304-1234567',
    elsewhere: 'yes',
  })
  expect(refused.status).toBe(422)
  expect(refused.text).toContain('href="#home_line2"')
  expect(refused.text).toContain('value="김 민준"')
  await fillSteps(agent, { last: 'what-happened' })

  const unsigned = await post(agent, `${filePath}/consents`, {
    consent_collection: 'yes',
    consent_provision: 'yes',
    consent_newsletter: 'yes',
    signature: '김민',
    elsewhere: 'yes',
  })
  expect(unsigned.headers['location']).toBe(ask)
  expect((await agent.get(`${filePath}/review`)).headers['location']).toBe(`${filePath}/consents`)
  const consents = await agent.get(`${filePath}/consents`)
  expect(consents.text.match(/ checked/g)).toHaveLength(3)
  expect(consents.text).toContain('value="김민"')
  const signed = await post(agent, `${filePath}/consents`, typedSteps['consents']!)
  expect(signed.headers['location']).toBe(`${filePath}/review`)
})

test('links that went to the wrong person are stopped, and what was written stays', async () => {
  const agent = site.agent()
  const { path } = await mailedLink(agent)
  const stranger = site.agent()
  await post(stranger, path, {})
  const unsent = await askFor(agent)
  const stopped = await post(agent, `${ask}/revoke`, {}, ask)
  expect(stopped.headers['location']).toBe(`${ask}?revoked`)
  expect((await agent.get(`${ask}?revoked`)).text).toContain('모두 쓸 수 없게 했습니다')
  await sendWaiting()
  expect(mailbox.mails.filter(({ to }) => to === unsent)).toEqual([])
  expect((await site.agent().get(path)).status).toBe(410)
  expect((await stranger.get(`${filePath}/about-you`)).status).toBe(303)
  expect((await agent.get(`${filePath}/about-you`)).text).toContain('value="김 민준"')
})

test('an address that is none comes back with what is wrong; without a draft there is nothing to ask', async () => {
  const agent = site.agent()
  expect((await agent.get(ask)).headers['location']).toBe(filePath)
  await fillSteps(agent, { last: 'eligibility' })
  const before = (await requests()).length
  const answer = await post(agent, ask, { email: 'minjun.kim@' })
  expect([answer.status, answer.text.includes('value="minjun.kim@"')]).toEqual([422, true])
  expect(answer.text).toContain('href="#email"')
  const number = await post(agent, ask, { email: '850304-1234567@example.com' })
  expect([number.status, number.text.includes('850304-1234567')]).toEqual([422, false])
  const stale = await agent.post(ask).type('form').send({ email: 'a@example.com', _csrf: 'x' })
  expect([stale.status, stale.text.includes('value="a@example.com"')]).toEqual([403, true])
  expect(await requests()).toHaveLength(before)
})

test('mail is braked by draft, by mailbox and by network address', async () => {
  const most = limits.rate.continuationMail.points
  const agent = site.agent()
  await fillSteps(agent, { last: 'eligibility' })
  for (let sent = 0; sent < most; sent++) await askFor(agent)
  expect((await post(agent, ask, { email: newMailbox() })).status).toBe(429)

  const victim = newMailbox()
  for (let sent = 0; sent <= most; sent++) {
    const one = site.agent()
    await fillSteps(one, { last: 'eligibility' })
    const email = sent % 2 ? victim : victim.toUpperCase()
    const answer = await post(one, ask, { email })
    expect(answer.status).toBe(sent < most ? 303 : 429)
  }

  const strict = createTestApp({
    surface: 'public',
    database,
    keys,
    clock,
    config: (config) => {
      const rate = { ...config.limits.rate, continuation: { points: 1, seconds: 3600 } }
      return { ...config, limits: { ...config.limits, rate } }
    },
  })
  await db()('rate_limits').delete()
  const [one, two] = [strict.agent(), strict.agent()]
  for (const each of [one, two]) await fillSteps(each, { last: 'eligibility' })
  await askFor(one)
  expect((await post(two, ask, { email: newMailbox() })).status).toBe(429)
  const kept = await db()('rate_limits').select()
  expect(JSON.stringify(kept)).not.toMatch(/example|127\.0\.0/)
})

const android =
  'Mozilla/5.0 (Linux; Android 14; SM-S918N; wv) AppleWebKit/537.36 Mobile Safari/537.36'
const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148'

test.each([
  ['카카오톡', `${android} KAKAOTALK 10.8.3`, true],
  ['네이버', `${iphone} NAVER(inapp; search; 1200; 12.8.5; 15PRO)`, false],
  ['인스타그램', `${iphone} Instagram 331.0.0 (iPhone16,1; iOS 17_5)`, false],
  ['페이스북', `${android} [FB_IAB/FB4A;FBAV/460.0.0.0;]`, true],
])('inside %s the start page says first how to get out', async (app, userAgent, intent) => {
  const agent = site.agent()
  const page = await agent.get(filePath).set('User-Agent', userAgent)
  expect(page.text).toContain(`지금 ${app} 앱 안에서 보고 계십니다`)
  expect(page.text.indexOf('앱 안에서 보고')).toBeLessThan(page.text.indexOf('<h1'))
  expect(
    page.text.includes('intent://localhost:3000/matters/test-breach/file?lang=ko#Intent;'),
  ).toBe(intent)
  // Once something is written there, an empty form in another browser would help nobody.
  await fillSteps(agent, { last: 'eligibility' })
  const later = await agent.get(filePath).set('User-Agent', userAgent)
  expect(later.text).toContain('저절로 옮겨지지 않습니다')
  expect(later.text).not.toContain('intent://')
  expect(site.logged.join('')).not.toContain('KAKAOTALK')
})

test('a real browser sees no such notice', async () => {
  for (const userAgent of [android.replace('; wv', ''), `${iphone} Version/17.5 Safari/604.1`]) {
    const page = await site.agent().get(filePath).set('User-Agent', userAgent)
    expect(page.text).not.toContain('앱 안에서 보고 계십니다')
  }
})
