import { openDesk, act, type Desk } from './desk'
import type { Person } from '../../server/web/person'
import { sendMail } from '../../server/mail/send-mail'
import { testKeys, type Agent } from '../support/app'
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

// What the test claim was filed with; none of it stands on a page that was not opened.
const answers = { full_name: '뷁마커', email: 'marker-7781@example.com', phone: '+821087654321' }
// Long enough that no token or id holds one by chance.
const markers = ['뷁마커', 'marker-7781', '8765-4321', '1087654321', '1985년', '1985-03']

const page = (claim: { id: string }) => agent.get(`/claims/${claim.id}`).set('Accept', 'text/html')

test('a claim is masked until it is opened, and looking at the mask opens nothing', async () => {
  const claim = await desk.claim('verified', { answers })
  const shown = await page(claim)
  expect(shown.status).toBe(200)
  expect(shown.text).toContain(claim.number)
  expect(shown.text).toContain('성명')
  expect(shown.text).toContain('•••••')
  for (const marker of markers) expect(shown.text).not.toContain(marker)
  expect(await desk.openings(claim)).toEqual([])
})

test('opening asks for a reason; without one of ours nothing is opened', async () => {
  const claim = await desk.claim('verified', { answers })
  for (const fields of [{}, { purpose: 'curiosity' }, { purpose: 'screening' }]) {
    const refused = await act(agent, claim, 'open', fields)
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('govuk-error-summary')
    for (const marker of markers) expect(refused.text).not.toContain(marker)
  }
  expect(await desk.openings(claim)).toEqual([])
})

test('an opening is recorded with who, whose and why, and then shows what was sent', async () => {
  const claim = await desk.claim('verified', { answers })
  const shown = await act(agent, claim, 'open', { purpose: 'identity_check' })
  expect(shown.status).toBe(200)
  expect(shown.headers['cache-control']).toBe('no-store')
  expect(shown.text).toContain('뷁마커')
  expect(shown.text).toContain('marker-7781@example.com')
  expect(shown.text).toContain('010-8765-4321')
  expect(shown.text).not.toContain('•••••')
  expect(await desk.openings(claim)).toMatchObject([
    { person: moderator.id, purpose: 'identity_check', claims: 1 },
  ])
  // A colleague who looks at the page sees who looked, and why; not what.
  const after = await page(claim)
  expect(after.text).toContain('정민호')
  expect(after.text).not.toContain('뷁마커')
  expect(desk.staff.logged.join('')).not.toContain('marker-7781')
})

test('a claim that nobody can record the opening of is not shown', async () => {
  const claim = await desk.claim('verified', { answers })
  const { superuser } = desk.database.db
  await superuser.raw('revoke insert on opening_claims from joinder_staff')
  try {
    const refused = await act(agent, claim, 'open', { purpose: 'review' })
    expect(refused.status).toBeGreaterThanOrEqual(500)
    for (const marker of markers) expect(refused.text).not.toContain(marker)
  } finally {
    await superuser.raw('grant insert on opening_claims to joinder_staff')
  }
  expect(await desk.openings(claim)).toEqual([])
})

test('a claim that the worker has not taken in yet is not opened and says so', async () => {
  const claim = await desk.claim('unscreened', { answers })
  const shown = await page(claim)
  expect(shown.status).toBe(200)
  expect(shown.text).not.toContain('name="purpose"')
  const refused = await act(agent, claim, 'open', { purpose: 'review' })
  expect(refused.status).toBe(409)
  expect(await desk.openings(claim)).toEqual([])
})

test('past the budget nothing is opened, the refusal is recorded, and the page says why', async () => {
  const claim = await desk.claim('verified', { answers })
  const frugal = desk.app({
    config: (config) => ({ ...config, limits: { ...config.limits, openingsPerHour: 2 } }),
  })
  const reader = await desk.person('moderator', '한소리')
  const own = await desk.signedIn(reader, frugal)
  for (const reading of [1, 2]) {
    const shown = await act(own, claim, 'open', { purpose: 'review' })
    expect([reading, shown.status]).toEqual([reading, 200])
  }
  const refused = await act(own, claim, 'open', { purpose: 'review' })
  expect(refused.status).toBe(429)
  for (const marker of markers) expect(refused.text).not.toContain(marker)
  expect(await desk.openings(claim)).toHaveLength(2)
  expect(await desk.entries(claim, 'opening.refused')).toMatchObject([
    { facts: { person: reader.id, why: 'budget' } },
  ])
})

test('of a refused opening every administrator hears by mail, once an hour, and nothing of the claim', async () => {
  const claim = await desk.claim('verified', { answers })
  let now = new Date('2026-03-02T01:10:00Z')
  const frugal = desk.app({
    clock: { now: () => now },
    config: (config) => ({ ...config, limits: { ...config.limits, openingsPerHour: 1 } }),
  })
  const [korean, english, gone] = [
    await desk.person('administrator', '한서연'),
    await desk.person('administrator', 'Ada Park'),
    await desk.person('administrator', '떠난 관리자'),
  ]
  const { superuser } = desk.database.db
  await superuser('people').where({ id: english.id }).update({ language: 'en' })
  await superuser('people').where({ id: gone.id }).update({ state: 'disabled' })
  const reader = await desk.person('moderator', '한소리')
  const open = async (...statuses: number[]) => {
    const own = await desk.signedIn(reader, frugal)
    for (const status of statuses) {
      expect((await act(own, claim, 'open', { purpose: 'review' })).status).toBe(status)
    }
  }
  const mails = () => superuser('mails').where({ template: 'opening-refused' }).orderBy('id')

  await open(200, 429, 429)
  const told = await mails()
  expect(new Set(told.map((mail) => mail.person_id))).toEqual(new Set([korean.id, english.id]))
  expect(told).toHaveLength(2)
  now = new Date(now.getTime() + 59 * 60_000)
  await open(200, 429)
  expect(await mails()).toHaveLength(2)
  now = new Date(now.getTime() + 2 * 60_000)
  await open(429)
  expect(await mails()).toHaveLength(4)

  const mailbox = await openMailbox()
  const worker = workerDeps({ database: desk.database, keys: testKeys(), mailbox })
  try {
    for (const { id } of told) await sendMail(worker.deps, id)
    const sent = [korean, english].map(({ id }) =>
      mailbox.mails.find(({ to }) => to === `${id}@example.com`),
    )
    expect(sent[0]!.text).toContain('한소리(검토 담당자) 님이')
    expect(sent[1]!.subject).toContain('한소리 tried to open more claims than allowed')
    for (const mail of sent) expect(JSON.stringify(mail)).not.toContain(claim.number)
  } finally {
    await worker.close()
    await mailbox.close()
  }
})

test('a form that was open too long is given back and opens nothing', async () => {
  const claim = await desk.claim('verified', { answers })
  const late = await agent
    .post(`/claims/${claim.id}/open`)
    .type('form')
    .set('Accept', 'text/html')
    .send({ purpose: 'review', _csrf: 'old' })
  expect([403, 422]).toContain(late.status)
  for (const marker of markers) expect(late.text).not.toContain(marker)
  expect(await desk.openings(claim)).toEqual([])
})
