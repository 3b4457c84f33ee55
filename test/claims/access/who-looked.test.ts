import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { renewIncompleteCopies } from '../../../server/claims/access/renew-copies'
import { expireClaims } from '../../../server/claims/expire-claims'
import { act } from '../../moderation/desk'
import { makeAccount, signIn } from '../../support/account'
import { createTestApp, csrfFrom, postForm, type Agent, type TestApp } from '../../support/app'
import type { FiledClaim } from '../../support/filed-claim'
import { until } from '../../support/until'
import { claimPage, mine, openPortal, typeCode, type Portal } from './portal'

let portal: Portal
let home: string
let staff: TestApp
let people = 0
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'joinder-looked-'))
  // Without upkeep, which would mend what a trigger forgot.
  portal = await openPortal({ env: { JOINDER_HOME: home }, limits: { sweepMs: 600_000 } })
  const { database, keys } = portal
  staff = createTestApp({ surface: 'staff', database, keys, env: { JOINDER_HOME: home } })
})
afterAll(async () => {
  await portal.close()
  await rm(home, { recursive: true, force: true })
})

/** A claim and the browser in which its claimant has it open. */
async function opened(): Promise<{ claim: FiledClaim; agent: Agent }> {
  const email = `looked${++people}@example.com`
  const claim = await portal.claim({ email })
  const agent = portal.site.agent()
  await typeCode(agent, (await portal.ask(agent, email)).code)
  await portal.answered(agent)
  return { claim, agent }
}

async function staffAgent(role: 'moderator' | 'counsel', name: string): Promise<Agent> {
  const matter = await portal.database.db
    .superuser('matters')
    .where({ slug: 'test-breach' })
    .first('firm_id')
  const firmId = role === 'counsel' ? matter.firm_id : null
  return signIn(staff, await makeAccount(portal.database, { role, name, firmId }))
}

const shows = (agent: Agent, claim: FiledClaim, text: string) =>
  until(
    `the page says ${text}`,
    async () => (await claimPage(agent, claim)).text.includes(text),
    5_000,
  )

test('an opening by a moderator stands on the claimant’s page within seconds, without a name', async () => {
  const { claim, agent } = await opened()
  const before = (await claimPage(agent, claim)).text
  expect(before).toContain('아직 신청 내용을 열어 본 사람이 없습니다')
  expect(before).toContain('본인 화면을 만들기 위해')
  const moderator = await staffAgent('moderator', '정민호')
  await act(moderator, claim, 'open', { purpose: 'identity_check' })
  await shows(agent, claim, '본인이 맞는지 확인하기 위해')
  const page = (await claimPage(agent, claim)).text
  expect(page).toContain('검토 담당자')
  expect(page).not.toContain('정민호')
  expect(page).not.toContain('열어 본 사람이 없습니다')
  // Making the page anew read nothing of the claim: the program's own openings did not become more.
  const own = /본인 화면을 만들기 위해<\/span> · (\d+)번/.exec(page)
  expect(own?.[1]).toBe('1')
})

test('a decision shows at once, with its reason in the claimant’s words', async () => {
  const { claim, agent } = await opened()
  const moderator = await staffAgent('moderator', '정민호')
  await act(moderator, claim, 'open', { purpose: 'review' })
  await act(moderator, claim, 'review')
  expect((await claimPage(agent, claim)).text).toContain('담당자가 신청을 검토하고 있습니다.')
  const { database } = portal
  const { revision } = await database.db.superuser('claims').where({ id: claim.id }).first()
  const decided = await postForm(
    moderator,
    `/claims/${claim.id}/decision`,
    { decision: 'reject', reason: 'outside_scope', revision },
    { from: `/claims/${claim.id}` },
  )
  expect(decided.status).toBe(303)
  expect((await claimPage(agent, claim)).text).toContain('신청이 승인되지 않았습니다.')
  await shows(agent, claim, '이 소송에서 다루는 범위가 아닙니다.')
})

test('a delivery to the firm and its download are told', async () => {
  const { claim, agent } = await opened()
  const { superuser } = portal.database.db
  await superuser('claims').where({ id: claim.id }).update({ state: 'accepted' })
  const counsel = await staffAgent('counsel', '변호사')
  const form = await counsel.get('/batches').set('Accept', 'text/html')
  const field = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(form.text)?.[1]
  const matter = await superuser('matters').where({ slug: 'test-breach' }).first('id')
  const batch = field('request')!
  const asked = await counsel
    .post('/batches')
    .type('form')
    .send({ matter: matter.id, request: batch, _csrf: csrfFrom(form.text) })
  expect(asked.status).toBe(200)
  await shows(agent, claim, '시험법무법인에 전달되었습니다')
  expect((await claimPage(agent, claim)).text).toContain(
    '신청이 승인되어 시험법무법인에 전달되었습니다.',
  )
  const download = () =>
    postForm(counsel, `/batches/${batch}/download`, {}, { from: `/batches/${batch}` })
  await download()
  await shows(agent, claim, '시험법무법인에서 전달된 자료를 내려받았습니다')
  // Each download is told, not only the first.
  await download()
  await until('both downloads are told', async () => {
    const page = (await claimPage(agent, claim)).text
    return page.split('내려받았습니다').length === 3
  })
})

test('a very long list is cut, and says so', async () => {
  const { claim, agent } = await opened()
  const { superuser } = portal.database.db
  const account = await makeAccount(portal.database, { role: 'moderator', name: '정민호' })
  const rows = Array.from({ length: 230 }, (_, at) => ({
    id: `01890000-0000-7000-8000-${String(at).padStart(12, '0')}`,
    at: new Date(Date.UTC(2026, 0, 1, 0, at)),
  }))
  await superuser.transaction(async (tx) => {
    await tx('ledger_entries').insert(
      rows.map((row) => ({ ...row, kind: 'claim.opened', entry: '{}' })),
    )
    await tx('ledger_private').insert(
      rows.map(({ id }) => ({
        entry_id: id,
        claim_id: claim.id,
        private: JSON.stringify({ person: account.id, purpose: 'review' }),
      })),
    )
    await tx('opening_claims').insert(rows.map(({ id }) => ({ entry_id: id, claim_id: claim.id })))
  })
  await shows(agent, claim, '가장 최근 200건만 보여 드립니다.')
  expect((await claimPage(agent, claim)).text.split('검토 담당자').length - 1).toBe(200)
})

test('an opening that no trigger could tell of is found by the upkeep', async () => {
  const { claim, agent } = await opened()
  const { superuser } = portal.database.db
  const moderator = await staffAgent('moderator', '정민호')
  await superuser.raw('alter table opening_claims disable trigger opened')
  await act(moderator, claim, 'open', { purpose: 'duplicate_check' })
  await superuser.raw('alter table opening_claims enable trigger opened')
  await renewIncompleteCopies(portal.worker.deps)
  await shows(agent, claim, '같은 신청이 또 있는지 확인하기 위해')
  expect((await claimPage(agent, claim)).text).toContain('검토 담당자')
})

test('a claim that is destroyed takes its copies with it', async () => {
  const { claim, agent } = await opened()
  const { superuser } = portal.database.db
  await superuser('claims')
    .where({ id: claim.id })
    .update({ state: 'unverified', verified_at: null, filed_at: new Date('2020-01-01') })
  await expireClaims(portal.worker.deps)
  expect(await superuser('claimant_copies').where({ claim_id: claim.id })).toEqual([])
  expect((await mine(agent)).text).not.toContain(claim.number)
  expect((await claimPage(agent, claim)).status).toBe(404)
})
