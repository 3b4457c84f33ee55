import { Readable } from 'node:stream'
import { remindClaims } from '../../server/claims/reminders/remind-claims'
import { findMatter } from '../../server/matters/list-matters'
import { importNotices } from '../../server/notices/import-notices'
import { createNoticeVault } from '../../server/vault/notices'
import { minorForm } from '../authority/minor-form'
import { openSignedPortal, signedBase, signOn, type SignedPortal } from '../authority/signed-portal'
import { act } from '../moderation/desk'
import { makeAccount, signIn, type TestAccount } from '../support/account'
import { createTestApp, postForm, type Agent } from '../support/app'
import { walkMs } from '../support/browser'
import { completeDraft } from '../support/complete-draft'
import { fillSteps, numberOn, post, typedSteps } from '../support/filing'
import { openingsOf } from '../support/openings'
import { plantDraft } from '../support/plant-draft'
import { expectSeen, takeSeat, type Seat } from '../support/seat'
import { openStage, type Stage } from '../support/stage'
import { loadTestMatters, signedMatter, testDocuments, testMatter } from '../support/test-matters'
import { until } from '../support/until'

jest.setTimeout(walkMs)

/**
 * The pages that no link leads to and no other walk comes by: those that a form, a state, a code or a mail leads
 * to. What leads there is brought about without a browser.
 */
let portal: SignedPortal
let stage: Stage
let accounts: Record<'administrator' | 'other' | 'moderator' | 'counsel', TestAccount>

const filed = '/matters/test-signed/filed'
const minors = '/matters/test-minors/file'
const notice = { ko: '유출 통지', en: 'The leak notice' }
const needs = [{ kind: 'document', ref: 'notice', level: 'required', label: notice }]
const loaded = (documents: unknown[] = testDocuments) =>
  loadTestMatters(portal.database.db.migrator, [
    testMatter({ needs }),
    signedMatter({ documents }),
    signedMatter({ slug: 'test-minors', form: minorForm() }),
  ])
const sql = () => portal.database.db.superuser

beforeAll(async () => {
  portal = await openSignedPortal()
  await loaded()
  stage = await openStage(portal)
  const { firm_id: firmId } = await sql()('matters').where({ slug: 'test-signed' }).first('firm_id')
  const { database } = portal
  accounts = {
    administrator: await makeAccount(database, { role: 'administrator', name: '한서연' }),
    other: await makeAccount(database, { role: 'administrator', name: '남궁관리' }),
    moderator: await makeAccount(database, { role: 'moderator', name: '정민호' }),
    counsel: await makeAccount(database, { role: 'counsel', name: '박변호', firmId }),
  }
})
afterAll(() => stage?.close())

const seatOf = (agent: Agent | null, slugs?: string[]): Promise<Seat> =>
  takeSeat(stage.browser, stage.site.url, agent, slugs)

async function deskOf(who: keyof typeof accounts): Promise<{ agent: Agent; seat: Seat }> {
  const agent = await signIn(stage.staff, accounts[who])
  const seat = await takeSeat(stage.browser, stage.desk.url, agent)
  return { agent, seat }
}

/** Files in this browser what is signed; gives the number. */
async function file(agent: Agent, email: string): Promise<string> {
  await fillSteps(agent, {
    base: signedBase,
    changes: { 'about-you': { email, full_name: '김민준' }, consents: { signature: '김민준' } },
  })
  await signOn(agent, `${signedBase}/sign`)
  await post(agent, `${signedBase}/submit`, {}, `${signedBase}/review`)
  return numberOn((await agent.get(filed)).text)
}

test('after filing: the code, the receipt, and the form of somebody else of the household', async () => {
  const agent = portal.site.agent()
  await file(agent, 'family@example.com')
  const own = await seatOf(agent, ['test-signed'])
  await expectSeen(own, filed)
  await expectSeen(own, `${filed}/code`)
  await expectSeen(own, `${filed}/code`, `form[action$="/code"] button`)
  await expectSeen(own, `${filed}/receipt`)
  await expectSeen(own, `${filed}/member`)
  await expectSeen(own, `${filed}/member`, `form[action$="/member"] button`)

  const other = {
    who: 'member',
    relation: 'parent',
    mail: 'own',
    member_email: 'mother@example.com',
  }
  await post(agent, `${filed}/member`, other)
  const begun = await seatOf(agent, ['test-signed'])
  await expectSeen(begun, `${signedBase}/carried`)
  await post(agent, `${signedBase}/carried`, {})
  for (const step of ['eligibility', 'about-you', 'what-happened']) {
    const about = { full_name: '최순자', email: 'mother@example.com', born: '19550505' }
    const fields = { ...typedSteps[step], ...(step === 'about-you' && about) }
    await post(agent, `${signedBase}/${step}`, fields)
  }
  const filling = await seatOf(agent, ['test-signed'])
  await expectSeen(filling, `${signedBase}/hand-over`)
  const handed = await post(agent, `${signedBase}/hand-over`, {})
  await portal.mailbox.waitFor(({ to }) => to === 'mother@example.com')
  await expectSeen(filling, handed.headers['location'] as string)
})

test('a notice by post: typed wrongly, asked about, and right', async () => {
  const slug = 'coupang-2025-us'
  const here = `/matters/${slug}/notice`
  const matter = (await findMatter(portal.database.db.worker, slug))!
  const list =
    'notice_id,pin,name,email,birth_date,line1,city,state,postcode\n' +
    'AB-1234-5601,willow-482,Eva Marigold,eva.marigold@example.com,1979-03-08,77 Tansy Lane,Albany,NY,12207\n'
  const notices = createNoticeVault({ noticeKey: portal.keys.NOTICE_KEY })
  await importNotices(
    { ...portal.worker.deps, notices },
    {
      matter,
      by: accounts.administrator.id,
      file: Readable.from([Buffer.from(list)]),
      onProblem: async () => {},
    },
  )
  const agent = portal.site.agent()
  const first = await seatOf(agent, [slug])
  await expectSeen(first, here)
  await expectSeen(first, here, `form[action="${here}"] button`)
  const typed = { notice_id: 'AB-1234-5601', pin: 'willow-482' }
  await post(agent, here, typed)
  const asked = await seatOf(agent, [slug])
  await until('the worker has answered', async () => {
    const { body } = await agent.get(`${here}/ready`)
    return (body as { done: boolean }).done
  })
  await expectSeen(asked, here)
})

test('one’s own claim: another case, signing again, an appeal, an erasure, a document that is missing', async () => {
  const email = 'own@example.com'
  const number = await portal.fileConfirmed({ email })
  await portal.rendered(number)
  const agent = await portal.letIn(email)
  const base = `/claims/mine/${number}`
  const asked = await postForm(agent, `${base}/next/show`, {}, { from: `${base}/next` })
  await until('the answers are there', async () => {
    const { body } = await agent.get(`${asked.headers['location']}/ready`)
    return (body as { done: boolean }).done
  })
  const own = await seatOf(agent)
  await expectSeen(own, `${base}/next`)
  await expectSeen(own, `${base}/next/member`)
  await expectSeen(own, `${base}/next/member`, `form[action$="/member"] button`)
  await expectSeen(own, `${base}/data`, `form[action$="/erasure"] button`)

  // Another text than the one that was signed.
  await loaded([{ ...testDocuments[0], version: 2 }, testDocuments[1]])
  await expectSeen(own, `${base}/sign`)
  await expectSeen(own, `${base}/sign`, `form[action$="/sign"] button[type=submit]`)
  const sent = await signOn(agent, `${base}/sign`)
  await until('the signature is taken and shown', async () => {
    const { body } = await agent.get((sent.headers['location'] as string).replace('?', '/ready?'))
    return (body as { done: boolean }).done
  })
  await expectSeen(own, `${base}/papers`)
  await expectSeen(own, `${base}/papers`, `form[action$="/papers/code"] button`)
  await sql()('claims').where({ number }).update({ state: 'rejected', decided_at: new Date() })
  await expectSeen(own, `${base}/appeal`)
  await expectSeen(own, `${base}/appeal`, `form[action$="/appeal"] button`)
  await sql()('claims').where({ number }).update({ state: 'verified' })
})

test('what mails lead to: a guardian, a document that is missing, and the end of reminders', async () => {
  const parent = 'parent@example.com'
  const changes = {
    eligibility: { adult: 'no' },
    'about-you': { born: '2013-05-05', guardian: '이보호', guardian_mail: parent },
  }
  await portal.fileConfirmed({ email: 'child@example.com', name: '김어린', base: minors, changes })
  const mailed = async (to: string, path: RegExp) =>
    path.exec(
      (await portal.mailbox.waitFor((one) => one.to === to && path.test(one.text))).text,
    )![0]
  const anybody = await seatOf(null)
  const link = await mailed(parent, /\/guardian\/[\w-]{43}/)
  await expectSeen(anybody, link)
  await expectSeen(anybody, link, 'main form button[type=submit]')

  const email = 'missing@example.com'
  const claim = await portal.claim({ email })
  const { agent } = await deskOf('moderator')
  await act(agent, claim, 'review')
  const due = new Date(Date.now() + 21 * 86_400_000).toISOString().slice(0, 10)
  const asking = { decision: 'deficient', items: ['document:notice'], due, note: '' }
  expect((await act(agent, claim, 'decision', asking)).status).toBe(303)
  const task = await mailed(email, /\/tasks\/[\w-]{43}/)
  await expectSeen(anybody, `${task}/document`)
  await expectSeen(anybody, `${task}/document`, 'main form button[type=submit]')
  const later = { now: () => new Date(Date.now() + 3 * 86_400_000) }
  await remindClaims({ ...portal.worker.deps, clock: later })
  const reminder = await mailed(email, /\/reminders\/[\w-]{43}/)
  await expectSeen(anybody, reminder)
  await portal.site.agent().post(reminder)
  await expectSeen(anybody, reminder)
  await expectSeen(anybody, `/reminders/${'A1'.repeat(21)}A`)
})

test('the staff: searches, samples, requests of two people, and what administrators look over', async () => {
  const email = 'telephones@example.com'
  const number = await portal.fileConfirmed({ email, name: '홍길동' })
  await portal.rendered(number)
  const { agent: asker, seat: administrator } = await deskOf('administrator')
  const { seat: second } = await deskOf('other')
  const { agent: counsel, seat: office } = await deskOf('counsel')

  const looked = { reason: 'telephone', why: '계약서가 언제 오는지 문의', what: email }
  for (const what of [email, 'nobody@example.com']) {
    const { headers } = await postForm(asker, '/search', { ...looked, what })
    const href = headers['location'] as string
    await until('the search is answered', async () => {
      const { body } = await asker.get(`${href}/ready`)
      return (body as { done: boolean }).done
    })
    await expectSeen(administrator, href)
    await expectSeen(administrator, href, 'form[action$="/reason"] button')
  }
  await expectSeen(administrator, '/account', 'form[action="/account/recovery-codes"] button')

  const index = '/authority/test-signed'
  await expectSeen(office, index, 'form[action$="/sample"] button', (page) =>
    page.fill('#size', '0'),
  )
  const drawn = await postForm(
    counsel,
    `${index}/sample`,
    { seed: 'drawn in open court', size: '1' },
    { from: index },
  )
  const sample = drawn.headers['location'] as string
  await until('the sample is drawn', async () => {
    const { body } = await counsel.get(`${sample}/ready`)
    return (body as { done: boolean }).done
  })
  await expectSeen(office, sample)

  const strict = createTestApp({
    surface: 'staff',
    database: portal.database,
    keys: portal.keys,
    config: openingsOf({ perHour: 0 }),
  })
  const claim = await sql()('claims').where({ number }).first()
  const insider = await signIn(strict, accounts.moderator)
  await act(insider, claim, 'open', { purpose: 'identity_check' })
  await until('somebody is alerted', async () => (await sql()('alerts')).length > 0)
  const alert = 'form[action$="/acknowledge"] button'
  await expectSeen(administrator, '/oversight/alerts', alert)

  const month = new Date(Date.now() - 40 * 86_400_000).toISOString().slice(0, 7)
  const review = `/oversight/reviews/${month}`
  // There are months to look over since there are accounts.
  await sql()('people').update({ created_at: new Date(Date.now() - 70 * 86_400_000) })
  await expectSeen(administrator, review)
  await expectSeen(administrator, review, `form[action="${review}"] button`)
  const leaks = '/oversight/leaks'
  const leak = await postForm(asker, leaks, { what: 'everything' }, { from: leaks })
  await expectSeen(administrator, leak.headers['location'] as string)

  const role = { role: 'administrator', approval_reason: 'stands_in' }
  const asked = await postForm(asker, `/people/${accounts.moderator.id}/role`, role, {
    from: '/people',
  })
  const approval = (asked.headers['location'] as string).split('?')[0]!
  await expectSeen(administrator, approval)
  await expectSeen(second, approval)
  await expectSeen(second, approval, 'form[action$="/decision"] button')

  const own = await portal.letIn(email)
  const base = `/claims/mine/${number}`
  await postForm(own, `${base}/data/erasure`, { sure: 'yes' }, { from: `${base}/data` })
  await until('it is asked for', async () => (await sql()('erasure_requests')).length > 0)
  await expectSeen(administrator, '/erasures', 'form[action$="/answer"] button')
})

test('the answers of one case are carried to another of the incident', async () => {
  const agent = portal.site.agent()
  const slug = 'coupang-2025-kr'
  const to = 'coupang-2025-kr-mediation'
  const matter = (await findMatter(portal.database.db.public, slug))!
  const answered = { email: 'suit@example.com', affected_as: 'former_member' }
  await plantDraft(portal.database, agent, matter, completeDraft(matter, new Date(), answered))
  const file = `/matters/${slug}/file`
  await post(agent, `${file}/submit`, {}, `${file}/review`)
  const from = `/matters/${slug}/filed`
  await post(agent, `${from}/other/${to}`, {}, from)
  const seat = await seatOf(agent, [slug, to])
  await expectSeen(seat, from)
  await expectSeen(seat, `/matters/${to}/file/carried`)
})
