import { approvalHandlers } from '../../jobs/settle-approval'
import { endPersonJob } from '../../jobs/end-person'
import { settleApproval } from '../../server/approvals/settle-approval'
import { redriveApprovals, tendApprovals } from '../../server/approvals/tend-approvals'
import { buildBatch } from '../../server/batches/build-batch'
import { expireClaims } from '../../server/claims/expire-claims'
import { asActor } from '../../server/db/connections'
import { newId } from '../../server/kernel/ids'
import type { ProcessConfig } from '../../server/config'
import {
  createTestApp,
  csrfFrom,
  postForm,
  testKeys,
  type Agent,
  type TestApp,
} from '../support/app'
import { makeAccount, signIn, type TestAccount } from '../support/account'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { acceptedClaim } from '../support/firm'
import { loadTestMatters, signedMatter, testMatter } from '../support/test-matters'
import { workerDeps, type TestWorkerDeps } from '../support/worker'

/** What nobody does alone: with the shipped surface, and the verbs of the worker run by hand. */
const keys = testKeys()
const korean = { 'Accept-Language': 'ko', Accept: 'text/html' }
const small = { exportClaimsAlone: 2, erasuresAlone: 1 }
const hourMs = 3600_000
let database: TestDatabase
let staff: TestApp
let worker: TestWorkerDeps
let asker: TestAccount
let second: TestAccount
let counsel: TestAccount
let matter: { id: string; firm_id: string }
let now = new Date()
const clock = { now: () => now }

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator, [testMatter(), signedMatter()])
  const config = (shipped: ProcessConfig) => ({
    ...shipped,
    limits: { ...shipped.limits, ...small },
  })
  const env = { JOINDER_HOME: database.home }
  staff = createTestApp({ surface: 'staff', database, keys, clock, config, env })
  const mailbox = { url: 'smtp://127.0.0.1:9' }
  worker = workerDeps({ database, keys, mailbox, clock, env, limits: small })
  asker = await makeAccount(database, { role: 'administrator', name: '한서연' })
  second = await makeAccount(database, { role: 'administrator', name: 'Ada' })
  matter = await database.db.superuser('matters').where({ slug: 'test-breach' }).first()
  const firmId = matter.firm_id
  counsel = await makeAccount(database, { role: 'counsel', name: '이도윤', firmId })
}, 60_000)
afterAll(async () => {
  await worker.close()
  await database.drop()
})
beforeEach(async () => {
  await database.db.superuser('rate_limits').delete()
  await database.db.superuser('growing_waits').delete()
})

let browsers = new Map<string, Promise<Agent>>()

/** The browser in which this person is signed in, until the clock is moved. */
function inside(account: TestAccount): Promise<Agent> {
  const agent = browsers.get(account.id) ?? signIn(staff, account)
  browsers.set(account.id, agent)
  return agent
}

function later(ms: number): void {
  now = new Date(now.getTime() + ms)
  browsers = new Map()
}

const moderator = () => makeAccount(database, { role: 'moderator', name: '정민호' })
const row = (id: string) => database.db.superuser('approvals').where({ id }).first()
const roleOf = async ({ id }: { id: string }) =>
  (await database.db.superuser('people').where({ id }).first('role')).role
const batchOf = (id: string) => database.db.superuser('batches').where({ id }).first()
const settle = (id: string) => settleApproval(worker.deps, approvalHandlers(worker.deps), id)
const mailed = async (template: string, subjectId: string) =>
  (await database.db.superuser('mails').where({ template, subject_id: subjectId })).map(
    (mail) => mail.person_id as string,
  )
const entriesOf = async (id: string) =>
  (
    await database.db
      .superuser('ledger_entries as e')
      .join('ledger_private as p', 'p.entry_id', 'e.id')
      .where('e.kind', 'like', 'approval.%')
      .whereLike('p.private', `%${id}%`)
      .join('ledger_pending as n', 'n.entry_id', 'e.id')
      .orderBy('n.seq')
  ).map((entry) => entry.kind as string)

/** The id of the request that a form led to. */
const askedFor = (answer: { headers: Record<string, string> }) =>
  /^\/approvals\/([0-9a-f-]{36})\?asked$/.exec(answer.headers['location'] ?? '')![1]!

async function askForRole(agent: Agent, person: { id: string }): Promise<string> {
  const fields = { role: 'administrator', approval_reason: 'stands_in' }
  return askedFor(await postForm(agent, `/people/${person.id}/role`, fields, { from: '/people' }))
}

/** Decides as the page of the request lets one, or as somebody whom it lets not. */
async function decide(agent: Agent, id: string, decision = 'approved', shown?: string) {
  const page = await agent.get(`/approvals/${id}`).set(korean)
  const hash = shown ?? /name="shown" value="([0-9a-f]{64})"/.exec(page.text)?.[1]
  const fields = { decision, shown: hash ?? 'x' }
  return postForm(agent, `/approvals/${id}/decision`, fields, { from: '/account' })
}

test('somebody becomes an administrator when another one approves; not by who asked, and once', async () => {
  const person = await moderator()
  const agent = await inside(asker)
  const before = { role: 'administrator' }
  const why = await postForm(agent, `/people/${person.id}/role?lang=ko`, before, {
    from: '/people',
  })
  expect([why.status, why.text.includes('다른 사람의 결재가 필요합니다')]).toEqual([200, true])
  const none = { ...before, approval_asked: 'yes', approval_reason: 'because' }
  const again = await postForm(agent, `/people/${person.id}/role`, none, { from: '/people' })
  expect([again.status, again.text.includes('name="role" value="administrator"')]).toEqual([
    422,
    true,
  ])
  const id = await askForRole(agent, person)
  // Asked for twice, it is one request.
  expect(await askForRole(agent, person)).toBe(id)
  await settle(id)
  expect([await roleOf(person), (await row(id)).state]).toEqual(['moderator', 'waiting'])
  expect(await mailed('approval-asked', id)).toEqual([second.id])

  const own = await agent.get(`/approvals/${id}`).set(korean)
  expect(own.text).not.toContain('name="decision"')
  expect(
    (await decide(agent, id, 'approved', (await row(id)).params_sha256.toString('hex'))).status,
  ).toBe(403)
  expect((await row(id)).state).toBe('waiting')

  const other = await inside(second)
  // Not what the page showed.
  expect((await decide(other, id, 'approved', 'a'.repeat(64))).status).toBe(409)
  const page = await other.get(`/approvals/${id}`).set(korean)
  const shown = /name="shown" value="([0-9a-f]{64})"/.exec(page.text)![1]!
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      other
        .post(`/approvals/${id}/decision`)
        .type('form')
        .send({ decision: 'approved', shown, _csrf: csrfFrom(page.text) }),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 303)).toHaveLength(1)
  expect(statuses.filter((status) => status === 409)).toHaveLength(49)
  await Promise.all([settle(id), settle(id)])
  expect(await roleOf(person)).toBe('administrator')
  expect(await row(id)).toMatchObject({ state: 'carried_out', decided_by: second.id })
  expect(await entriesOf(id)).toEqual([
    'approval.asked',
    'approval.approved',
    'approval.carried_out',
  ])
  expect(await mailed('approval-over', id)).toEqual([asker.id])
  const history = database.db.superuser('rights_history').where({ person_id: person.id })
  expect(await history.orderBy('id', 'desc').first()).toMatchObject({
    role: 'administrator',
    by_id: asker.id,
    login: 'joinder_worker',
  })
  // Down again is one person's act, at once.
  const down = await postForm(
    agent,
    `/people/${person.id}/role`,
    { role: 'moderator' },
    { from: '/people' },
  )
  expect([down.headers['location'], await roleOf(person)]).toEqual([
    `/people/${person.id}?changed`,
    'moderator',
  ])
}, 30_000)

test('the database itself lets nobody approve their own, in another name, or without approval', async () => {
  const { staff: login, worker: workerLogin, superuser } = database.db
  const person = await moderator()
  const id = await askForRole(await inside(asker), person)
  const decided = { state: 'approved', decided_at: now }
  const as = (who: string, change: object) =>
    asActor(login, who, (tx) => tx('approvals').where({ id }).update(change))
  const refused = { code: expect.stringMatching(/^(42501|23514)$/) as string }
  await expect(as(asker.id, { ...decided, decided_by: asker.id })).rejects.toMatchObject(refused)
  // In the name of the other, with their own session.
  await expect(as(asker.id, { ...decided, decided_by: second.id })).rejects.toMatchObject(refused)
  await expect(as(counsel.id, { ...decided, decided_by: counsel.id })).resolves.toBe(0)
  await expect(as(person.id, { ...decided, decided_by: person.id })).resolves.toBe(0)
  await expect(as(second.id, { params: '{}' })).rejects.toMatchObject(refused)
  await expect(
    superuser('approvals').where({ id }).update({ decided_by: asker.id }),
  ).rejects.toMatchObject(refused)
  await expect(superuser('approvals').where({ id }).update({ reason: 'x' })).rejects.toMatchObject(
    refused,
  )
  await expect(superuser('approvals').where({ id }).delete()).rejects.toThrow(/append-only/)
  // The worker approves nothing that had not its twenty-four hours.
  const hurry = workerLogin('approvals').where({ id }).update(decided)
  await expect(hurry).rejects.toMatchObject(refused)
  await expect(
    workerLogin('approvals')
      .where({ id })
      .update({ solo_due_at: new Date(now.getTime() + hourMs) }),
  ).rejects.toMatchObject(refused)
  for (const db of [login, workerLogin]) {
    const raise = asActor(db, asker.id, (tx) =>
      tx('people').where({ id: person.id }).update({ role: 'administrator' }),
    )
    await expect(raise).rejects.toThrow(/two people/)
  }
  expect([await roleOf(person), (await row(id)).state]).toEqual(['moderator', 'waiting'])
})

test('whoever was ended gets nothing approved, and what they asked for is taken back', async () => {
  const leaving = await makeAccount(database, { role: 'administrator', name: '떠남' })
  const agent = await inside(leaving)
  const [waits, approved] = [await moderator(), await moderator()]
  const first = await askForRole(agent, waits)
  const next = await askForRole(agent, approved)
  const other = await inside(second)
  expect((await decide(other, next)).status).toBe(303)
  await postForm(other, `/people/${leaving.id}/end`, {}, { from: '/people' })
  await endPersonJob(worker.deps, { personId: leaving.id }, 'test')
  await settle(next)
  expect((await row(first)).state).toBe('withdrawn')
  expect(await row(next)).toMatchObject({ state: 'void', outcome: 'asker_left' })
  expect(await roleOf(approved)).toBe('moderator')
  // Nor does whoever is an administrator no longer.
  const lower = await makeAccount(database, { role: 'administrator', name: '내려옴' })
  const last = await askForRole(await inside(lower), approved)
  await decide(other, last)
  await database.db.superuser('people').where({ id: lower.id }).update({ role: 'moderator' })
  await settle(last)
  expect([(await row(last)).state, await roleOf(approved)]).toEqual(['void', 'moderator'])
  // Coming back is for two people as well, and so is waking.
  await database.db.superuser('people').where({ id: lower.id }).update({
    role: 'administrator',
    state: 'asleep',
  })
  const wish = { approval_reason: 'returns' }
  const wakes = askedFor(
    await postForm(other, `/people/${lower.id}/wake`, wish, { from: '/people' }),
  )
  await decide(await inside(asker), wakes)
  await settle(wakes)
  expect(await database.db.superuser('people').where({ id: lower.id }).first('state')).toEqual({
    state: 'active',
  })
  const back = await postForm(
    other,
    `/people/${leaving.id}/invitation`,
    { approval_reason: 'returns' },
    { from: '/people' },
  )
  const returns = askedFor(back)
  expect((await decide(await inside(asker), returns)).status).toBe(303)
  await settle(returns)
  const person = () => database.db.superuser('people').where({ id: leaving.id }).first('state')
  expect((await person()).state).toBe('invited')
})

test('administrators are invited, and second factors reset, by two', async () => {
  const agent = await inside(asker)
  const other = await inside(second)
  const email = 'new.admin@example.com'
  const fields = { name: '새사람', email, role: 'administrator', language: 'ko' }
  const wish = { ...fields, approval_reason: 'new_duties' }
  const id = askedFor(await postForm(agent, '/people', wish))
  const person = () => database.db.superuser('people').where({ email }).first()
  expect(await person()).toBeUndefined()
  expect((await agent.get(`/approvals/${id}`).set(korean)).text).toContain(email)
  await decide(other, id)
  await settle(id)
  expect(await person()).toMatchObject({ state: 'invited', role: 'administrator' })
  expect(
    await mailed('invitation', (await database.db.superuser('invitations').first('id')).id),
  ).toHaveLength(1)

  const lost = await moderator()
  await inside(lost)
  const reset = askedFor(
    await postForm(
      agent,
      `/people/${lost.id}/factors`,
      { approval_reason: 'lost_device' },
      { from: '/people' },
    ),
  )
  await decide(other, reset)
  await settle(reset)
  expect(await database.db.superuser('totp_factors').where({ person_id: lost.id })).toEqual([])
  expect(await database.db.superuser('sessions_staff').where({ person_id: lost.id })).toEqual([])
  expect(await mailed('factors-reset', lost.id)).toEqual([lost.id])
})

describe('a delivery of many claims', () => {
  const accept = () => acceptedClaim(database, keys, worker.deps)
  const heldBy = async (batchId: string) =>
    (await database.db.superuser('batch_claims').where({ batch_id: batchId })).map(
      (one) => one.claim_id as string,
    )

  /** Asks as counsel does. */
  async function request(agent: Agent) {
    const page = await agent.get('/batches').set(korean)
    const batchId = /name="request" value="([^"]+)"/.exec(page.text)![1]!
    const fields = { matter: matter.id, request: batchId, _csrf: csrfFrom(page.text) }
    const send = (more: object) =>
      agent
        .post('/batches')
        .type('form')
        .set(korean)
        .send({ ...fields, ...more })
    const why = await send({})
    expect([why.status, why.text.includes('다른 사람의 결재가 필요합니다')]).toEqual([200, true])
    const shown = await send({ approval_reason: 'delivery_due' })
    expect([shown.status, shown.text.includes('관리자가 결재한 뒤에')]).toEqual([200, true])
    return { batchId, approvalId: (await batchOf(batchId)).approval_id as string }
  }

  const build = (id: string) => buildBatch(worker.deps, id, 'test')

  test('is made once an administrator approved, of exactly the claims that were named', async () => {
    const agent = await inside(counsel)
    const named = [(await accept()).id, (await accept()).id, (await accept()).id]
    const { batchId, approvalId } = await request(agent)
    await settle(approvalId)
    await build(batchId)
    expect(await batchOf(batchId)).toMatchObject({ state: 'requested', claim_count: null })
    // Neither who asked nor a colleague of theirs decides.
    const { firm_id: firmId } = matter
    const colleague = await makeAccount(database, { role: 'counsel', name: '동료', firmId })
    for (const one of [agent, await inside(colleague)]) {
      expect((await one.get(`/approvals/${approvalId}`).set(korean)).status).toBe(200)
      expect((await decide(one, approvalId)).status).toBe(403)
    }
    const later = await accept()
    const page = await agent.get(`/batches/${batchId}`).set(korean)
    expect(page.text).toContain(`/approvals/${approvalId}`)
    expect((await decide(await inside(second), approvalId)).status).toBe(303)
    await settle(approvalId)
    await build(batchId)
    expect(await batchOf(batchId)).toMatchObject({ state: 'complete', claim_count: 3 })
    expect((await heldBy(batchId)).toSorted()).toEqual(named.toSorted())
    // A new passphrase for it is another export of as many.
    const fields = { edition: 1, approval_reason: 'passphrase_lost' }
    const again = await postForm(agent, `/batches/${batchId}/reissue`, fields, {
      from: `/batches/${batchId}`,
    })
    expect(again.status).toBe(200)
    const next = (await batchOf(batchId)).approval_id as string
    expect(next).not.toBe(approvalId)
    await build(batchId)
    expect(await batchOf(batchId)).toMatchObject({ state: 'requested', edition: 1 })
    await decide(await inside(second), next, 'refused')
    await settle(next)
    // What was there stays.
    expect(await batchOf(batchId)).toMatchObject({
      state: 'complete',
      failure: 'not_approved',
      edition: 1,
    })
    // So few need nobody.
    const list = await agent.get('/batches').set(korean)
    const own = /name="request" value="([^"]+)"/.exec(list.text)![1]!
    await agent
      .post('/batches')
      .type('form')
      .send({ matter: matter.id, request: own, _csrf: csrfFrom(list.text) })
    await build(own)
    expect(await batchOf(own)).toMatchObject({ state: 'complete', approval_id: null })
    expect(await heldBy(own)).toEqual([later.id])
  }, 30_000)

  test('is refused where its claims are not those that were approved', async () => {
    const agent = await inside(counsel)
    const { superuser } = database.db
    const gone = await accept()
    await accept()
    await accept()
    const first = await request(agent)
    await decide(await inside(second), first.approvalId)
    await superuser('claims').where({ id: gone.id }).update({ state: 'withdrawn' })
    await settle(first.approvalId)
    expect(await row(first.approvalId)).toMatchObject({ state: 'void', outcome: 'changed' })
    expect(await batchOf(first.batchId)).toMatchObject({
      state: 'failed',
      failure: 'claims_changed',
    })

    // Slipped in by who can do anything with the database, before it is carried out …
    await accept()
    const slip = (table: string, line: object) =>
      superuser.transaction(async (tx) => {
        await tx.raw(`set local session_replication_role = replica`)
        await tx(table).insert(line)
      })
    const altered = await request(agent)
    const extra = await accept()
    await decide(await inside(second), altered.approvalId)
    await slip('approval_claims', {
      approval_id: altered.approvalId,
      claim_id: extra.id,
      version: 1,
    })
    await settle(altered.approvalId)
    expect(await batchOf(altered.batchId)).toMatchObject({
      state: 'failed',
      failure: 'claims_changed',
    })
    // … and after.
    const late = await request(agent)
    const more = await accept()
    await decide(await inside(second), late.approvalId)
    await settle(late.approvalId)
    const line = { claim_id: more.id, firm_id: matter.firm_id, version: 1, row_number: 99 }
    await slip('batch_claims', { batch_id: late.batchId, ...line })
    await build(late.batchId)
    expect(await batchOf(late.batchId)).toMatchObject({
      state: 'failed',
      failure: 'claims_changed',
    })
    // Nor is one built that lost its approval, or never had it.
    const none = await request(agent)
    await superuser('batches').where({ id: none.batchId }).update({ approval_id: null })
    await superuser('batch_claims').insert(
      (await superuser('approval_claims').where({ approval_id: none.approvalId })).map(
        (one, at) => ({
          batch_id: none.batchId,
          claim_id: one.claim_id,
          firm_id: matter.firm_id,
          version: one.version,
          row_number: at + 1,
        }),
      ),
    )
    await build(none.batchId)
    expect(await batchOf(none.batchId)).toMatchObject({ state: 'failed', failure: 'not_approved' })
  }, 30_000)
})

test('so does the list of the signed papers of many claims, for whoever asked and for some days', async () => {
  const { superuser } = database.db
  const signed = await superuser('matters').where({ slug: 'test-signed' }).first()
  const many = { matter_id: signed.id, key: '', slot: 0, claims: 3 }
  await superuser('authority_counts').insert(many)
  const agent = await inside(counsel)
  const take = (who: Agent, more: object = {}) =>
    postForm(who, '/authority/test-signed/index', { ...more }, { from: '/authority/test-signed' })
  const why = await take(agent)
  expect([why.status, why.headers['content-disposition']]).toEqual([200, undefined])
  const id = askedFor(await take(agent, { approval_reason: 'court_date' }))
  await decide(await inside(second), id)
  await settle(id)
  const file = await take(agent)
  expect(file.headers['content-type']).toContain('text/csv')
  // Not for somebody else.
  const other = await take(await inside(asker))
  expect([other.status, other.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
})

/** As when the worker has taken it from the claimant's page. */
async function askErasure(claimId: string): Promise<string> {
  const id = newId()
  await database.db.superuser.transaction(async (tx) => {
    await tx.raw(`set local session_replication_role = replica`)
    const due = new Date(now.getTime() + 240 * hourMs)
    const line = { id, claim_id: claimId, matter_id: matter.id, asked_at: now, due_at: due }
    await tx('erasure_requests').insert(line)
  })
  return id
}

test('after as many erasures as one person may have in an hour, the next needs another', async () => {
  const { superuser } = database.db
  const clerk = await moderator()
  const agent = await inside(clerk)
  const ask = async () => {
    const claim = await acceptedClaim(database, keys, worker.deps)
    return { id: await askErasure(claim.id), claim }
  }
  const grant = (id: string, more: object = {}) =>
    postForm(agent, `/erasures/${id}/answer`, { answer: 'granted', ...more }, { from: '/erasures' })
  const answerOf = async (id: string) =>
    (await superuser('erasure_requests').where({ id }).first('answer')).answer
  const [one, two] = [await ask(), await ask()]
  expect((await grant(one.id)).headers['location']).toBe('/erasures?answered')
  expect((await grant(two.id)).status).toBe(200)
  const id = askedFor(await grant(two.id, { approval_reason: 'case_over' }))
  expect(await answerOf(two.id)).toBeNull()
  await decide(await inside(second), id)
  await settle(id)
  expect(await answerOf(two.id)).toBe('granted')
  const claim = await superuser('claims').where({ id: two.claim.id }).first('state')
  expect(claim.state).toBe('withdrawn')
})

test('what is under a hold is kept; one person sets it, two lift it', async () => {
  const { superuser } = database.db
  const agent = await inside(asker)
  const old = await acceptedClaim(database, keys, worker.deps)
  const filed = new Date(now.getTime() - 30 * 24 * hourMs)
  const unconfirmed = { state: 'unverified', verified_at: null, filed_at: filed }
  await superuser('claims').where({ id: old.id }).update(unconfirmed)
  const hold = { what: 'claim', number: old.number, reason: 'in_court' }
  expect((await postForm(agent, '/holds', { ...hold, number: 'X' })).status).toBe(422)
  expect((await postForm(agent, '/holds', hold)).headers['location']).toBe('/holds?set')
  expect((await postForm(agent, '/holds', hold)).status).toBe(422)
  const stateOf = async () => (await superuser('claims').where({ id: old.id }).first()).state
  await expireClaims(worker.deps)
  expect(await stateOf()).toBe('unverified')
  const expire = database.db.worker('claims').where({ id: old.id }).update({ state: 'expired' })
  await expect(expire).rejects.toThrow(/legal hold/)
  const request = await askErasure(old.id)
  const granted = { answer: 'granted' }
  const refused = await postForm(agent, `/erasures/${request}/answer`, granted, {
    from: '/erasures',
  })
  expect([refused.status, refused.text.includes('보존 조치 중이라')]).toEqual([422, true])
  const { id: holdId } = await superuser('legal_holds').first('id')
  const lift = () =>
    superuser('legal_holds').where({ id: holdId }).update({ lifted_at: now, lifted_by: request })
  await expect(lift()).rejects.toThrow(/two people/)
  const why = { approval_reason: 'duty_over' }
  const id = askedFor(await postForm(agent, `/holds/${holdId}/lift`, why, { from: '/holds' }))
  await decide(await inside(second), id)
  await settle(id)
  expect((await superuser('legal_holds').first()).lifted_by).toBe(id)
  await expireClaims(worker.deps)
  expect(await stateOf()).toBe('expired')
})

test('deciding wants a second factor of a moment ago; what nobody decides in time ends', async () => {
  const other = await inside(second)
  const id = await askForRole(await inside(asker), await moderator())
  later(11 * 60_000)
  const late = await decide(other, id)
  expect([late.status, late.text.includes('name="step_code"')]).toEqual([403, true])
  expect((await row(id)).state).toBe('waiting')
  later(73 * hourMs)
  expect(
    (
      await decide(
        await inside(second),
        id,
        'approved',
        (await row(id)).params_sha256.toString('hex'),
      )
    ).status,
  ).toBe(409)
  await tendApprovals(worker.deps)
  expect(await row(id)).toMatchObject({ state: 'expired', decided_by: null })
  expect(await entriesOf(id)).toEqual(['approval.asked', 'approval.expired'])
  const list = await (await inside(second)).get('/approvals?view=closed').set(korean)
  expect(list.text).toContain('기한 지남')
})

test('with one administrator it waits twenty-four hours, all staff are told, and it can be stopped', async () => {
  const { superuser } = database.db
  await superuser('people')
    .where({ role: 'administrator' })
    .whereNot({ id: asker.id })
    .update({ state: 'disabled' })
  const clerk = await moderator()
  const agent = await inside(asker)
  const staffIds = (
    await superuser('people').where({ state: 'active' }).whereNot({ role: 'counsel' })
  ).map((one) => one.id as string)
  const begin = async () => {
    const person = await moderator()
    const id = await askForRole(await inside(asker), person)
    await settle(id)
    return { id, person }
  }
  // By whoever asked.
  const mistake = await begin()
  expect((await mailed('approval-solo', mistake.id)).toSorted()).toEqual(
    [...staffIds, mistake.person.id].toSorted(),
  )
  expect(await entriesOf(mistake.id)).toEqual(['approval.asked', 'approval.solo_started'])
  const page = await agent.get(`/approvals/${mistake.id}`).set(korean)
  expect(page.text).toContain('결재할 다른 관리자가 없습니다')
  expect(page.text).not.toContain('name="decision"')
  // The mail to all staff leads there; others see what they asked for and no more.
  const told = await inside(clerk)
  expect((await told.get(`/approvals/${mistake.id}`).set(korean)).status).toBe(200)
  await postForm(agent, `/approvals/${mistake.id}/withdrawal`, {}, { from: '/account' })
  // By an administrator who joined meanwhile.
  const stopped = await begin()
  const joined = await makeAccount(database, { role: 'administrator', name: '새 관리자' })
  expect((await decide(await inside(joined), stopped.id, 'refused')).status).toBe(303)
  await superuser('people').where({ id: joined.id }).update({ state: 'disabled' })
  // By nobody.
  const done = await begin()
  later(23 * hourMs)
  await tendApprovals(worker.deps)
  expect((await row(done.id)).state).toBe('waiting')
  later(2 * hourMs)
  await tendApprovals(worker.deps)
  // Its job was lost: it is handed over again.
  await superuser('outbox').delete()
  later(hourMs)
  await redriveApprovals(worker.deps)
  expect(await superuser('outbox').pluck('payload')).toEqual([{ approvalId: done.id }])
  for (const { id } of [mistake, stopped, done]) await settle(id)
  expect((await row(mistake.id)).state).toBe('withdrawn')
  expect((await row(stopped.id)).state).toBe('refused')
  expect(await row(done.id)).toMatchObject({ state: 'carried_out', decided_by: null })
  expect(await Promise.all([mistake, stopped, done].map(({ person }) => roleOf(person)))).toEqual([
    'moderator',
    'moderator',
    'administrator',
  ])
  expect(await entriesOf(done.id)).toEqual([
    'approval.asked',
    'approval.solo_started',
    'approval.approved',
    'approval.carried_out',
  ])
}, 30_000)
