import { asActor } from '../../server/db/connections'
import { addMessage, type Desk } from '../../server/messages/add-message'
import { countQuestionsFor, tellOfQuestions } from '../../server/messages/tell-of-questions'
import type { Person } from '../../server/web/person'
import { openDesk, type Desk as StaffDesk } from '../moderation/desk'
import { postForm, testKeys, type Agent } from '../support/app'
import { makeFirm } from '../support/firm'
import type { FiledClaim } from '../support/filed-claim'
import { workerDeps, type TestWorkerDeps } from '../support/worker'
import { openingsOf } from '../support/openings'
import { onThread, page } from './conversation'

/** Who reads, answers and hears of what is written to whom. */

let desk: StaffDesk
let worker: TestWorkerDeps
let now = new Date()
let claim: FiledClaim
let own: Person
let rival: Person
let moderator: Person
let counsel: Agent

beforeAll(async () => {
  const keys = testKeys()
  desk = await openDesk({ keys })
  const { database } = desk
  const mailbox = { url: 'smtp://127.0.0.1:9' }
  worker = workerDeps({ database, keys, mailbox, clock: { now: () => now } })
  const { firm_id: firmId } = await database.db
    .superuser('matters')
    .where({ slug: 'test-breach' })
    .first()
  own = await desk.person('counsel', '이도윤', firmId)
  rival = await desk.person('counsel', '상대', await makeFirm(database, 'other-firm'))
  moderator = await desk.person('moderator', '정민호')
  claim = await desk.claim('accepted')
  await write(claim, 'counsel', 'ZQXFIRM 변호사님께')
  await write(claim, 'moderators', 'ZQXDESK 담당자께')
  counsel = await desk.signedIn(own)
})
afterAll(async () => {
  await worker.close()
  await desk.close()
})

async function write(about: FiledClaim, to: Desk, text: string): Promise<void> {
  const message = { claimId: about.id, from: null, desk: to, about: 'question', text } as const
  await worker.deps.db.transaction((tx) => addMessage(tx, now, worker.deps, message))
}

test('counsel reads what is written to their firm, on the record, and answers it; nothing else of the claim', async () => {
  const other = await desk.claim('accepted')
  const list = (await page(counsel, '/messages')).text
  expect(list).toContain(claim.number)
  expect(list).not.toContain(other.number)
  expect(list).not.toContain('ZQX')
  const read = await onThread(counsel, claim.id, 'open')
  expect(read.text).toContain('ZQXFIRM')
  expect(read.text).not.toMatch(/ZQXDESK|김민준/)
  expect(read.text).not.toContain(`href="/claims/${claim.id}"`)
  expect(await desk.openings(claim)).toMatchObject([{ person: own.id, purpose: 'messages' }])
  await onThread(counsel, claim.id, 'answer', { text: '법무법인의 답변' })
  expect((await page(counsel, '/messages')).text).not.toContain(claim.number)
  const waiting = await desk.database.db
    .superuser('message_threads')
    .where({ claim_id: claim.id })
    .whereNotNull('waiting_since')
  expect(waiting).toMatchObject([{ desk: 'moderators' }])
  const mails = await desk.database.db
    .superuser('mails')
    .where({ claim_id: claim.id, template: 'message-answered' })
  expect(mails).toHaveLength(1)
  // Nobody has written about it, so counsel is not even told that it is there.
  expect((await page(counsel, `/messages/${other.id}`)).status).toBe(404)
  expect((await page(counsel, `/claims/${claim.id}`)).status).toBe(403)
})

test('counsel of another firm is told of no thread and opens none', async () => {
  const agent = await desk.signedIn(rival)
  expect((await page(agent, '/messages?view=all')).text).not.toContain(claim.number)
  expect((await page(agent, `/messages/${claim.id}`)).status).toBe(404)
  expect((await desk.openings(claim)).filter(({ person }) => person === rival.id)).toEqual([])
})

test('those who review see that a firm leaves a question waiting, and not a word of it', async () => {
  await write(claim, 'counsel', 'ZQXFIRM 아직 답이 없나요')
  const agent = await desk.signedIn(moderator)
  expect((await page(agent, '/messages?view=firms')).text).toContain(claim.number)
  const read = await onThread(agent, claim.id, 'open')
  expect(read.text).toContain('ZQXDESK')
  expect(read.text).not.toContain('ZQXFIRM')
})

test('a firm past its number of openings reads nothing more', async () => {
  const limited = desk.app({
    config: openingsOf({ perHour: 1 }),
  })
  const agent = await desk.signedIn(
    await desk.person('counsel', '또 한 사람', own.firmId!),
    limited,
  )
  expect((await onThread(agent, claim.id, 'open')).text).toContain('ZQXFIRM')
  const refused = await onThread(agent, claim.id, 'open')
  expect(refused.status).toBe(429)
  expect(refused.text).not.toContain('ZQXFIRM')
})

test('the database itself keeps the desks apart', async () => {
  const { staff, superuser } = desk.database.db
  const seen = async (actor: Person | null, table: string) => {
    const rows = actor
      ? await asActor(staff, actor.id, (tx) => tx(table).select())
      : await staff(table).select()
    return rows.length
  }
  for (const table of ['messages', 'message_keys', 'message_threads']) {
    expect([table, await seen(null, table)]).toEqual([table, 0])
    expect([table, await seen(rival, table)]).toEqual([table, 0])
  }
  const written = (to: Desk) => superuser('messages').where({ desk: to }).select()
  expect(await seen(own, 'messages')).toBe((await written('counsel')).length)
  expect(await seen(own, 'message_keys')).toBe((await written('counsel')).length)
  expect(await seen(moderator, 'messages')).toBe((await written('moderators')).length)

  // Neither writes in the name of the other, of a colleague, or of the claimant.
  const as = (actor: Person, row: { desk: Desk; personId?: string; author?: string }) =>
    asActor(staff, actor.id, (tx) =>
      tx('messages').insert({
        id: crypto.randomUUID(),
        claim_id: claim.id,
        author: row.author ?? 'staff',
        person_id: row.author === 'claimant' ? null : (row.personId ?? actor.id),
        desk: row.desk,
        about: 'answer',
        ciphertext: Buffer.alloc(40),
        sha256: Buffer.alloc(32),
        created_at: new Date(),
      }),
    )
  const denied = { code: '42501' }
  await expect(as(moderator, { desk: 'counsel' })).rejects.toMatchObject(denied)
  await expect(as(own, { desk: 'moderators' })).rejects.toMatchObject(denied)
  await expect(as(rival, { desk: 'counsel' })).rejects.toMatchObject(denied)
  await expect(as(own, { desk: 'counsel', personId: moderator.id })).rejects.toMatchObject(denied)
  await expect(as(own, { desk: 'counsel', author: 'claimant' })).rejects.toMatchObject(denied)
  // Nor closes what waits for the other; and what was written stays as it was.
  const close = (actor: Person, to: Desk) =>
    asActor(staff, actor.id, (tx) =>
      tx('message_threads').where({ desk: to }).update({ waiting_since: null }),
    )
  expect(await close(moderator, 'counsel')).toBe(0)
  expect(await close(own, 'moderators')).toBe(0)
  expect(await close(rival, 'counsel')).toBe(0)
  await expect(superuser('messages').update({ about: 'answer' })).rejects.toThrow('append-only')
  await expect(desk.database.db.public('messages').select()).rejects.toMatchObject(denied)
})

test('who answers is told by mail at most once an hour, and only of what is new', async () => {
  const { superuser } = desk.database.db
  const told = async (person: Person) =>
    (await superuser('mails').where({ template: 'questions-waiting', person_id: person.id })).length
  const round = async (minutes: number) => {
    now = new Date(now.getTime() + minutes * 60_000)
    await tellOfQuestions(worker.deps)
  }
  await round(1)
  expect([await told(own), await told(moderator), await told(rival)]).toEqual([1, 1, 0])
  for (let n = 0; n < 5; n++) await write(claim, 'counsel', `또 ${n}`)
  await round(10)
  expect(await told(own)).toBe(1)
  await round(60)
  expect([await told(own), await told(moderator)]).toEqual([2, 1])
  await round(120)
  expect(await told(own)).toBe(2)
  const count = (person: Person) => countQuestionsFor(worker.deps.db, person, 99)
  expect([await count(own), await count(moderator), await count(rival)]).toEqual([1, 1, 0])
})

test('who has read the messages alone has not read the claim, and cannot decide on it', async () => {
  const theirs = await desk.claim('in_review', { assignedTo: moderator })
  await write(theirs, 'moderators', '문의')
  const agent = await desk.signedIn(moderator)
  expect((await onThread(agent, theirs.id, 'open')).text).toContain('문의')
  await postForm(
    agent,
    `/claims/${theirs.id}/decision`,
    { decision: 'accept', revision: (await desk.row(theirs))['revision'] },
    { from: `/claims/${theirs.id}` },
  )
  expect(await desk.row(theirs)).toMatchObject({ state: 'in_review' })
})

test('of a claim that was destroyed nothing waits any more', async () => {
  const gone = await desk.claim('verified')
  await write(gone, 'moderators', '사라질 문의')
  await desk.database.db.superuser('claims').where({ id: gone.id }).update({ state: 'erased' })
  const agent = await desk.signedIn(moderator)
  expect((await page(agent, '/messages')).text).not.toContain(gone.number)
  for (const form of ['open', 'answer', 'close'] as const) {
    expect((await onThread(agent, gone.id, form, { text: '답변' })).status).toBe(409)
  }
})

test('a firm that takes a case over reads nothing of what was written to the one before', async () => {
  const { superuser } = desk.database.db
  const taken = await desk.claim('accepted')
  const { id: matterId } = await superuser('matters').where({ slug: 'test-breach' }).first('id')
  await write(taken, 'counsel', 'ZQXFIRM 이전 변호사님께만')
  const seen = () =>
    asActor(desk.database.db.staff, rival.id, async (tx) => [
      await tx('messages').select('id'),
      await tx('message_keys').select('message_id'),
      await tx('message_threads').select('claim_id'),
    ])
  await superuser('matters').where({ id: matterId }).update({ firm_id: rival.firmId })
  try {
    expect(await seen()).toEqual([[], [], []])
    expect(await countQuestionsFor(superuser, rival, 10)).toBe(0)
    // Nor once the claimant has agreed to the new one: only what is written from then on.
    await superuser('claims').where({ id: taken.id }).update({ firm_id: rival.firmId })
    expect(await seen()).toEqual([[], [], []])
    await write(taken, 'counsel', 'ZQXFIRM 새 변호사님께')
    expect((await seen()).map((rows) => rows.length)).toEqual([1, 1, 1])
  } finally {
    await superuser('claims').where({ id: taken.id }).update({ firm_id: own.firmId })
    await superuser('matters').where({ id: matterId }).update({ firm_id: own.firmId })
  }
})
