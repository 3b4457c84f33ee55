import { expireDataCopies } from '../../server/privacy/expire-data-copies'
import { limits } from '../../server/limits'
import { openChanges, pageOf, type Changes, type OpenedClaim } from '../claims/changes/opened'
import { postForm } from '../support/app'
import { dumpOf, findTraces } from '../support/dump'

let changes: Changes
beforeAll(async () => {
  changes = await openChanges()
})
afterAll(() => changes.close())

const mailTo = (one: OpenedClaim, words: string) =>
  changes.mailbox.waitFor(({ to, subject }) => to === one.email && subject.includes(words))

test('a mailed link shows all that is kept of a person, after a press, for some days, and a dump shows nothing', async () => {
  const one = await changes.opened({ name: '뷁사본', phone: '+821087651122' })
  const moderator = await changes.staffAgent('moderator', '정민호')
  await postForm(moderator, `/claims/${one.claim.id}/notes`, { text: '뷁메모: 통화함' })
  // More than a page of history shows: a copy holds all of it.
  const many = limits.historyRows + 7
  await changes.database.db.superuser.raw(
    `insert into mails (id, template, claim_id, language, state, created_at, sent_at)
     select gen_random_uuid(), 'claim-accepted', ?, 'ko', 'sent', now(), now() from generate_series(1, ?)`,
    [one.claim.id, many],
  )
  const done = await changes.ask(one, 'data/copy', {}, 'data')
  expect(done.location).toContain('?done=data_copy')
  const mail = await mailTo(one, '사본')
  const link = /\/claims\/copy\/[\w-]{43}/.exec(mail.text)![0]
  expect(mail.text).not.toContain('뷁')
  const elsewhere = changes.site.agent()
  const door = await elsewhere.get(link)
  expect([door.status, door.text.includes('뷁사본')]).toEqual([200, false])
  const shown = await postForm(elsewhere, link, {})
  for (const text of [
    '뷁사본',
    '010-8765-1122',
    one.email,
    '서울특별시 송파구',
    '신청을 접수하기 위해',
    '뷁메모: 통화함',
  ]) {
    expect(shown.text).toContain(text)
  }
  expect(shown.text).not.toContain('정민호')
  const file = await postForm(elsewhere, `${link}/file`, {}, { from: link })
  expect(file.headers['content-disposition']).toContain(`joinder-${one.claim.number}.json`)
  expect(JSON.parse(file.text)).toMatchObject({
    format: 'joinder-data/1',
    claim: { number: one.claim.number },
    versions: [{ version: 1 }],
    looked: { cut: false },
  })
  const { mails } = JSON.parse(file.text) as { mails: { kind: string }[] }
  expect(mails.filter(({ kind }) => kind === 'claim-accepted')).toHaveLength(many)
  expect(await pageOf(one)).toContain('요청하신 사본을 만들기 위해')
  expect(findTraces(await dumpOf(changes.database), ['뷁사본', '1087651122', '뷁메모'])).toEqual([])

  const later = new Date(Date.now() + (limits.dataCopyDays * 24 + 1) * 3600_000)
  await expireDataCopies({ ...changes.worker.deps, clock: { now: () => later } })
  const gone = await elsewhere.get(link)
  expect([gone.status, gone.text.includes('더 이상 열리지 않는')]).toEqual([404, true])
})

test('an erasure is asked for, acknowledged, answered once, and its claim is then read no more', async () => {
  const one = await changes.opened()
  expect((await changes.ask(one, 'data/erasure', {}, 'data')).status).toBe(422)
  await changes.ask(one, 'data/erasure', { sure: 'yes' }, 'data')
  await mailTo(one, '삭제 요청을 받았습니다')
  const page = () => one.agent.get(`/claims/mine/${one.claim.number}/data`)
  expect((await page()).text).toContain('삭제를 요청하셨습니다')

  const [first, second] = [
    await changes.staffAgent('moderator', '정민호'),
    await changes.staffAgent('administrator', '이관리'),
  ]
  const list = await first.get('/erasures')
  expect(list.text).toContain(one.claim.number)
  const { id } = await changes.database.db
    .superuser('erasure_requests')
    .where({ claim_id: one.claim.id })
    .first('id')
  const answer = (agent: typeof first, fields: Record<string, string>) =>
    postForm(agent, `/erasures/${id}/answer`, fields, { from: '/erasures' })
  const wrong = await answer(first, { answer: 'refused' })
  expect([wrong.status, wrong.text.includes('거절 사유를 골라 주세요')]).toEqual([422, true])
  // Two at the same moment: one answers.
  const both = await Promise.all([
    answer(first, { answer: 'granted' }),
    answer(second, { answer: 'refused', reason: 'in_court' }),
  ])
  const led = both.map(({ headers }) => String(headers['location']))
  expect(led.toSorted((a, b) => a.localeCompare(b))).toEqual([
    '/erasures?answered',
    '/erasures?stale',
  ])
  expect(await changes.entries(one.claim, 'erasure.answered')).toHaveLength(1)
  await mailTo(one, '삭제 요청에 답변')
  const [entry] = await changes.entries(one.claim, 'erasure.answered')
  const granted = entry!['answer'] === 'granted'
  expect(await changes.row(one.claim)).toMatchObject({ state: granted ? 'withdrawn' : 'verified' })
  expect((await page()).text).toContain(granted ? '보내신 내용을 삭제합니다' : '법원에 제출한 사건')
})

test('counsel neither sees nor answers what people ask to have erased', async () => {
  const counsel = await changes.staffAgent('counsel', '박변호')
  expect((await counsel.get('/erasures')).status).toBe(403)
})
