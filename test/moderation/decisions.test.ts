import { openDesk, act, type Desk } from './desk'
import { startReview } from '../../server/moderation/start-review'
import type { Person } from '../../server/web/person'
import type { Agent } from '../support/app'
import type { FiledClaim } from '../support/filed-claim'
import { openingsOf } from '../support/openings'

let desk: Desk
let moderator: Person
let colleague: Person
let agent: Agent
let other: Agent

beforeAll(async () => {
  desk = await openDesk()
  moderator = await desk.person('moderator', '정민호')
  colleague = await desk.person('administrator', '한서연')
  agent = await desk.signedIn(moderator)
  other = await desk.signedIn(colleague)
})
afterAll(() => desk.close())

const mailsOf = (claim: FiledClaim, template: string) =>
  desk.database.db.superuser('mails').where({ claim_id: claim.id, template })
/** A claim that the moderator is reviewing and has read. */
async function inReview(options: Parameters<Desk['claim']>[1] = {}): Promise<FiledClaim> {
  const claim = await desk.claim('in_review', { assignedTo: moderator, ...options })
  expect((await act(agent, claim, 'open', { purpose: 'review' })).status).toBe(200)
  return claim
}

test('one press begins a review on the record, opens the claim once, and leads to a decision', async () => {
  const claim = await desk.claim('verified', { answers: { full_name: '뷁마커' } })
  const began = await act(agent, claim, 'review')
  expect(began.status).toBe(200)
  expect(began.text).toContain('뷁마커')
  expect(began.text).toContain(`action="/claims/${claim.id}/decision"`)
  expect(await desk.row(claim)).toMatchObject({ state: 'in_review', assigned_to: moderator.id })
  expect(await desk.entries(claim, 'claim.review_started')).toMatchObject([
    { facts: { person: moderator.id, from: null } },
  ])
  expect(await desk.openings(claim)).toMatchObject([{ person: moderator.id, purpose: 'review' }])
  const done = await act(agent, claim, 'decision', { decision: 'accept' })
  expect(done.status).toBe(303)
  expect(await desk.openings(claim)).toHaveLength(1)
})

test('nobody decides what they have not opened since their review began', async () => {
  const claim = await desk.claim('verified')
  const decide = async () =>
    act(agent, claim, 'decision', {
      decision: 'reject',
      reason: 'incomplete',
      revision: (await desk.row(claim))['revision'],
    })
  // Looked at before the review, and by whoever had it before: neither counts.
  await act(agent, claim, 'open', { purpose: 'identity_check' })
  await act(other, claim, 'review')
  const { superuser } = desk.database.db
  const { revision } = (await desk.row(claim)) as { revision: number }
  await startReview(
    { db: desk.database.db.staff, clock: { now: () => new Date() } },
    moderator,
    claim.id,
    revision,
  )
  const page = await agent.get(`/claims/${claim.id}`)
  expect(page.text).not.toContain(`/claims/${claim.id}/decision`)
  const refused = await decide()
  expect(refused.status).toBe(422)
  expect(refused.text).toContain('<a href="#purpose">내용을 열어 보아야 결정할 수 있습니다')
  expect(await desk.row(claim)).toMatchObject({ state: 'in_review' })
  expect(
    await superuser('mails').where({ claim_id: claim.id, template: 'claim-rejected' }),
  ).toEqual([])
  expect((await act(agent, claim, 'open', { purpose: 'review' })).status).toBe(200)
  expect((await decide()).status).toBe(303)
})

test('past the budget a review begins, and what was not opened is not decided', async () => {
  const claim = await desk.claim('verified')
  const frugal = desk.app({
    config: openingsOf({ perHour: 0 }),
  })
  const own = await desk.signedIn(moderator, frugal)
  expect((await act(own, claim, 'review')).status).toBe(429)
  expect(await desk.row(claim)).toMatchObject({ state: 'in_review', assigned_to: moderator.id })
  const { revision } = await desk.row(claim)
  const refused = await act(own, claim, 'decision', { decision: 'accept', revision })
  expect(refused.status).toBe(422)
})

test('accepting writes state, entry and a mail in the language of the claim', async () => {
  const claim = await inReview({ language: 'en' })
  const { revision } = (await desk.row(claim)) as { revision: number }
  const answer = await act(agent, claim, 'decision', { decision: 'accept', reason: 'incomplete' })
  expect(answer.status).toBe(303)
  expect(await desk.row(claim)).toMatchObject({
    state: 'accepted',
    decided_by: moderator.id,
    decision_reason: null,
    revision: revision + 1,
  })
  expect(await desk.entries(claim, 'claim.accepted')).toMatchObject([
    { facts: { person: moderator.id, reason: null, revision: revision + 1 } },
  ])
  const mails = await mailsOf(claim, 'claim-accepted')
  expect(mails).toMatchObject([{ language: 'en', state: 'queued' }])
  const intents = await desk.database.db
    .superuser('outbox')
    .whereRaw(`payload->>'mailId' = ?`, [mails[0].id])
  expect(intents).toMatchObject([{ job: 'send-mail', payload: { mailId: mails[0].id } }])
})

test('rejecting needs one of the reasons, and tells the claimant which', async () => {
  const claim = await inReview({ language: 'ko' })
  for (const fields of [{}, { decision: 'reject' }, { decision: 'reject', reason: 'ugly' }]) {
    const refused = await act(agent, claim, 'decision', fields)
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('govuk-error-summary')
  }
  expect(await desk.row(claim)).toMatchObject({ state: 'in_review' })
  const done = await act(agent, claim, 'decision', { decision: 'reject', reason: 'inconsistent' })
  expect(done.status).toBe(303)
  expect(await desk.row(claim)).toMatchObject({
    state: 'rejected',
    decision_reason: 'inconsistent',
  })
  expect(await mailsOf(claim, 'claim-rejected')).toMatchObject([{ language: 'ko' }])
  expect(await desk.entries(claim, 'claim.rejected')).toMatchObject([
    { facts: { reason: 'inconsistent' } },
  ])
})

test('a stale page changes nothing and shows what the other person did', async () => {
  const claim = await inReview()
  const { revision } = (await desk.row(claim)) as { revision: number }
  expect((await act(other, claim, 'review')).status).toBe(200)
  const stale = await act(agent, claim, 'decision', { decision: 'accept', revision })
  expect(stale.status).toBe(409)
  expect(stale.text).toContain('한서연')
  expect(await desk.row(claim)).toMatchObject({ state: 'in_review', assigned_to: colleague.id })
  expect(await desk.entries(claim, 'claim.review_started')).toMatchObject([
    { facts: { person: colleague.id, from: moderator.id } },
  ])
  // Theirs again, and still not what the old page showed.
  expect((await act(agent, claim, 'review')).status).toBe(200)
  const older = await act(agent, claim, 'decision', { decision: 'accept', revision })
  expect(older.status).toBe(409)
  expect(await desk.row(claim)).toMatchObject({ state: 'in_review', assigned_to: moderator.id })
  expect(await mailsOf(claim, 'claim-accepted')).toEqual([])
})

test('only whoever reviews a claim decides it, and only while it is in review', async () => {
  const notMine = await inReview()
  const { revision } = (await desk.row(notMine)) as { revision: number }
  const refused = await act(other, notMine, 'decision', { decision: 'accept', revision })
  expect(refused.status).toBe(409)
  const waiting = await desk.claim('verified')
  expect((await act(agent, waiting, 'decision', { decision: 'accept' })).status).toBe(409)
  expect(await desk.row(notMine)).toMatchObject({ state: 'in_review' })
  expect(await desk.row(waiting)).toMatchObject({ state: 'verified' })
  const unconfirmed = await desk.claim('unverified')
  const begun = await act(agent, unconfirmed, 'review', { revision: 0 })
  expect(begun.status).toBe(409)
})

test('of many who decide at once, one wins and the others are told', async () => {
  const claim = await inReview()
  const answers = await Promise.all(
    ['accept', 'reject', 'accept', 'reject'].map((decision) =>
      act(agent, claim, 'decision', { decision, reason: 'incomplete' }),
    ),
  )
  const statuses = answers.map(({ status }) => status).sort((a, b) => a - b)
  expect(statuses).toEqual([303, 409, 409, 409])
  const decided = (await desk.entries(claim)).filter(({ kind }) =>
    ['claim.accepted', 'claim.rejected'].includes(kind),
  )
  expect(decided).toHaveLength(1)
  const mails = await desk.database.db
    .superuser('mails')
    .where({ claim_id: claim.id })
    .whereIn('template', ['claim-accepted', 'claim-rejected'])
  expect(mails).toHaveLength(1)
})

test('of two who take a claim at once, one has it and the other is told who', async () => {
  const claim = await desk.claim('verified')
  const { revision } = (await desk.row(claim)) as { revision: number }
  const answers = await Promise.all([
    act(agent, claim, 'review', { revision }),
    act(other, claim, 'review', { revision }),
  ])
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409])
  expect(await desk.entries(claim, 'claim.review_started')).toHaveLength(1)
  expect(await desk.openings(claim)).toHaveLength(1)
})
