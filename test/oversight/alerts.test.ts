import { newId } from '../../server/kernel/ids'
import { asActor } from '../../server/db/connections'
import type { Person } from '../../server/web/person'
import { act, openDesk, type Desk } from '../moderation/desk'
import { postForm, testKeys, type Agent } from '../support/app'
import { openMailbox, type Mailbox } from '../support/mailbox'
import { openingsOf } from '../support/openings'
import { until } from '../support/until'
import { startTestWorker, type TestWorkerDeps } from '../support/worker'

/** What becomes of an alert: who hears of it, how soon, and who may say that it is done with. */

let desk: Desk
let mailbox: Mailbox
let worker: TestWorkerDeps
let moderator: Person
let korean: Person
let english: Person

const keys = testKeys()
const statement = '민호 님께 여쭤 보니 ZQXREASON 때문이었습니다.'

beforeAll(async () => {
  desk = await openDesk({ keys })
  mailbox = await openMailbox()
  worker = await startTestWorker({ database: desk.database, keys, mailbox })
  moderator = await desk.person('moderator', '정민호')
  korean = await desk.person('administrator', '한서연')
  english = await desk.person('administrator', 'Ada Park')
  const { superuser } = desk.database.db
  await superuser('people').where({ id: english.id }).update({ language: 'en' })
  const gone = await desk.person('administrator', '떠난 관리자')
  await superuser('people').where({ id: gone.id }).update({ state: 'disabled' })
})
afterAll(async () => {
  await worker.close()
  await mailbox.close()
  await desk.close()
})

const page = (agent: Agent, path = '/oversight/alerts') =>
  agent.get(path).set('Accept', 'text/html')
const alerts = () => desk.database.db.superuser('alerts').orderBy('id')
const acknowledge = (agent: Agent, id: string, fields: Record<string, unknown>) =>
  postForm(agent, `/oversight/alerts/${id}/acknowledge`, fields, { from: '/oversight/alerts' })

/** Somebody opens a claim more than they may, which here is none. */
async function overdo(person: Person): Promise<string> {
  const strict = desk.app({ config: openingsOf({ perHour: 0 }) })
  const claim = await desk.claim('verified')
  const agent = await desk.signedIn(person, strict)
  expect((await act(agent, claim, 'open', { purpose: 'review' })).status).toBe(429)
  // Trying again is refused and recorded, and not one more alert.
  expect((await act(agent, claim, 'open', { purpose: 'review' })).status).toBe(429)
  expect(await desk.entries(claim, 'opening.refused')).toHaveLength(2)
  const [alert] = await alerts().where({ person_id: person.id }).orderBy('id', 'desc')
  const sent = () => mailbox.mails.filter(({ text }) => text.includes(person.name))
  await until('the administrators have their mails', () => sent().length >= 2)
  for (const mail of sent()) expect(JSON.stringify(mail)).not.toContain(claim.number)
  return alert.id as string
}

test('an alert stands on every page of the administrators at once, and reaches each by mail within a minute', async () => {
  const began = Date.now()
  const agent = await desk.signedIn(korean)
  expect((await page(agent, '/queue')).text).not.toContain('확인하지 않은 경보')
  await overdo(moderator)
  for (const path of ['/queue', '/people', '/account', '/news']) {
    expect((await page(agent, path)).text).toContain('확인하지 않은 경보가 1건 있습니다.')
  }
  expect((await page(await desk.signedIn(moderator), '/queue')).text).not.toContain('경보')
  expect(Date.now() - began).toBeLessThan(60_000)

  const about = mailbox.mails.filter(({ text }) => text.includes('정민호'))
  expect(new Set(about.map(({ to }) => to))).toEqual(
    new Set([`${korean.id}@example.com`, `${english.id}@example.com`]),
  )
  const [ko, en] = [korean, english].map(({ id }) =>
    about.find(({ to }) => to === `${id}@example.com`)!,
  )
  expect(ko!.subject).toBe('[Joinder] 경보: 한 시간 열람 한도 초과')
  expect(ko!.text).toContain('정민호(검토 담당자) 님에 관한 경보입니다.')
  expect(en!.subject).toBe('[Joinder] Alert: Over the limit of one hour')
  expect(en!.text).toContain('/oversight/alerts')
})

test('who looked into it says so once, with what they found; it is an entry and stays', async () => {
  const agent = await desk.signedIn(korean)
  const [alert] = await alerts()
  const shown = await page(agent)
  expect(shown.text).toContain('한 시간 열람 한도 초과')
  expect(shown.text).toContain('정민호')

  for (const [fields, complaint] of [
    [{ statement }, '무슨 일이었는지 골라 주세요.'],
    [{ outcome: 'explained' }, '확인한 내용을 적어 주세요.'],
    [{ outcome: 'explained', statement: '가'.repeat(1001) }, '1000자 안으로'],
    [{ outcome: 'sure', statement: '850304-1234567' }, '주민등록번호'],
  ] as const) {
    const refused = await acknowledge(agent, alert.id, fields)
    expect(refused.status).toBe(422)
    expect(refused.text).toContain(complaint)
    expect(refused.text).not.toContain('850304')
  }
  const back = await acknowledge(agent, alert.id, { statement })
  expect(back.text).toContain('ZQXREASON')

  const done = await acknowledge(agent, alert.id, { outcome: 'explained', statement })
  expect(done.headers['location']).toBe('/oversight/alerts?acknowledged')
  // Somebody who still had the form on their screen.
  const other = await desk.signedIn(english)
  const late = await other
    .post(`/oversight/alerts/${alert.id}/acknowledge`)
    .type('form')
    .send({ outcome: 'acted', statement: 'no', _csrf: await tokenOf(other) })
  expect(late.headers['location']).toBe('/oversight/alerts?stale')

  expect((await page(agent)).text).toContain('확인이 필요한 경보가 없습니다.')
  expect((await page(agent, '/queue')).text).not.toContain('확인하지 않은 경보')
  const after = await page(agent, '/oversight/alerts?view=done')
  for (const text of ['ZQXREASON', '본인에게 확인했고 문제가 없습니다', '한서연 님이']) {
    expect(after.text).toContain(text)
  }
  const { superuser } = desk.database.db
  const entry = await superuser('ledger_private')
    .whereRaw(`private::jsonb ->> 'kind' = 'alert.acknowledged'`)
    .first('private')
  expect(JSON.parse(entry.private)).toMatchObject({
    alert: alert.id,
    person: korean.id,
    outcome: 'explained',
  })
  // A copy of the database does not tell what was written.
  const [row] = await alerts()
  expect(JSON.stringify([row.statement.toString('latin1'), entry])).not.toContain('ZQXREASON')
  for (const change of [{ count: 0 }, { outcome: 'expected' }, { acknowledged_at: null }]) {
    await expect(superuser('alerts').where({ id: alert.id }).update(change)).rejects.toThrow(
      'append-only',
    )
  }
  await expect(superuser('alerts').delete()).rejects.toThrow('append-only')
})

test('nobody closes an alert about themself, unless there is no other administrator', async () => {
  const id = await overdo(korean)
  const own = await desk.signedIn(korean)
  expect((await page(own)).text).toContain('본인에 관한 경보는 다른 관리자가 확인해야 합니다.')
  const answer = { outcome: 'expected', statement }
  const sent = async () =>
    own
      .post(`/oversight/alerts/${id}/acknowledge`)
      .type('form')
      .send({ ...answer, _csrf: await tokenOf(own) })
  expect((await sent()).headers['location']).toBe('/oversight/alerts?own')
  // The database says so too.
  const { superuser, staff } = desk.database.db
  const row = { outcome: 'expected', statement: Buffer.from('x'), acknowledged_at: new Date() }
  const close = asActor(staff, korean.id, (tx) =>
    tx('alerts')
      .where({ id })
      .update({ ...row, acknowledged_by: korean.id }),
  )
  await expect(close).rejects.toThrow('row-level security')
  await superuser('people').where({ id: english.id }).update({ state: 'asleep' })
  expect((await sent()).headers['location']).toBe('/oversight/alerts?acknowledged')
  await superuser('people').where({ id: english.id }).update({ state: 'active' })
})

test('many alerts come in pages, the newest first', async () => {
  const agent = await desk.signedIn(english)
  const from = Date.parse('2026-03-02T00:00:00Z')
  const rows = Array.from({ length: 27 }, (_, one) => ({
    id: newId(from + one * 60_000),
    kind: 'unknown_address',
    at: new Date(from + one * 60_000),
    count: 100 + one,
    most: 30,
    since: new Date(from),
  }))
  await desk.database.db.superuser('alerts').insert(rows)
  const counts = (html: string) =>
    [...html.matchAll(/receipts (\d+) times/g)].map(([, count]) => Number(count))
  const first = await page(agent, '/oversight/alerts?lang=en')
  expect(counts(first.text)).toEqual(Array.from({ length: 25 }, (_, one) => 126 - one))
  const next = /rel="next" href="([^"]+)"/.exec(first.text)![1]!.replaceAll('&amp;', '&')
  const second = await page(agent, `/oversight/alerts${next}`)
  expect(counts(second.text)).toEqual([101, 100])
  expect(second.text).not.toContain('rel="next"')
})

async function tokenOf(agent: Agent): Promise<string> {
  return /name="_csrf" value="([^"]+)"/.exec((await page(agent, '/account')).text)![1]!
}
