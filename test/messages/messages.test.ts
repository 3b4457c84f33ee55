import { addMessage } from '../../server/messages/add-message'
import type { Agent } from '../support/app'
import { postForm } from '../support/app'
import type { FiledClaim } from '../support/filed-claim'
import { until } from '../support/until'
import { act } from '../moderation/desk'
import {
  messagesOf,
  onThread,
  openConversation,
  page,
  shows,
  type Conversation,
} from './conversation'

let talk: Conversation
let moderator: Agent
beforeAll(async () => {
  talk = await openConversation()
  moderator = await talk.signedIn(await talk.person('moderator', '정민호'))
})
afterAll(() => talk.close())

const db = () => talk.portal.database.db.superuser

/** What the record says of openings of a claim for this purpose. */
async function openings(claim: FiledClaim, purpose: string): Promise<Record<string, unknown>[]> {
  const rows = await db()('opening_claims as o')
    .join('ledger_private as p', 'p.entry_id', 'o.entry_id')
    .where('o.claim_id', claim.id)
    .select('p.private')
  return rows
    .map((row) => JSON.parse(row.private) as Record<string, unknown>)
    .filter((facts) => facts['purpose'] === purpose)
}

test('a question gets an answer: mailed without a word of it, read by its claimant, and who read is told', async () => {
  const { claim, agent } = await talk.opened()
  const own = `/claims/mine/${claim.number}`
  expect((await page(agent, own)).text).toContain('담당자나 법무법인에 궁금한 점을')
  expect(await openings(claim, 'own_messages')).toEqual([])

  const question = 'ZQXQUESTION 언제쯤\n결과가 <b>나오나요</b>?'
  expect(await talk.ask(agent, claim, { text: question })).toBeNull()
  await shows(agent, messagesOf(claim), 'ZQXQUESTION 언제쯤\n결과가 &lt;b&gt;나오나요')
  await shows(agent, own, '문의하셨습니다.')
  // The program that shows it to its claimant stands on the record too, once.
  await shows(agent, own, '본인 화면에 메시지를 보여 드리기 위해')

  // Nothing of it is seen before it is opened on the record.
  const list = await page(moderator, '/messages')
  expect(list.text).toContain(claim.number)
  expect(list.text).not.toContain('ZQXQUESTION')
  const closed = await page(moderator, `/messages/${claim.id}`)
  expect(closed.text).not.toContain('ZQXQUESTION')
  const card = await page(moderator, `/claims/${claim.id}`)
  expect(card.text).toContain('부터 답변을 기다립니다')
  expect(card.text).not.toContain('ZQXQUESTION')
  expect(await openings(claim, 'messages')).toEqual([])
  const opened = await onThread(moderator, claim.id, 'open')
  expect(opened.text).toContain('ZQXQUESTION')
  expect(await openings(claim, 'messages')).toMatchObject([{ claims: 1 }])

  const answered = await onThread(moderator, claim.id, 'answer', {
    text: 'ZQXANSWER 다음 주입니다.',
  })
  expect(answered.headers['location']).toBe('/messages?answered')
  expect((await page(moderator, '/messages')).text).not.toContain(claim.number)
  const mail = await talk.portal.mailbox.waitFor(
    ({ to, subject }) => to === talk.emailOf(claim) && subject.includes('새 메시지'),
  )
  expect(mail.raw + mail.text + mail.html).not.toMatch(/ZQX|정민호/)

  await shows(agent, messagesOf(claim), 'ZQXANSWER')
  const thread = (await page(agent, messagesOf(claim))).text
  expect(thread).toContain('검토 담당자')
  expect(thread).not.toContain('정민호')
  await shows(agent, own, '주고받은 메시지를 읽고 답하기 위해')
  expect((await page(agent, own)).text).toContain('담당자가 글을 남겼습니다.')

  // Whoever comes in later finds all of it, by one more opening.
  const before = (await openings(claim, 'own_messages')).length
  const again = await talk.comeIn(talk.emailOf(claim))
  expect((await page(again, messagesOf(claim))).text).toMatch(/ZQXQUESTION[\s\S]*ZQXANSWER/)
  expect(await openings(claim, 'own_messages')).toHaveLength(before + 1)
})

test('showing messages costs an opening where there are any, and asks for no further one', async () => {
  const { claim, agent } = await talk.opened()
  await talk.ask(agent, claim, { text: '첫 문의' })
  await shows(agent, messagesOf(claim), '첫 문의')
  await until('nothing is left to do', async () => {
    return (await db()('outbox').whereNull('handed_at')).length === 0
  })
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(await openings(claim, 'own_messages')).toHaveLength(1)
  // Nobody has it open: a message then costs nothing.
  await postForm(agent, '/claims/leave', {}, { from: `/claims/mine/${claim.number}` })
  await onThread(moderator, claim.id, 'answer', { text: '답변' })
  await talk.portal.mailbox.waitFor(
    ({ to, subject }) => to === talk.emailOf(claim) && subject.includes('새 메시지'),
  )
  expect(await openings(claim, 'own_messages')).toHaveLength(1)
})

test('what cannot be sent is given back, and an identity number is neither kept nor shown', async () => {
  const { claim, agent } = await talk.opened({ language: 'en' })
  const send = (fields: object, query = '') =>
    postForm(agent, `${messagesOf(claim)}${query}`, fields as Record<string, unknown>, {
      from: messagesOf(claim),
    })
  const asked = () => db()('claim_changes').where({ claim_id: claim.id })
  const noDesk = await send({ text: 'When is the hearing?' }, '?lang=en')
  expect(noDesk.status).toBe(422)
  expect(noDesk.text).toContain('Choose who you want to ask.')
  expect(noDesk.text).toContain('When is the hearing?')
  const empty = await send({ desk: 'counsel', text: ' \n ' })
  expect(empty.status).toBe(422)
  expect(empty.text).toMatch(/value="counsel" checked/)
  const long = await send({ desk: 'counsel', text: '가'.repeat(4_001) })
  expect(long.text).toContain('가'.repeat(4_001))
  expect(long.status).toBe(422)
  const number = await send({ desk: 'counsel', text: '제 번호는 850304-1234567 입니다' })
  expect(number.status).toBe(422)
  expect(number.text).not.toContain('1234567')
  const expired = await agent
    .post(messagesOf(claim))
    .type('form')
    .set('Accept', 'text/html')
    .send({ desk: 'counsel', text: 'kept as typed', _csrf: 'x' })
  expect(expired.status).toBe(403)
  expect(expired.text).toContain('kept as typed')
  expect(await asked()).toEqual([])

  const { worker } = talk.portal
  const question = { claimId: claim.id, from: null, desk: 'counsel', about: 'question' } as const
  await worker.deps.db.transaction(async (tx) => {
    for (let n = 1; n <= 10; n++) {
      await addMessage(tx, new Date(), worker.deps, { ...question, text: `question ${n}` })
    }
  })
  // The worker counts by itself, whatever the page knew.
  expect(await talk.ask(agent, claim, { text: 'one too many' }).catch(() => 'refused')).toMatch(
    /too_often|refused/,
  )
  await shows(agent, messagesOf(claim), 'question 10')
  const eleventh = await send({ desk: 'counsel', text: 'one too many' })
  expect(eleventh.status).toBe(422)
  expect(eleventh.text).toContain('one too many')
  expect(eleventh.text).toContain('10 questions a day')
})

test('who answers late is told so and loses no word; a thank-you is closed without one', async () => {
  const { claim, agent } = await talk.opened()
  await talk.ask(agent, claim, { text: '첫 문의' })
  const { last_id: seen } = await db()('message_threads').where({ claim_id: claim.id }).first()
  await talk.ask(agent, claim, { text: '하나 더' })
  const late = await onThread(moderator, claim.id, 'answer', { text: 'KEPTWORDS', seen })
  expect(late.status).toBe(409)
  expect(late.text).toContain('그사이 누군가 글을 써서')
  expect(late.text).toContain('KEPTWORDS')
  expect((await onThread(moderator, claim.id, 'close', { seen })).status).toBe(409)
  expect((await page(moderator, '/messages')).text).toContain(claim.number)
  await onThread(moderator, claim.id, 'close')
  expect((await page(moderator, '/messages')).text).not.toContain(claim.number)
  expect((await page(moderator, '/messages?view=all')).text).toContain(claim.number)
  const entries = await db()('ledger_entries as e')
    .join('ledger_private as p', 'p.entry_id', 'e.id')
    .where({ 'p.claim_id': claim.id, 'e.kind': 'message.closed' })
  expect(entries).toHaveLength(1)
  await talk.ask(agent, claim, { text: '다시' })
  expect((await page(moderator, '/messages')).text).toContain(claim.number)
  expect((await page(moderator, `/claims/${claim.id}`)).text).toContain('답변 불필요')
})

test('an appeal stands in the thread, on both sides, as what it is', async () => {
  const { claim, agent } = await talk.opened()
  await db()('claims').where({ id: claim.id }).update({ state: 'rejected', decided_at: new Date() })
  expect(await talk.appeal(agent, claim, 'ZQXAPPEAL 다시 봐 주세요')).toBeNull()
  await shows(agent, messagesOf(claim), 'ZQXAPPEAL')
  expect((await page(agent, messagesOf(claim))).text).toContain('이의 신청')
  // Answered by deciding on it anew, so it does not stand among the questions.
  expect((await page(moderator, '/messages')).text).not.toContain(claim.number)
  const read = await act(moderator, claim, 'open', { purpose: 'claimant_contact' })
  expect(read.text).toContain('ZQXAPPEAL')
  expect(read.text).toContain('이의 신청')
  // One opening showed both, and it is one.
  expect(await openings(claim, 'claimant_contact')).toHaveLength(1)
  expect(await openings(claim, 'messages')).toHaveLength(0)
})

test('a copy of the database holds none of what was written', async () => {
  const written = await db()('messages').select('author', 'about')
  // Whatever the tests before have written: questions, answers, an appeal.
  expect(new Set(written.map(({ about }) => about as string)).size).toBe(3)
  const { number } = await db()('claims').first('number')
  // What is not secret is found in the same way.
  expect(await tablesWith([number])).toContain('public.claims')
  expect(await tablesWith(['ZQXQUESTION', 'ZQXANSWER', 'ZQXAPPEAL'])).toEqual([])
})

/** The tables that hold one of these words in some row, as text or as bytes. */
async function tablesWith(words: string[]): Promise<string[]> {
  const { rows } = await db().raw<{ rows: { schema: string; name: string }[] }>(
    `select n.nspname as schema, c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('public', 'bullmq')`,
  )
  const wanted = words.flatMap((word) => [word, Buffer.from(word).toString('hex')])
  const found = []
  for (const { schema, name } of rows) {
    const lines = await db().raw<{ rows: { line: string }[] }>(
      `select t::text as line from ??.?? t`,
      [schema, name],
    )
    if (lines.rows.some(({ line }) => wanted.some((word) => line.includes(word)))) {
      found.push(`${schema}.${name}`)
    }
  }
  return found
}

test('when the case gets another firm, nobody waits for an answer of the one before, and nothing more goes there', async () => {
  const { claim, agent } = await talk.opened()
  const own = messagesOf(claim)
  expect(await talk.ask(agent, claim, { desk: 'counsel', text: '변호사님께 묻습니다' })).toBeNull()
  const { firm_id: before, id: matterId } = await db()('matters')
    .where({ slug: 'test-breach' })
    .first()
  const { id: firm } = await db()('firms').whereNot({ id: before }).first()
  const thread = () =>
    db()('message_threads').where({ claim_id: claim.id, desk: 'counsel' }).first()
  await db()('matters').where({ id: matterId }).update({ firm_id: firm })
  try {
    await shows(agent, own, '답변이 오지 않습니다')
    const told = (await page(agent, own)).text
    expect(told).toContain('동의하신 뒤에 문의하실 수 있습니다')
    expect(told).not.toContain('value="counsel"')
    const refused = await postForm(agent, own, { desk: 'counsel', text: '다시' })
    expect(refused.status).toBe(422)
    expect(await talk.send(agent, claim, 'message', { desk: 'counsel', text: '다시' })).toBe(
      'firm_changed',
    )
    expect((await page(moderator, '/messages?view=firms')).text).toContain(
      '이제 이 사건의 법무법인이 아님',
    )

    await db()('claims').where({ id: claim.id }).update({ firm_id: firm })
    expect((await thread()).waiting_since).toBeNull()
    expect(await talk.ask(agent, claim, { desk: 'counsel', text: '새 변호사님께' })).toBeNull()
    expect(await thread()).toMatchObject({ firm_id: firm, waiting_since: expect.any(Date) })
    await shows(agent, own, '새 변호사님께')
    expect((await page(agent, own)).text).not.toContain('답변이 오지 않습니다')
  } finally {
    await db()('matters').where({ id: matterId }).update({ firm_id: before })
  }
})
