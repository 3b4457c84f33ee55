import { asActor } from '../../server/db/connections'
import { testKeys, postForm, type Agent } from '../support/app'
import { dumpOf, findTraces } from '../support/dump'
import type { Person } from '../../server/web/person'
import { act, openDesk, type Desk } from './desk'

let desk: Desk
let moderator: Person
let agent: Agent

beforeAll(async () => {
  desk = await openDesk({ keys: testKeys() })
  moderator = await desk.person('moderator', '정민호')
  agent = await desk.signedIn(moderator)
})
afterAll(() => desk.close())

const write = (claim: { id: string }, text: string, by = agent) =>
  postForm(by, `/claims/${claim.id}/notes`, { text })

test('a note is sealed, committed, read only where the claim is opened, and never changed', async () => {
  const claim = await desk.claim('verified')
  const form = await agent.get(`/claims/${claim.id}/notes`)
  expect(form.text).toContain('신청인이 자기 정보의 사본을 요청하면')
  const written = await write(claim, '11월 3일 통화.\n<b>계약서</b>를 보내기로 함')
  expect([written.status, written.headers['location']]).toEqual([303, `/claims/${claim.id}#notes`])
  const administrator = await desk.signedIn(await desk.person('administrator', '한서연'))
  await write(claim, '뷁메모: 다시 통화', administrator)

  const masked = (await agent.get(`/claims/${claim.id}`)).text
  expect(masked).toContain('메모가 2건 있습니다')
  for (const text of ['통화', '계약서']) expect(masked).not.toContain(text)
  expect(await desk.openings(claim)).toEqual([])
  const opened = (await act(agent, claim, 'open', { purpose: 'claimant_contact' })).text
  expect(opened).toContain('&lt;b&gt;계약서&lt;/b&gt;')
  expect(opened.indexOf('11월 3일')).toBeLessThan(opened.indexOf('뷁메모'))
  expect(opened).toMatch(/한서연<\/strong>\s*<strong class="tag[^>]*>관리자/)
  expect(await desk.openings(claim)).toHaveLength(1)

  const { superuser, staff } = desk.database.db
  const notes = await superuser('claim_notes').where({ claim_id: claim.id }).orderBy('created_at')
  const entries = await desk.entries(claim, 'note.added')
  expect(entries.map(({ facts }) => [facts['person'], facts['text']])).toEqual(
    notes.map((row) => [row.person_id, row.sha256.toString('hex')]),
  )
  expect(findTraces(await dumpOf(desk.database), ['뷁메모', '11월 3일 통화'])).toEqual([])
  for (const change of [
    superuser('claim_notes').update({ person_id: notes[1].person_id }),
    superuser('claim_notes').delete(),
    asActor(staff, moderator.id, (tx) => tx('claim_note_keys').delete()),
  ]) {
    await expect(change).rejects.toMatchObject({ code: '42501' })
  }
  // A text that was moved to another claim opens nowhere.
  const other = await desk.claim('verified')
  await write(other, '다른 신청의 메모')
  await superuser.raw('alter table claim_notes disable trigger append_only')
  await superuser('claim_notes').where({ id: notes[0].id }).update({ claim_id: other.id })
  const refused = await act(agent, other, 'open', { purpose: 'review' })
  expect([refused.status, refused.text.includes('통화')]).toEqual([500, false])
})

test('what is typed is checked and kept; counsel writes and reads none; nothing is noted about what has ended', async () => {
  const claim = await desk.claim('in_review', { assignedTo: moderator })
  for (const [text, words] of [
    [' ', '내용을 적어 주세요'],
    ['가'.repeat(desk.staff.deps.config.limits.noteChars + 1), '자 안으로'],
    ['850304-1234567', '주민등록번호'],
  ] as const) {
    const answer = await write(claim, text)
    expect([answer.status, answer.text.includes(words)]).toEqual([422, true])
    expect(answer.text.includes(text)).toBe(text.startsWith('가') || text === ' ')
  }
  const late = await agent
    .post(`/claims/${claim.id}/notes`)
    .type('form')
    .set('Accept', 'text/html')
    .send({ text: '오래 열어 둔 글', _csrf: 'old' })
  expect([late.status, late.text.includes('오래 열어 둔 글')]).toEqual([422, true])
  const { superuser, staff } = desk.database.db
  const { firm_id: firmId } = await superuser('matters').where({ slug: 'test-breach' }).first()
  const lawyer = await desk.person('counsel', '이도윤', firmId)
  const counsel = await desk.signedIn(lawyer)
  expect((await counsel.get(`/claims/${claim.id}/notes`)).status).toBe(403)
  await write(claim, '메모')
  for (const table of ['claim_notes', 'claim_note_keys']) {
    expect(await asActor(staff, lawyer.id, (tx) => tx(table).select())).toEqual([])
  }

  const gone = await desk.claim('verified')
  await write(gone, '지울 메모')
  await superuser('claims').where({ id: gone.id }).update({ state: 'erased' })
  const keys = await superuser('claim_note_keys as k')
    .join('claim_notes as n', 'n.id', 'k.note_id')
    .where('n.claim_id', gone.id)
  expect(keys).toEqual([])
  expect((await agent.get(`/claims/${gone.id}/notes`)).status).toBe(409)
})
