import { listEmailChanges } from '../../../server/claims/email-change/decide-email-change'
import { applyEmailChange } from '../../../server/claims/email-change/apply-email-change'
import {
  expireEmailChanges,
  redriveEmailChanges,
} from '../../../server/claims/email-change/tend-email-changes'
import { asActor } from '../../../server/db/connections'
import { limits } from '../../../server/limits'
import { makeAccount, signIn, type TestAccount } from '../../support/account'
import { createTestApp, csrfFrom, postForm, type Agent, type TestApp } from '../../support/app'
import type { FiledClaim } from '../../support/filed-claim'
import { until } from '../../support/until'
import { answersOf } from '../../support/verification'
import { act } from '../../moderation/desk'
import { claimPage, openPortal, type Portal } from '../access/portal'
import { changeMail, changeOf, openedBy, press } from './walk'

let portal: Portal
let staff: TestApp
let first: TestAccount
let second: TestAccount
let starter: Agent
let approver: Agent
let people = 0

beforeAll(async () => {
  portal = await openPortal()
  const { database, keys } = portal
  staff = createTestApp({ surface: 'staff', database, keys })
  first = await makeAccount(database, { role: 'moderator', name: '정민호' })
  starter = await signIn(staff, first)
})
afterAll(() => portal.close())

const someone = () => `lost${++people}@example.com`
const table = (name: string) => portal.database.db.superuser(name)
const emailOf = async (claim: FiledClaim) =>
  (await answersOf(portal.database, portal.keys, { now: () => new Date() }, claim.id))['email']
const at = (hours: number) => ({ now: () => new Date(Date.now() + hours * 3600_000) })
const note = '뷁메모: 전화로 신청 내용 다섯 가지를 물어 모두 맞게 답하셨습니다.'
const asked = (email: string) => ({
  email,
  email_again: email,
  reason: 'no_access',
  identified: 'phone_questions',
  note,
})

/** A change that the first moderator has started, and the worker told both mailboxes of. */
async function started() {
  const [old, fresh] = [someone(), someone()]
  const claim = await portal.claim({ email: old })
  await act(starter, claim, 'open', { purpose: 'identity_check' })
  const before = portal.mailbox.mails.length
  const answer = await postForm(starter, `/claims/${claim.id}/email-change`, asked(fresh))
  expect(answer.status).toBe(303)
  const page = answer.headers['location']!
  const notice = await changeMail(portal, old, before)
  const newMail = await changeMail(portal, fresh, before)
  await until('the notice is noted', async () => !!(await changeOf(portal, claim)).noticed_at)
  return { claim, old, fresh, page, id: page.split('/').at(-1)!, notice, newMail }
}

const open = (agent: Agent, page: string) => postForm(agent, `${page}/open`, {}, { from: page })
const decide = (agent: Agent, page: string, fields: Record<string, string>) =>
  postForm(agent, `${page}/decision`, fields, { from: page })
const dueFrom = (hours: number, id: string) =>
  applyEmailChange({ ...portal.worker.deps, clock: at(hours) }, id, `run-${hours}`)

test('with one person of the staff nothing can happen, and the pages say that a second is needed', async () => {
  const { claim, page, newMail, id, old } = await started()
  for (const path of [page, '/email-changes', `/claims/${claim.id}/email-change`]) {
    expect((await starter.get(path)).text).toContain('두 번째 사람이 있어야')
  }
  await press(portal, newMail.link, 'confirm')
  await dueFrom(limits.emailChangeHoldHours + 1, id)
  expect(await emailOf(claim)).toBe(old)
  // From here on there is another one.
  second = await makeAccount(portal.database, { role: 'administrator', name: '한서윤' })
  approver = await signIn(staff, second)
})

test('whoever starts it has opened the claim first; what is missing or differs is told beside the field', async () => {
  const claim = await portal.claim({ email: someone() })
  const path = `/claims/${claim.id}/email-change`
  const before = await starter.get(path)
  expect(before.text).toContain('먼저 본인인지 확인해 주세요')
  expect(before.text).not.toContain('name="email_again"')
  // Sent all the same, and opened for another reason: no.
  await act(starter, claim, 'open', { purpose: 'claimant_contact' })
  const sneaked = await starter
    .post(path)
    .type('form')
    .send({ ...asked(someone()), _csrf: csrfFrom((await starter.get(`/claims/${claim.id}`)).text) })
  expect([sneaked.status, await changeOf(portal, claim)]).toEqual([409, undefined])

  await act(starter, claim, 'open', { purpose: 'identity_check' })
  const good = asked('someone@example.com')
  for (const [fields, said] of [
    [{ ...good, email_again: 'other@example.com' }, '두 주소가 다릅니다'],
    [{ ...good, email: 'a@gmial.com', email_again: 'a@gmial.com' }, 'a@gmail.com'],
    [{ ...good, reason: 'none' }, '이유를 골라 주세요'],
    [{ ...good, note: ' ' }, '무엇을 확인했는지'],
    [{ ...good, note: '번호는 850304-1234567' }, '주민등록번호는 적을 수 없습니다'],
  ] as const) {
    const answer = await postForm(starter, path, fields)
    expect([answer.status, answer.text.includes(said)]).toEqual([422, true])
    expect(answer.text).not.toContain('850304')
  }
  expect(await changeOf(portal, claim)).toBeUndefined()
})

test('the old mailbox hears at once who, how, when and how to stop it', async () => {
  const { claim, notice, fresh, old, newMail } = await started()
  const { hold_until: from, noticed_at: sent } = await changeOf(portal, claim)
  expect(from.getTime() - sent.getTime()).toBe(limits.emailChangeHoldHours * 3600_000)
  const said = notice.mail.text.replace(/\s+/g, ' ')
  for (const words of [
    claim.number,
    '전화로 보내신 내용을 물어 확인',
    '변경 멈추기',
    'l•••@example.com',
  ]) {
    expect(said).toContain(words)
  }
  const minute = new Intl.DateTimeFormat('ko', {
    timeZone: 'Asia/Seoul',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  }).format(from)
  expect(said).toContain(minute)
  expect(said).not.toContain(fresh)
  expect(notice.code).toBeUndefined()
  expect(newMail.mail.text).not.toContain(old)
  // The page of the notice has one button, which stops.
  const page = (await portal.site.agent().get(notice.link)).text
  expect([...page.matchAll(/name="act" value="(\w+)"/g)].map(([, value]) => value)).toEqual([
    'stop',
  ])
  const confirmed = await postForm(portal.site.agent(), notice.link, { act: 'confirm' })
  expect(confirmed.status).toBe(303)
  await until('answered', async () => {
    const rows = await table('email_change_answers').whereNull('handled_at')
    return rows.length === 0
  })
  expect((await changeOf(portal, claim)).confirmed_old_at).toBeNull()
})

test('approved by another, confirmed, and held: then it is made, and the claimant sees who did what', async () => {
  const { claim, old, fresh, page, id, newMail } = await started()
  const unread = await approver.get(page)
  expect(unread.text).not.toContain('value="approve"')
  const blind = await approver
    .post(`${page}/decision`)
    .type('form')
    .send({ decision: 'approve', _csrf: csrfFrom(unread.text) })
  expect(blind.status).toBe(422)
  const opened = await open(approver, page)
  expect([opened.text.includes(fresh), opened.text.includes('뷁메모')]).toEqual([true, true])
  const openings = await table('opening_claims as o')
    .join('ledger_private as p', 'p.entry_id', 'o.entry_id')
    .where('o.claim_id', claim.id)
    .whereRaw(`p.private::jsonb ->> 'person' = ?`, [second.id])
    .pluck('p.private')
  expect(openings.map((one) => JSON.parse(one).purpose)).toEqual(['email_change'])
  expect((await decide(approver, page, { decision: 'approve' })).status).toBe(303)

  await dueFrom(limits.emailChangeHoldHours + 1, id)
  expect(await emailOf(claim)).toBe(old)
  const told = await press(portal, newMail.link, 'confirm')
  expect(told.text).toContain('확인했습니다')
  await dueFrom(limits.emailChangeHoldHours - 1, id)
  expect(await emailOf(claim)).toBe(old)
  // The sweeper finds it when its time has come.
  const asks = () =>
    table('outbox')
      .whereRaw(`payload->>'emailChangeId' = ?`, [id])
      .where({ job: 'apply-email-change' })
  const before = (await asks()).length
  await redriveEmailChanges({ ...portal.worker.deps, clock: at(1) })
  expect((await asks()).length).toBe(before)
  await redriveEmailChanges({ ...portal.worker.deps, clock: at(limits.emailChangeHoldHours + 1) })
  expect((await asks()).length).toBe(before + 1)
  await dueFrom(limits.emailChangeHoldHours + 1, id)
  expect(await emailOf(claim)).toBe(fresh)
  const last = await portal.mailbox.waitFor(
    (one) => one.to === old && one.subject.includes('바뀌었습니다'),
  )
  expect(last.text).toContain('담당자 두 사람이')

  const entries = await table('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .where('p.claim_id', claim.id)
    .where('e.kind', 'like', 'claim.email_ch%')
    .orderBy('e.id')
    .select('e.kind', 'p.private')
  expect(entries.map(({ kind }) => kind.slice('claim.email_change'.length))).toEqual([
    '_requested',
    '_started',
    '_approved',
    '_confirmed',
    'd',
  ])
  expect(entries.map((one) => one.private).join('')).not.toMatch(/@|뷁/)
  const own = await openedBy(portal, fresh)
  const shown = (await claimPage(own, claim)).text
  for (const words of [
    '검토 담당자: 이메일 주소 변경을 시작했습니다',
    '관리자: 이메일 주소 변경을 승인했습니다',
    '메일함에 들어갈 수 없음',
    '담당자가 시작한 대로 이메일 주소가 바뀌었습니다',
  ]) {
    expect(shown).toContain(words)
  }
  expect(shown).not.toMatch(/정민호|한서윤/)
})

test('nobody approves what they started: not on the page, and not in the database', async () => {
  const { page, id } = await started()
  await open(starter, page)
  const answer = await decide(starter, page, { decision: 'approve' })
  expect([answer.status, answer.text.includes('시작한 사람은 승인할 수 없습니다')]).toEqual([
    403,
    true,
  ])
  const { staff: db, worker } = portal.database.db
  const approve = (person: string, by: string) =>
    asActor(db, person, (tx) =>
      tx('email_changes').where({ id }).update({ approved_by: by, approved_at: new Date() }),
    )
  const refused = /row-level security|check constraint/
  await expect(approve(first.id, first.id)).rejects.toThrow(refused)
  // Nor in somebody else's name.
  await expect(approve(first.id, second.id)).rejects.toThrow(refused)
  await expect(
    worker('email_changes')
      .where({ id })
      .update({ approved_by: first.id, approved_at: new Date() }),
  ).rejects.toThrow(/check constraint/)
  // Nor is it made before its time, whoever says so.
  await expect(
    worker('email_changes')
      .where({ id })
      .update({ confirmed_new_at: new Date(), applied_at: new Date(), applied_claims: 1 }),
  ).rejects.toThrow(/check constraint/)
  expect((await table('email_changes').where({ id }).first()).approved_at).toBeNull()
})

test('fifty approvals at once are one', async () => {
  const { page, claim } = await started()
  await open(approver, page)
  const token = csrfFrom((await approver.get(page)).text)
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      approver.post(`${page}/decision`).type('form').send({ decision: 'approve', _csrf: token }),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 303)).toHaveLength(1)
  expect(statuses.filter((status) => status === 409)).toHaveLength(49)
  const entries = await table('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .where({ 'p.claim_id': claim.id, 'e.kind': 'claim.email_change_approved' })
  expect(entries).toHaveLength(1)
})

test('the owner of the old mailbox stops it with one press until it is made', async () => {
  const { claim, old, page, id, notice, newMail } = await started()
  await open(approver, page)
  await decide(approver, page, { decision: 'approve' })
  await press(portal, newMail.link, 'confirm')
  const stopped = await press(portal, notice.link, 'stop')
  expect(stopped.text).toContain('변경을 멈추었습니다')
  await dueFrom(limits.emailChangeHoldHours + 1, id)
  expect(await emailOf(claim)).toBe(old)
  expect((await approver.get(page)).text).toContain('그 주소의 메일함에서 변경을 멈추었습니다')
})

test('a notice that comes back shortens nothing', async () => {
  const [old, fresh] = [someone(), someone()]
  const claim = await portal.claim({ email: old })
  portal.mailbox.answerTo((address) => (address === old ? 550 : undefined))
  await act(starter, claim, 'open', { purpose: 'identity_check' })
  const answer = await postForm(starter, `/claims/${claim.id}/email-change`, asked(fresh))
  await until('the notice came back', async () => !!(await changeOf(portal, claim)).noticed_at)
  portal.mailbox.answerTo(() => undefined)
  const change = await changeOf(portal, claim)
  expect(change.hold_until.getTime() - change.started_at.getTime()).toBe(
    limits.emailChangeHoldHours * 3600_000,
  )
  const page = answer.headers['location']!
  await open(approver, page)
  await decide(approver, page, { decision: 'approve' })
  await press(portal, (await changeMail(portal, fresh)).link, 'confirm')
  await dueFrom(limits.emailChangeHoldHours - 1, change.id)
  expect(await emailOf(claim)).toBe(old)
})

test('declined with a reason, or never complete, it is over and holds no address', async () => {
  const declined = await started()
  await open(approver, declined.page)
  const missing = await decide(approver, declined.page, { decision: 'decline' })
  expect(missing.status).toBe(422)
  const fields = { decision: 'decline', reason: 'not_identified' }
  expect((await decide(approver, declined.page, fields)).status).toBe(303)
  expect((await portal.site.agent().get(declined.newMail.link)).status).toBe(410)
  const late = await started()
  const clock = at(limits.emailChangeStaffDays * 24 + 1)
  await expireEmailChanges({ ...portal.worker.deps, clock })
  expect(await changeOf(portal, late.claim)).toMatchObject({ stopped_by: 'time' })
  for (const { id } of [declined, late]) {
    expect(await table('email_change_texts').where({ change_id: id }).pluck('kind')).toEqual([
      'note',
    ])
  }
})

test('counsel sees nothing of it, and a stranger nothing at all', async () => {
  const { firm_id: firmId } = await table('matters').where({ slug: 'test-breach' }).first()
  const counsel = await makeAccount(portal.database, { role: 'counsel', name: '이도윤', firmId })
  const { staff: db } = portal.database.db
  for (const name of ['email_changes', 'email_change_texts', 'email_change_keys']) {
    expect(await asActor(db, counsel.id, (tx) => tx(name).select())).toEqual([])
    expect(await db(name).select()).toEqual([])
  }
})

test('the list of changes goes on behind its first page, what waits for approval before the rest', async () => {
  const [, { page: approved }] = [await started(), await started()]
  await decide(approver, approved, { decision: 'approve' })
  const { staff: db } = portal.database.db
  const whole = (await listEmailChanges(db, first, { approved: false }, 1000)).changes
  const walked: string[] = []
  let query: { after?: string; approved: boolean } = { approved: false }
  for (;;) {
    const { changes, next } = await listEmailChanges(db, first, query, 1)
    walked.push(...changes.map(({ id }) => id))
    if (!next) break
    query = next
  }
  expect(walked).toEqual(whole.map(({ id }) => id))
  const states = whole.map((one) => one.approved_at !== null)
  expect([...new Set(states)]).toEqual([false, true])
  expect(states).toEqual(states.toSorted((a, b) => Number(a) - Number(b)))
})

test('a copy of the database reads as noise while it is under way, and holds no address afterwards', async () => {
  const { claim, fresh, old, page } = await started()
  const marks = [fresh, old, '뷁메모', fresh.split('@')[0]!].flatMap((one) => [
    one,
    Buffer.from(one).toString('hex'),
    Buffer.from(one).toString('base64').slice(0, -4),
  ])
  const found = async () => {
    const { superuser } = portal.database.db
    const tables = await superuser('information_schema.tables')
      .whereIn('table_schema', ['public', 'bullmq'])
      .where({ table_type: 'BASE TABLE' })
      .select('table_schema', 'table_name')
    const hits: string[] = []
    for (const { table_schema: schema, table_name: name } of tables) {
      const { rows } = await superuser.raw(`select t::text as line from ??.?? as t`, [schema, name])
      for (const { line } of rows as { line: string }[]) {
        hits.push(...marks.filter((mark) => line.includes(mark)).map((mark) => `${name}: ${mark}`))
      }
    }
    return hits
  }
  await open(approver, page)
  expect(await table('email_change_texts')).not.toEqual([])
  expect(await found()).toEqual([])
  const { id } = await changeOf(portal, claim)
  await decide(approver, page, { decision: 'decline', reason: 'wrong_address' })
  expect(await table('email_change_texts').where({ change_id: id }).pluck('kind')).toEqual(['note'])
  expect(await found()).toEqual([])
  const logged = [portal.worker, portal.site, staff].map((one) => one.logged.join('')).join('')
  expect(marks.filter((mark) => logged.includes(mark))).toEqual([])
})
