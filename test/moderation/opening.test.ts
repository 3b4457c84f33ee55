import { openDesk, act, type Desk } from './desk'
import type { Person } from '../../server/web/person'
import type { Agent } from '../support/app'
import { openingsOf } from '../support/openings'

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
    config: openingsOf({ perHour: 2 }),
  })
  const reader = await desk.person('moderator', '한소리')
  const own = await desk.signedIn(reader, frugal)
  for (const reading of [1, 2]) {
    const shown = await act(own, claim, 'open', { purpose: 'review' })
    expect([reading, shown.status]).toEqual([reading, 200])
  }
  const refused = await act(own, claim, 'open', { purpose: 'review' })
  expect(refused.status).toBe(429)
  expect(refused.text).toContain('한 시간에 열어 볼 수 있는 신청은 2건입니다.')
  expect(refused.text).toMatch(/\(한국\u00a0시간\)부터 다시 열어 보실 수 있습니다/)
  for (const marker of markers) expect(refused.text).not.toContain(marker)
  // The way back is the address of the form, which leads to the claim.
  expect(refused.text).toContain(`href="/claims/${claim.id}/open"`)
  expect(await desk.openings(claim)).toHaveLength(2)
  expect(await desk.entries(claim, 'opening.refused')).toMatchObject([
    { facts: { person: reader.id, why: 'budget' } },
  ])
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
