import { postForm } from '../../support/app'
import { renewNeeds } from '../../../server/claims/needs/add-needs'
import { meetNeed } from '../../../server/claims/needs/meet-need'
import { requestChange } from '../../../server/claims/changes/request-change'
import type { ChangeContent, ChangeKind } from '../../../server/claims/changes/change-kinds'
import { stateFromEntries } from '../../../server/claims/state-from-entries'
import { decideClaim } from '../../../server/moderation/decide-claim'
import { createSealer } from '../../../server/vault/sealer'
import { act } from '../../moderation/desk'
import type { FiledClaim } from '../../support/filed-claim'
import { testForm, testMatter } from '../../support/test-matters'
import { openClinic, rules, type Clinic } from './clinic'

let clinic: Clinic
beforeAll(async () => {
  clinic = await openClinic()
})
afterAll(() => clinic.close())

const visitor = () => clinic.site.agent()
const page = (path: string) => visitor().get(path).set('Accept', 'text/html')
const needsOf = (claim: FiledClaim) =>
  clinic.database.db.superuser('needs').where({ claim_id: claim.id }).orderBy('id')
const answersOf = async (claim: FiledClaim) => {
  const by = { actor: { kind: 'job', job: 'test', run: 'test' }, purpose: 'own_change' } as const
  return (await clinic.worker.deps.vault.open([claim.id], by)).get(claim.id)!.answers
}

/** Sends the form behind a mailed link and has the worker do what was asked. */
async function send(link: string, fields: Record<string, unknown>) {
  const agent = visitor()
  const sent = await postForm(agent, link, fields)
  await clinic.work()
  if (sent.status !== 303) return sent
  return agent.get(sent.headers['location'] as string).set('Accept', 'text/html')
}

test.each([
  ['ko', '보내 주실 것이 있습니다', '잘 받았습니다', '어떤 피해가 있었나요?'],
  ['en', 'We still need something', 'We have it, thank you', 'What happened to you?'],
] as const)(
  'what a moderator asks for is given by mailed links, and the same review goes on (%s)',
  async (language, subject, thanks, label) => {
    const claim = await clinic.deficient({ language, email: `walk-${language}@example.com` })
    expect(claim.mail.subject).toContain(subject)
    expect(claim.mail.text).toContain(label)
    // The last is for what is only wished for.
    expect(claim.links).toHaveLength(3)
    const due = (await clinic.row(claim))['cure_due_at'] as Date
    expect(due.toISOString()).toBe(`${clinic.day(21)}T14:59:00.000Z`)
    expect(claim.mail.text).toContain(
      language === 'ko' ? '한국\u00a0시간)까지' : 'Korea\u00a0time)',
    )
    const before = await answersOf(claim)

    const [story, harm] = claim.links
    const mails = clinic.mailbox.mails.length
    const lang = `?lang=${language}`
    expect((await send(harm! + lang, { harm: 'spam' })).text).toContain(thanks)
    expect(await clinic.row(claim)).toMatchObject({ state: 'deficient' })
    await send(story!, { story: '문자를 받았습니다.' })
    expect(await clinic.row(claim)).toMatchObject({
      state: 'in_review',
      assigned_to: clinic.moderator.id,
      cure_due_at: null,
      incomplete: false,
    })
    expect(await answersOf(claim)).toEqual({
      ...before,
      answers: {
        ...(before['answers'] as object),
        harm: ['spam'],
        story: '문자를 받았습니다.',
      },
    })
    expect(clinic.mailbox.mails).toHaveLength(mails)
    const kinds = await clinic.kinds(claim)
    expect(stateFromEntries(kinds)).toBe('in_review')
    const changes = kinds.filter((kind) => kind !== 'claim.opened')
    expect(changes.slice(-3)).toEqual(['claim.answers_replaced', 'need.met', 'claim.cured'])
  },
)

test('a request needs something to ask for, time enough, and no resident number', async () => {
  const claim = await clinic.claim({ email: 'asked@example.com' })
  await clinic.review(claim)
  const { agent } = clinic.moderator
  const ask = (change: Record<string, unknown>) =>
    act(agent, claim, 'decision', {
      decision: 'deficient',
      items: ['answer:harm'],
      due: clinic.day(21),
      note: '',
      ...change,
    })
  const refused = await ask({
    items: ['answer:email', 'answer:nothing'],
    due: clinic.day(13),
    note: '850304-1234567 입니다',
  })
  expect(refused.status).toBe(422)
  for (const field of ['items', 'due', 'note']) expect(refused.text).toContain(`href="#${field}"`)
  expect(refused.text).toContain('주민등록번호로 보이는')
  expect(refused.text).toContain(clinic.day(13))
  expect((await ask({ due: clinic.day(91) })).status).toBe(422)
  expect((await clinic.row(claim))['state']).toBe('in_review')

  expect((await ask({ note: '통지 화면이 잘렸습니다.' })).status).toBe(303)
  expect((await clinic.row(claim))['state']).toBe('deficient')
  const [message] = await clinic.database.db.superuser('messages').where({ claim_id: claim.id })
  expect(message).toMatchObject({ author: 'staff', about: 'deficiency', desk: 'moderators' })
  await clinic.work()
  expect(clinic.mailbox.mails.at(-1)!.text).toContain('담당자가 남긴 글')
  // What somebody else did meanwhile: the page of a moment ago decides nothing.
  expect((await act(agent, claim, 'decision', { decision: 'accept', revision: '1' })).status).toBe(
    409,
  )
})

test('the link to a task allows that task and nothing else, whoever sends it', async () => {
  const claim = await clinic.deficient({ email: 'confined@example.com' })
  const other = await clinic.deficient({ email: 'other@example.com' })
  const token = claim.links[0]!.slice('/tasks/'.length)
  const asked = (rows: { id: string; ref: string }[], ref: string) =>
    rows.find((row) => row.ref === ref)!
  const mine = asked(await needsOf(claim), 'story')
  const sibling = asked(await needsOf(claim), 'harm')
  const theirs = asked(await needsOf(other), 'story')
  const sealer = createSealer(clinic.site.deps.config.keys)
  const outcomeOf = async <Kind extends ChangeKind>(
    of: FiledClaim,
    kind: Kind,
    content: ChangeContent<Kind>,
  ) => {
    const change = { claimId: of.id, secret: token, kind, content }
    const id = await requestChange({ ...clinic.site.deps, sealer }, change)
    await clinic.work()
    const row = await clinic.database.db.superuser('claim_changes').where({ id }).first()
    return row.reason ?? row.outcome
  }
  const refs: Record<string, unknown> = { harm: ['spam'], story: 'x' }
  const answer = (need: { id: string; ref: string }) => ({
    need: need.id,
    answers: { [need.ref]: refs[need.ref] as string },
  })
  expect(await outcomeOf(claim, 'answer_need', answer(sibling))).toBe('not_yours')
  expect(await outcomeOf(other, 'answer_need', answer(theirs))).toBe('not_yours')
  expect(await outcomeOf(other, 'answer_need', answer(mine))).toBe('not_yours')
  expect(await outcomeOf(claim, 'answers', {})).toBe('not_yours')
  expect(await outcomeOf(claim, 'withdraw', {})).toBe('not_yours')
  expect(await outcomeOf(claim, 'data_copy', {})).toBe('not_yours')
  expect(await outcomeOf(claim, 'reminders', { on: false })).toBe('not_yours')
  expect(await outcomeOf(claim, 'replace_answers', { version: 1, answers: {} })).toBe('not_yours')
  // Not even another answer along with its own.
  const both = { need: mine.id, answers: { story: '문자', full_name: '남의 이름' } }
  expect(await outcomeOf(claim, 'answer_need', both)).toBe('done')
  const { answers } = (await answersOf(claim)) as { answers: Record<string, unknown> }
  expect(answers).toMatchObject({ story: '문자', full_name: '김민준' })
  // Once it is given, the link is good for nothing at all, and shows nothing that is kept.
  expect(await outcomeOf(claim, 'answer_need', both)).toBe('not_yours')
  const copies = clinic.database.db
    .superuser('claimant_copies')
    .whereIn('claim_id', [claim.id, other.id])
  expect(await copies.whereNot({ kind: 'receipt' })).toEqual([])
  const shown = (await page(claim.links[1]!)).text
  expect(shown).toContain(claim.number)
  for (const secret of ['김민준', '남의 이름', 'confined@', '문자'])
    expect(shown).not.toContain(secret)
})

test('opening a link changes nothing, and what is over says so', async () => {
  const claim = await clinic.deficient({ email: 'scanned@example.com' })
  const [story, link] = claim.links
  const state = async () => {
    const { superuser } = clinic.database.db
    const tables = [
      'claim_changes',
      'outbox',
      'ledger_entries',
      'needs',
      'task_links',
      'sealed_records',
    ]
    const rows = await Promise.all(tables.map((name) => superuser(name).count('* as n').first()))
    const used = await superuser('task_links').whereNotNull('used_at').count('* as n').first()
    return [...rows, used]
  }
  const before = await state()
  for (const path of [link!, `${link!}/new-link`, `${link!}/ready`, `/tasks/${'x'.repeat(43)}`]) {
    await page(path)
    await visitor().head(path)
  }
  expect(await state()).toEqual(before)
  expect((await page(`/tasks/${'x'.repeat(43)}`)).status).toBe(404)

  // Bad input comes back with what was typed; a resident number does not.
  const empty = await postForm(visitor(), link!, {})
  expect(empty.status).toBe(422)
  const number = await postForm(visitor(), story!, { story: '제 번호는 850304-1234567' })
  expect(number.status).toBe(422)
  expect(number.text).not.toContain('850304-1234567')

  const receipts = async () =>
    (await needsOf(claim))
      .filter(({ ref }) => ref === 'receipts')
      .map(({ required, cancelled_at }) => [required, cancelled_at !== null])
  expect(await receipts()).toEqual([])
  await send(link!, { harm: 'money', loss: '12000' })
  // What only this answer calls for is asked for now, and no longer once it is another.
  expect(await receipts()).toEqual([[true, false]])
  const { config } = clinic.worker.deps
  const { needs } = testMatter({ needs: rules })
  await clinic.database.db.worker.transaction((tx) =>
    renewNeeds(tx, clinic.now(), config.limits, {
      claimId: claim.id,
      rules: needs,
      form: testForm(),
      before: { harm: ['money'] },
      after: { harm: ['spam'] },
    }),
  )
  expect(await receipts()).toEqual([[true, true]])
  const again = await page(link!)
  expect([again.status, again.text.includes('이미 보내 주셨습니다')]).toEqual([200, true])
  expect((await answersOf(claim))['answers']).toMatchObject({
    loss: { currency: 'KRW', minorUnits: 12000 },
  })

  // Past its time, the other link gives a new one, to the address of the claim alone, three times a day.
  clinic.pass(60)
  const expired = await page(story!)
  expect([expired.status, expired.text.includes('새 링크 받기')]).toEqual([200, true])
  const path = `${story!}/new-link`
  for (let i = 0; i < 4; i++) {
    expect((await postForm(visitor(), path, {}, { from: story! })).status).toBe(303)
  }
  await clinic.work()
  const mailed = clinic.mailbox.mails.filter(({ subject }) => /새 링크.*/.test(subject))
  expect(mailed.map(({ to }) => to)).toEqual(Array(3).fill('scanned@example.com'))
  const fresh = /\/tasks\/[A-Za-z0-9_-]{43}/.exec(mailed[0]!.text)![0]
  expect(fresh).not.toBe(story)
  // Long after the due date, while nobody has decided.
  await send(fresh, { story: '늦었지만 보냅니다.' })
  expect(await clinic.row(claim)).toMatchObject({ state: 'in_review' })
})

test('a request that is taken back, or whose day has passed, leaves the decision to a person', async () => {
  const claim = await clinic.deficient({ email: 'late@example.com', items: ['answer:harm'] })
  const { database } = clinic
  clinic.pass(22)
  await clinic.work()
  expect((await clinic.row(claim))['state']).toBe('deficient')
  const other = await clinic.claim({ email: 'in-time@example.com' })
  await clinic.review(other)
  const { agent } = clinic.moderator
  const queue = async (query: string) =>
    (await agent.get(`/queue?${query}`).set('Accept', 'text/html')).text
  expect(await queue('view=overdue')).toContain(claim.number)
  expect(await queue('view=overdue')).not.toContain(other.number)
  expect(await queue('view=mine&complete=no')).toContain(other.number)
  expect(await queue('view=mine&complete=yes')).not.toContain(other.number)

  const need = (await needsOf(claim)).find(({ source }) => source === 'moderator')
  const withdrawn = await act(agent, claim, `needs/${need.id}/withdraw`)
  expect(withdrawn.status).toBe(303)
  expect(await clinic.row(claim)).toMatchObject({ state: 'in_review', cure_due_at: null })
  expect(stateFromEntries(await clinic.kinds(claim))).toBe('in_review')
  const shown = await page(claim.links[1]!)
  expect([shown.status, shown.text.includes('더 이상 필요하지 않습니다')]).toEqual([200, true])
  // A second press finds it gone.
  expect((await act(agent, claim, `needs/${need.id}/withdraw`)).status).toBe(409)
  // Counsel see nothing of it, and the public login cannot ask or answer by itself.
  const { superuser } = database.db
  const counsel = await superuser('people')
    .insert({
      ...(await superuser('people').where({ id: clinic.moderator.id }).first()),
      id: '01900000-0000-7000-8000-00000000c0de',
      email: 'counsel@firm.example',
      role: 'counsel',
      firm_id: (await superuser('firms').where({ slug: 'test-firm' }).first()).id,
    })
    .returning('id')
  await database.db.staff.transaction(async (tx) => {
    await tx.raw(`select set_config('joinder.actor', ?, true)`, [counsel[0].id])
    expect(await tx('needs')).toEqual([])
  })
  await expect(
    database.db.public('needs').where({ id: need.id }).update({ met_at: new Date() }),
  ).rejects.toMatchObject({ code: '42501' })
})

test('what the case requires is there before a claim goes to its firm', async () => {
  const claim = await clinic.claim({ email: 'required@example.com' })
  const lacks = (await needsOf(claim)).toSorted((a, b) => (a.kind < b.kind ? -1 : 1))
  expect(lacks).toMatchObject([
    { kind: 'answer', ref: 'story', required: true, met_at: null },
    { kind: 'confirm', source: 'rule', met_at: expect.any(Date) },
    { kind: 'document', ref: 'notice', required: false, met_at: null },
  ])
  await clinic.review(claim)
  const { revision } = (await clinic.row(claim)) as { revision: number }
  const { db } = clinic.database
  const deps = { db: db.staff, clock: { now: () => clinic.now() } }
  const moderator = { id: clinic.moderator.id, role: 'moderator', firmId: null, name: '' } as const
  const decision = { decision: 'accept', reason: null, revision } as const
  expect(await decideClaim(deps, moderator, claim.id, decision)).toBe('decided')
  const waiting = () => db.superuser('claims_to_deliver').where({ claim_id: claim.id })
  expect(await waiting()).toEqual([])
  // Whoever is accepted and still has to send something hears that, not that all is done.
  await clinic.work()
  const mail = await clinic.mailbox.waitFor(
    ({ to, subject }) => to === 'required@example.com' && subject.includes('승인되었습니다'),
  )
  expect(mail.text).toContain('아직 더 보내 주셔야 할 것이 있습니다')
  // Two workers that take what arrived in the same moment.
  const met = await Promise.all(
    [1, 2].map(() =>
      db.worker.transaction((tx) =>
        meetNeed(tx, clinic.now(), { claimId: claim.id, kind: 'answer', ref: 'story' }),
      ),
    ),
  )
  expect(met.filter(Boolean)).toHaveLength(1)
  expect(await waiting()).toHaveLength(1)
  expect((await clinic.kinds(claim)).filter((kind) => kind === 'need.met')).toHaveLength(1)
})
