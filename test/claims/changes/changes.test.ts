import { verifyLedger } from '../../../server/ledger/verification/verify-ledger'
import { createLedgerSigner } from '../../../server/vault/ledger-signer'
import { createSealer } from '../../../server/vault/sealer'
import { requestChange } from '../../../server/claims/changes/request-change'
import { act } from '../../moderation/desk'
import { csrfFrom, postForm } from '../../support/app'
import { dumpOf, findTraces } from '../../support/dump'
import { until } from '../../support/until'
import { claimPage } from '../access/portal'
import { fieldsOf, openChanges, pageOf, type Changes, type OpenedClaim } from './opened'

let changes: Changes
beforeAll(async () => {
  changes = await openChanges()
})
afterAll(() => changes.close())

const path = ({ claim }: OpenedClaim, more: string) => `/claims/mine/${claim.number}/${more}`

/** The filled form, once it was asked for. */
async function showAnswers(one: OpenedClaim): Promise<Record<string, unknown>> {
  const shown = await changes.ask(one, 'answers/show', {}, 'answers')
  expect(shown.location).toBe(path(one, 'answers'))
  const page = await one.agent.get(shown.location)
  return fieldsOf(page.text)
}

/** What the cookie of this browser holds. */
function secretIn({ agent }: OpenedClaim): string {
  const at = { path: '/claims', domain: '127.0.0.1', secure: false, script: false }
  return /claims=([\w-]{43})/.exec(String(agent.jar.getCookies(at as never)))![1]!
}

const contentOf = async (one: OpenedClaim) => {
  const opened = await changes.worker.deps.vault.open([one.claim.id], {
    actor: { kind: 'job', job: 'test', run: 'test' },
    purpose: 'own_change',
  })
  return opened.get(one.claim.id)!
}

test('answers are shown only when they are asked for, on the record, and replaced by a further version', async () => {
  const one = await changes.opened({ name: '김민준' })
  const before = await one.agent.get(path(one, 'answers'))
  expect(before.text).not.toContain('김민준')
  const fields = await showAnswers(one)
  expect(fields).toMatchObject({ full_name: '김민준', member: 'yes' })
  expect(fields).not.toHaveProperty('email')
  expect(await pageOf(one)).toContain('요청하신 대로 바꾸기 위해')

  const sent = await changes.ask(one, 'answers', { ...fields, full_name: '김민서' })
  expect(sent.location).toBe(`/claims/mine/${one.claim.number}?done=replace_answers`)
  const { version, answers } = await contentOf(one)
  expect([version, (answers['answers'] as { full_name: string }).full_name]).toEqual([2, '김민서'])
  expect((answers['answers'] as { email: string }).email).toBe(one.email)
  const [entry] = await changes.entries(one.claim, 'claim.answers_replaced')
  const records = await changes.database.db
    .superuser('sealed_records')
    .where({ claim_id: one.claim.id })
    .orderBy('version')
  expect([entry!['from'], entry!['to'], entry!['questions']]).toEqual([
    ...records.map(({ sha256 }) => (sha256 as Buffer).toString('hex')),
    'full_name',
  ])
  // The hint on the page is that of the new name, and the person hears of it by mail.
  expect(await pageOf(one)).toContain('김•서')
  const mail = await changes.mailbox.waitFor(({ subject }) => subject.includes('바뀌었습니다'))
  expect([mail.to, mail.text.includes('김민')]).toEqual([one.email, false])
})

test('what does not fit comes back as it was typed, and nothing is changed', async () => {
  const one = await changes.opened()
  const fields = await showAnswers(one)
  const wrong = await changes.ask(one, 'answers', {
    ...fields,
    phone: '010-12',
    story: '<바뀐> 글',
  })
  expect([
    wrong.status,
    wrong.text.includes('010-12'),
    wrong.text.includes('&lt;바뀐&gt; 글'),
  ]).toEqual([422, true, true])
  const number = await changes.ask(one, 'answers', { ...fields, story: '850304-1234567' })
  expect([number.status, number.text.includes('850304')]).toEqual([422, false])
  const out = await changes.ask(one, 'answers', { ...fields, member: 'no' })
  expect([out.status, out.text.includes('통지를 받은 분만')]).toEqual([422, true])
  const same = await changes.ask(one, 'answers', fields)
  expect([same.status, same.text.includes('이미 보내신 내용과 같습니다')]).toEqual([200, true])
  const stale = await one.agent
    .post(path(one, 'answers'))
    .type('form')
    .send({ ...fields, story: '다시 쓴 글', _csrf: 'x' })
  expect([stale.status, stale.text.includes('다시 쓴 글')]).toEqual([403, true])
  expect(await changes.row(one.claim)).toMatchObject({ version: 1, state: 'verified' })
})

test('an accepted claim stays accepted when its person moves house, and is reviewed again for anything else', async () => {
  const one = await changes.opened()
  await changes.put(one.claim, 'accepted', { decided_at: new Date() })
  const fields = await showAnswers(one)
  const moved = { ...fields, home_line2: '1203호' }
  await changes.ask(one, 'answers', moved)
  expect(await changes.row(one.claim)).toMatchObject({ state: 'accepted', version: 2 })
  const { db } = changes.database
  const waiting = () => db.superuser('claims_to_deliver').where({ claim_id: one.claim.id })
  expect(await waiting()).toHaveLength(1)

  await changes.ask(one, 'answers', { ...moved, story: '뒤늦게 알게 된 일' })
  expect(await changes.row(one.claim)).toMatchObject({ state: 'in_review', decided_at: null })
  expect(await waiting()).toEqual([])
  expect(await changes.entries(one.claim, 'claim.reopened')).toHaveLength(1)
})

test('whoever reviews a claim must read what it says now', async () => {
  const one = await changes.opened()
  const moderator = await changes.staffAgent('moderator', '정민호')
  await act(moderator, one.claim, 'review')
  const fields = await showAnswers(one)
  await changes.ask(one, 'answers', { ...fields, story: '덧붙인 일' })
  // The page that shows no answers offers no decision, and a decision sent all the same is refused.
  const { revision } = (await changes.row(one.claim)) as { revision: number }
  const unread = await postForm(
    moderator,
    `/claims/${one.claim.id}/decision`,
    { decision: 'accept', revision },
    { from: `/claims/${one.claim.id}` },
  )
  expect(unread.status).toBe(422)
  expect(await changes.row(one.claim)).toMatchObject({ state: 'in_review' })
  await act(moderator, one.claim, 'open', { purpose: 'identity_check' })
  const decided = await act(moderator, one.claim, 'decision', { decision: 'accept' })
  expect(decided.status).toBe(303)
})

test('an optional consent is taken back, with its time; a required one is not', async () => {
  const one = await changes.opened()
  const list = await one.agent.get(path(one, 'consents'))
  expect(list.text).toContain('동의 newsletter')
  const refused = await changes.ask(one, 'consents', { consent: 'collection' })
  expect(refused.location).toBe(path(one, 'consents'))
  const done = await changes.ask(one, 'consents', { consent: 'newsletter' })
  expect(done.location).toContain('?done=consent')
  const { answers } = await contentOf(one)
  const consents = answers['consents'] as { id: string; given: boolean; at: string }[]
  expect(consents.map(({ id, given }) => [id, given])).toEqual([
    ['collection', true],
    ['provision', true],
    ['newsletter', false],
  ])
  expect(new Date(consents[2]!.at).getTime()).toBeGreaterThan(new Date(consents[0]!.at).getTime())
  expect((await changes.entries(one.claim, 'claim.consents_changed'))[0]).toMatchObject({
    takenBack: 'newsletter@1',
  })
  expect((await one.agent.get(path(one, 'consents'))).text).toContain(
    '동의하신 선택 항목이 없습니다',
  )
})

test('a rejected claim is appealed, in sealed words, and looked at again by whoever takes it', async () => {
  const one = await changes.opened()
  const moderator = await changes.staffAgent('moderator', '정민호')
  await act(moderator, one.claim, 'review')
  await act(moderator, one.claim, 'decision', { decision: 'reject', reason: 'incomplete' })
  const mail = await changes.mailbox.waitFor(
    ({ to, text }) => to === one.email && text.includes('이의'),
  )
  expect(mail.text).toContain('/claims')
  expect(await pageOf(one)).toContain('결정에 이의 신청하기')
  const empty = await changes.ask(one, 'appeal', { text: '  ' })
  expect(empty.status).toBe(422)
  const text = '유출 통지 메일을 빠뜨리고 보셨습니다 뷁마커'
  const done = await changes.ask(one, 'appeal', { text })
  expect(done.location).toContain('?done=appeal')
  expect(await changes.row(one.claim)).toMatchObject({
    state: 'in_review',
    assigned_to: null,
    decision_reason: null,
  })
  expect(findTraces(await dumpOf(changes.database), ['뷁마커'])).toEqual([])
  expect(await pageOf(one)).not.toContain('결정에 이의 신청하기')

  // Twice and no more; and not after the days there are for it.
  await changes.put(one.claim, 'rejected', { decided_at: new Date() })
  await changes.ask(one, 'appeal', { text: '다시' })
  await changes.put(one.claim, 'rejected', { decided_at: new Date() })
  const third = await changes.ask(one, 'appeal', { text: '또' })
  expect([third.status, third.text.includes('모두 쓰셨습니다')]).toEqual([409, true])
  await changes.put(one.claim, 'rejected', { decided_at: new Date(Date.now() - 31 * 86_400_000) })
  const late = await one.agent.get(path(one, 'appeal'))
  expect(late.headers['location']).toContain('?closed=appeal')
})

test('a claim is withdrawn only by who says so twice, and is then over', async () => {
  const one = await changes.opened()
  const page = await one.agent.get(path(one, 'withdraw'))
  expect(page.text).toContain('되돌릴 수 없습니다')
  expect((await changes.ask(one, 'withdraw')).status).toBe(422)
  expect(await changes.row(one.claim)).toMatchObject({ state: 'verified' })
  await changes.ask(one, 'withdraw', { sure: 'yes' })
  expect(await changes.row(one.claim)).toMatchObject({ state: 'withdrawn' })
  const mail = await changes.mailbox.waitFor(
    ({ to, subject }) => to === one.email && subject.includes('철회'),
  )
  expect(mail.text).toContain(one.claim.number)
  const again = await one.agent.get(path(one, 'withdraw'))
  expect(again.headers['location']).toContain('?closed=withdraw')
  expect((await one.agent.get(path(one, 'answers'))).headers['location']).toContain('?closed=')
  const moderator = await changes.staffAgent('moderator', '정민호')
  expect((await act(moderator, one.claim, 'open', { purpose: 'review' })).status).toBe(409)
})

test('a secret allows nothing with another person’s claim, even if the surface says so', async () => {
  const [mine, theirs] = [await changes.opened(), await changes.opened()]
  expect((await mine.agent.get(path(theirs, 'withdraw'))).status).toBe(404)
  const { text } = await mine.agent.get(path(mine, 'withdraw'))
  const posted = await mine.agent
    .post(path(theirs, 'withdraw'))
    .type('form')
    .send({ sure: 'yes', _csrf: csrfFrom(text) })
  expect(posted.status).toBe(404)

  // A surface that was taken over asks with whatever secret it has seen, or with none.
  const { deps } = changes.site
  const sealer = createSealer({ intakePublicKey: changes.keys.INTAKE_PUBLIC_KEY })
  const secret = secretIn(mine)
  for (const known of [secret, 'A'.repeat(43)]) {
    const id = await requestChange(
      { ...deps, sealer },
      { claimId: theirs.claim.id, secret: known, kind: 'withdraw', content: {} },
    )
    await until('the worker has answered', async () => {
      const row = await changes.database.db.superuser('claim_changes').where({ id: id! }).first()
      return row.outcome !== null
    })
    expect(
      await changes.database.db.superuser('claim_changes').where({ id: id! }).first(),
    ).toMatchObject({ outcome: 'refused', reason: 'not_yours', box: null })
  }
  expect(await changes.row(theirs.claim)).toMatchObject({ state: 'verified' })
  expect(await changes.entries(theirs.claim, 'change.refused')).toHaveLength(2)
})

test('a request that the surface dated otherwise than it came is refused, and dating it back hides none from the count', async () => {
  const one = await changes.opened()
  const { deps } = changes.site
  const sealer = createSealer({ intakePublicKey: changes.keys.INTAKE_PUBLIC_KEY })
  const secret = secretIn(one)
  const outcomeAt = async (at: Date) => {
    const id = await requestChange(
      { ...deps, sealer, clock: { now: () => at } },
      { claimId: one.claim.id, secret, kind: 'consent', content: { consent: 'newsletter' } },
    )
    await until('the worker has answered', async () => {
      const row = await changes.database.db.superuser('claim_changes').where({ id: id! }).first()
      return row.outcome !== null
    })
    const row = await changes.database.db.superuser('claim_changes').where({ id: id! }).first()
    return [row.outcome, row.reason]
  }
  const hourMs = 60 * 60 * 1000
  const now = Date.now()
  expect(await outcomeAt(new Date(now - 25 * hourMs))).toEqual(['refused', 'not_yours'])
  expect(await outcomeAt(new Date(now + hourMs))).toEqual(['refused', 'not_yours'])
  expect(await outcomeAt(new Date(now))).toEqual(['done', null])
})

test('closing the page takes the answers out of the browser’s reach, and they are noise before', async () => {
  const one = await changes.opened({ name: '뷁커서', phone: '+821087650011' })
  await showAnswers(one)
  expect(findTraces(await dumpOf(changes.database), ['뷁커서', '1087650011'])).toEqual([])
  await postForm(one.agent, '/claims/leave', {}, { from: '/claims/mine' })
  const copies = changes.database.db.superuser('claimant_copies').where({ claim_id: one.claim.id })
  expect(await copies.whereIn('kind', ['answers', 'claim', 'looked'])).toEqual([])
  expect((await claimPage(one.agent, one.claim)).headers['location']).toBe('/claims?ended')
})

test('the ledger tells of every one of these changes, and the states it folds to are those of the claims', async () => {
  const { database, keys, worker } = changes
  await until('everything has its place', async () => {
    const waiting = await database.db.superuser('ledger_pending').first('seq')
    return waiting === undefined
  })
  const { findings } = await verifyLedger({
    db: database.db.superuser,
    checkpoints: worker.deps.config.ledgerCheckpoints,
    publicKeys: [createLedgerSigner({ ledgerKey: keys.LEDGER_KEY }).publicKey],
  })
  // States that a test put by hand have no entry; versions and records must fit all the same.
  expect(findings.filter(({ kind }) => kind !== 'claim_state_changed')).toEqual([])
})
