import { createCatalogue } from '../../jobs/catalogue'
import { expireClaims } from '../../server/claims/expire-claims'
import { asActor } from '../../server/db/connections'
import { newId } from '../../server/kernel/ids'
import { limits } from '../../server/limits'
import * as store from '../../server/mail/mail.store'
import { sendMail } from '../../server/mail/send-mail'
import { sweepMails } from '../../server/mail/sweep-mails'
import { mailTemplates } from '../../server/mail/templates'
import { watchMails } from '../../server/mail/watch-mails'
import { languages, translator } from '../../server/web/languages'
import type { Person } from '../../server/web/person'
import { openDesk, type Desk } from '../moderation/desk'
import { postForm, testKeys, type Agent } from '../support/app'
import { createTestDatabase } from '../support/database'
import type { FiledClaim } from '../support/filed-claim'
import { openMailbox } from '../support/mailbox'
import { workerDeps } from '../support/worker'

let desk: Desk
let moderator: Person
let agent: Agent

beforeAll(async () => {
  desk = await openDesk()
  moderator = await desk.person('moderator', '정민호')
  agent = await desk.signedIn(moderator)
})
afterAll(() => desk.close())
beforeEach(() => mails().delete())

const mails = () => desk.database.db.superuser('mails')
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000)

/** A mail of this claim (or to this person) in some state, as if queued so many minutes ago. */
async function mail(
  about: FiledClaim | { personId: string },
  row: { state: string; minutes: number; attempts?: number; smtp_code?: number } & Record<
    string,
    unknown
  >,
): Promise<string> {
  const { minutes, ...more } = row
  const id = newId()
  await mails().insert({
    id,
    template: 'verify-claim',
    ...('personId' in about ? { person_id: about.personId } : { claim_id: about.id }),
    language: 'ko',
    created_at: ago(minutes),
    attempts: row.state === 'queued' ? 0 : 1,
    ...more,
  })
  return id
}

const page = async (path = '/mails', who = agent) =>
  (await who.get(path).set('Accept', 'text/html')).text as string
const resendable = (text: string) =>
  [...text.matchAll(/action="\/mails\/([0-9a-f-]{36})\/resend"/g)].map(([, id]) => id)
const linkTo = (text: string, rel: string) =>
  new RegExp(`rel="${rel}" href="([^"]+)"`).exec(text)?.[1]?.replaceAll('&amp;', '&')
const resend = (id: string, fields = {}, who = agent) =>
  postForm(who, `/mails/${id}/resend`, fields, { from: '/mails' })

test('nothing to look after is said as such', async () => {
  expect(await page()).toContain('보내지 못한 메일이 없습니다')
})

test('holds what has not gone out, each with why and what happens next, and nothing else', async () => {
  const claim = await desk.claim('unverified', { answers: { email: 'nobody@example.com' } })
  await mails().delete()
  const bounced = await mail(claim, { state: 'bounced', minutes: 300, smtp_code: 550 })
  const deferred = await mail(claim, {
    state: 'deferred',
    minutes: 50,
    attempts: 4,
    smtp_code: 451,
    next_attempt_at: new Date('2030-01-01T00:00:00Z'),
  })
  const failed = await mail(claim, { state: 'failed', minutes: 3000, attempts: 16 })
  await mail(claim, { state: 'queued', minutes: 20, template: 'claim-accepted' })
  await mail(claim, { state: 'queued', minutes: 1, template: 'claim-rejected' })
  await mail(claim, { state: 'sent', minutes: 400, template: 'already-filed' })
  await mail(claim, { state: 'dropped', minutes: 400, template: 'already-filed' })

  const text = await page()
  expect(resendable(text)).toEqual([failed, bounced, deferred])
  for (const words of [
    `href="/claims/${claim.id}">${claim.number}`,
    '메일 서버의 답 550: 그런 주소가 없거나',
    '메일 서버의 답 451: 서버에 문제가 있어',
    '메일 서버에 연결하지 못했거나',
    '시도 4번',
    '다음 시도 2030년 1월 1일 09:00',
    '5시간 전에 쓴 메일',
    '저절로 다시 보내지 않습니다',
    '승인 안내',
    // Its claim ends with it, and that is said.
    '이메일이 확인되지 않으면 이 신청은',
  ]) {
    expect(text).toContain(words)
  }
  expect(text).not.toMatch(/반려 안내|이미 신청함 안내|nobody@/)
  expect(resendable(await page('/mails?view=bounced'))).toEqual([bounced])
  expect(await page('/mails?view=failed')).toMatch(/aria-current="page">포기 1</)
  expect(text).toMatch(/>전체 4<.*>반송 1<.*>포기 1<.*>지연 1<.*>대기 1</s)
  expect(resendable(await page('/mails?view=nonsense&after=%27'))).toHaveLength(3)
})

test('invitations, deliveries and warnings stand in it too, by whom they are for', async () => {
  const invited = await desk.person('counsel', '이도윤', await firmId())
  await mail({ personId: invited.id }, { state: 'bounced', minutes: 9, template: 'invitation' })
  const text = await page()
  expect(text).toContain('업무용 계정 초대')
  expect(text).toContain('이도윤')
  expect(text).not.toContain('href="/people"')
  const administrator = await desk.signedIn(await desk.person('administrator', '한서연'))
  expect(await page('/mails', administrator)).toContain('href="/people">이도윤')
})

test('a link to a draft is there while it can still go, and not once it came back', async () => {
  const row = { template: 'continue-filing', language: 'ko', created_at: ago(30), attempts: 1 }
  const ids = [newId(), newId()]
  await mails().insert([
    { ...row, id: ids[0], subject_id: newId(), state: 'deferred' },
    { ...row, id: ids[1], subject_id: newId(), state: 'bounced' },
  ])
  const text = await page()
  expect(resendable(text)).toEqual([ids[0]])
  expect(text).toContain('아직 제출하지 않은 신청서')
  expect(text).toMatch(/>전체 1<.*>반송 0</s)
})

test('goes on page by page and shows every mail once', async () => {
  const claim = await desk.claim('verified')
  const short = desk.app({
    config: (config) => ({ ...config, limits: { ...config.limits, pageSize: 2 } }),
  })
  const reader = await desk.signedIn(moderator, short)
  // Of a browser that the account had not seen it is told.
  await mails().delete()
  const moment = ago(60)
  for (const state of ['bounced', 'failed', 'deferred', 'bounced', 'bounced']) {
    await mail(claim, { state, minutes: 0, created_at: moment })
  }
  const inOrder = (await mails().orderBy('id')).map(({ id }) => id as string)
  const pages: string[] = []
  for (
    let at: string | undefined = '/mails';
    at !== undefined;
    at = linkTo(pages.at(-1)!, 'next')
  ) {
    pages.push(await page(at, reader))
  }
  expect(pages.map((text) => resendable(text).length)).toEqual([2, 2, 1])
  expect(pages.flatMap(resendable)).toEqual(inOrder)
  expect(linkTo(pages[2]!, 'prev')).toBe('/mails')
})

test('one press sends a mail that came back once more, and then it is gone from the list', async () => {
  const mailbox = await openMailbox()
  const keys = testKeys()
  const own = await openDesk({ keys })
  const worker = workerDeps({ database: own.database, keys, mailbox })
  const who = await own.signedIn(await own.person('moderator', '정민호'))
  const claim = await own.claim('unverified', { answers: { email: 'full@example.com' } })
  const rows = () => own.database.db.superuser('mails').where({ claim_id: claim.id })
  const { id } = (await rows())[0]

  mailbox.answerTo(() => 552)
  await sendMail(worker.deps, id)
  expect(await page('/mails', who)).toContain('편지함에 자리가 없거나')
  await own.database.db.superuser('outbox').delete()
  const pressed = await Promise.all([1, 2].map(() => resend(id, { view: 'bounced' }, who)))
  expect(pressed.map(({ status, headers }) => [status, headers['location']])).toEqual([
    [303, '/mails?view=bounced&again='],
    [303, '/mails?view=bounced&again='],
  ])
  expect(await own.database.db.superuser('outbox')).toHaveLength(1)
  expect(await own.entries(claim, 'mail.resent')).toHaveLength(1)

  mailbox.answerTo(() => undefined)
  await sendMail(worker.deps, id)
  expect(mailbox.mails.map(({ to, messageId }) => [to, messageId])).toEqual([
    ['full@example.com', `<${id}@localhost>`],
  ])
  expect(await page('/mails', who)).toContain('보내지 못한 메일이 없습니다')
  await worker.close()
  await mailbox.close()
  await own.close()
})

test('a mail of nobody’s claim is resent on the record too; one that went, or is not there, is not', async () => {
  const invited = await desk.person('moderator', '윤가람')
  const id = await mail(
    { personId: invited.id },
    { state: 'failed', minutes: 9, template: 'invitation' },
  )
  expect((await resend(id)).status).toBe(303)
  expect((await mails().where({ id }).first()).state).toBe('queued')
  const entry = await desk.database.db
    .superuser('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .where({ kind: 'mail.resent', claim_id: null })
    .first('private')
  expect(JSON.parse(entry.private)).toMatchObject({ mail: id, person: moderator.id })

  const sent = await mail({ personId: invited.id }, { state: 'sent', minutes: 9 })
  await resend(sent)
  expect((await mails().where({ id: sent }).first()).state).toBe('sent')
  expect((await resend(newId())).status).toBe(404)
  expect((await resend('x')).status).toBe(404)
})

test('a mail server that stays away is news to staff and in the log; a short delay is not', async () => {
  const claim = await desk.claim('verified')
  await mails().delete()
  const logged: object[] = []
  const watch = () =>
    watchMails({
      db: desk.database.db.worker,
      clock: { now: () => new Date() },
      config: { limits },
      log: { error: (facts: object) => logged.push(facts) } as never,
    })
  await mail(claim, { state: 'deferred', minutes: 55 })
  // Given up, not waiting: it stands in the list, and rings nothing, not even in the moment of its next try.
  await mail(claim, { state: 'bounced', minutes: 5000 })
  await mail(claim, { state: 'queued', minutes: 5000, next_attempt_at: ago(-2) })
  await watch()
  expect(logged).toEqual([])
  expect(await page('/queue')).not.toContain('나가지 못하는 메일')

  await mail(claim, { state: 'queued', minutes: 185 })
  await watch()
  expect(logged).toEqual([{ minutes: 185 }])
  for (const path of ['/queue', '/mails']) {
    expect(await page(path)).toContain('3시간째 나가지 못하는 메일이 있습니다')
  }
})

test('a mail about a claim that expired leaves the list, and its bounce stays on record', async () => {
  const claim = await desk.claim('unverified')
  const { id } = await mails().where({ claim_id: claim.id }).first()
  await mails().where({ id }).update({ state: 'bounced', attempts: 1, smtp_code: 550 })
  const later = new Date(Date.now() + 20 * 24 * 3600_000)
  await expireClaims({
    db: desk.database.db.worker,
    clock: { now: () => later },
    config: { limits },
  })
  expect((await desk.row(claim))['state']).toBe('expired')
  // The code stays on the record, and so does the entry of the bounce.
  expect(await mails().where({ id }).first()).toMatchObject({ state: 'dropped', smtp_code: 550 })
})

test('one layer of retrying, later each time and never later than six hours', async () => {
  expect(createCatalogue(limits)['send-mail'].attempts).toBe(1)
  const mailbox = await openMailbox()
  mailbox.answerTo(() => 451)
  let now = new Date()
  const keys = testKeys()
  const own = await openDesk({ keys })
  const worker = workerDeps({ database: own.database, keys, mailbox, clock: { now: () => now } })
  const claim = await own.claim('unverified', { at: now })
  const row = () => own.database.db.superuser('mails').where({ claim_id: claim.id }).first()
  const first = now.getTime()
  // So long that its link still works at the end.
  await own.database.db.superuser('verifications').update({ expires_at: new Date(first + 9e9) })
  const waits: number[] = []
  for (let mail = await row(); mail.state !== 'failed'; mail = await row()) {
    await sendMail(worker.deps, mail.id)
    const { next_attempt_at: next } = await row()
    if (next === null) continue
    waits.push((next.getTime() - now.getTime()) / 1000)
    now = next
    await sweepMails(worker.deps)
  }
  expect(waits.slice(0, 4)).toEqual([30, 60, 120, 240])
  expect(waits).toHaveLength(15)
  expect(Math.max(...waits)).toBe(6 * 3600)
  const days = (now.getTime() - first) / 86_400_000
  expect(days).toBeGreaterThan(1)
  expect(days).toBeLessThan(3)
  await worker.close()
  await mailbox.close()
  await own.close()
})

test('the list is read from an index that holds only what went wrong', async () => {
  const database = await createTestDatabase()
  const { superuser, staff } = database.db
  const personId = newId()
  await superuser('people').insert({
    id: personId,
    email: 'm@example.com',
    name: '정민호',
    role: 'moderator',
    language: 'ko',
    state: 'active',
    created_at: new Date(),
  })
  await superuser.raw(
    `insert into mails (id, template, person_id, language, state, created_at)
     select gen_random_uuid(), 'invitation', ?, 'ko',
       case when n % 100 = 0 then 'bounced' else 'sent' end, now() - n * interval '1 s'
     from generate_series(1, 20000) n`,
    [personId],
  )
  await superuser.raw('analyze mails')
  const plans = await asActor(staff, personId, async (tx) => {
    const asked: string[] = []
    tx.on('query', ({ sql, bindings }: { sql: string; bindings: unknown[] }) => {
      if (!/^\(?select/.test(sql)) return
      const value = (at: string) => tx.raw('?', [bindings[Number(at) - 1] as string]).toQuery()
      asked.push(sql.replace(/\$(\d+)/g, (_, at: string) => value(at)))
    })
    const lateBefore = ago(10)
    await store.selectUnsent(tx, {
      states: store.unsentStates,
      lateBefore,
      order: 'asc',
      behind: { at: ago(300), id: newId() },
      limit: 26,
    })
    await store.countUnsent(tx, lateBefore, 1000)
    await store.selectOldestWaiting(tx, new Date())
    const statements = asked.splice(0)
    const plans: string[] = []
    for (const sql of statements) {
      const { rows } = await tx.raw(`explain ${sql}`)
      plans.push((rows as Record<string, string>[]).map((row) => row['QUERY PLAN']).join('\n'))
    }
    return plans
  })
  expect(plans).toHaveLength(3)
  expect(plans[0]).toContain('mails_unsent')
  expect(plans[1]).toContain('mails_unsent')
  expect(plans[2]).toMatch(/mails_(waiting|unsent)/)
  expect(plans.join('\n')).not.toContain('Seq Scan on mails')
  await database.drop()
})

test('an administrator sees whether an invitation arrived', async () => {
  const administrator = await desk.signedIn(await desk.person('administrator', '최유진'))
  const invited = await desk.person('moderator', '오하늘')
  await desk.database.db.superuser('people').where({ id: invited.id }).update({ state: 'invited' })
  await mail({ personId: invited.id }, { state: 'sent', minutes: 90, template: 'invitation' })
  expect(await page('/people', administrator)).toContain('초대 메일 보냄')
  await mail({ personId: invited.id }, { state: 'bounced', minutes: 9, template: 'invitation' })
  const text = await page('/people', administrator)
  expect(text).toContain('초대 메일 반송')
  expect(text).not.toContain('초대 메일 보냄')
})

test.each(languages)('every kind of mail has its name in the list, in %s', (language) => {
  const missing: string[] = []
  const t = translator(language, (key) => missing.push(key))
  for (const template of Object.keys(mailTemplates)) t(`mails:kind.${template}`)
  expect(missing).toEqual([])
})

async function firmId(): Promise<string> {
  const { firm_id: id } = await desk.database.db.superuser('matters').first('firm_id')
  return id as string
}
