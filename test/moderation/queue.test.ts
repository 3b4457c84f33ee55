import { openDesk, act, type Desk } from './desk'
import type { Person } from '../../server/web/person'
import { declarationsOf } from '../../server/web/declared-routes'
import { csrfFrom, type Agent } from '../support/app'
import type { FiledClaim } from '../support/filed-claim'

let desk: Desk
let moderator: Person
let agent: Agent

beforeAll(async () => {
  desk = await openDesk()
  moderator = await desk.person('moderator', '정민호')
  agent = await desk.signedIn(moderator)
})
afterAll(() => desk.close())

const queue = (query = '', who = agent) => who.get(`/queue${query}`).set('Accept', 'text/html')
/** Ids of the claims in the order of the rows. */
const rowsOf = (text: string) =>
  [...text.matchAll(/<th scope="row"[^>]*>.*?href="\/claims\/([0-9a-f-]{36})"/gs)].map(
    ([, id]) => id,
  )
const rowIds = async (query: string) => rowsOf((await queue(query)).text)
const links = (text: string) =>
  [...text.matchAll(/href="\/claims\/([0-9a-f-]{36})"/g)].map(([, id]) => id)

test('an empty queue says so', async () => {
  for (const view of ['', '?view=mine', '?view=in_review', '?view=decided', '?view=nonsense']) {
    const page = await queue(view)
    expect(page.status).toBe(200)
    expect(links(page.text)).toEqual([])
  }
})

test('holds confirmed claims, the oldest first, and no other', async () => {
  const colleague = await desk.person('administrator', '한서연')
  const at = (day: number) => new Date(Date.UTC(2026, 2, day))
  const young = await desk.claim('verified', { at: at(9) })
  const old = await desk.claim('verified', { at: at(2) })
  const mine = await desk.claim('in_review', { at: at(3), assignedTo: moderator })
  const theirs = await desk.claim('in_review', { at: at(4), assignedTo: colleague })
  const accepted = await desk.claim('accepted', { at: at(5) })
  const rejected = await desk.claim('rejected', { at: at(6) })
  const never = [await desk.claim('unverified'), await desk.claim('unscreened')]
  never.push(await desk.claim('expired'), await desk.claim('withdrawn'))

  const lost = [await desk.claim('unverified', { at: at(8) })]
  lost.unshift(await desk.claim('unverified', { at: at(7) }))
  const both = lost.map(({ id }) => id)
  await desk.database.db
    .superuser('claims')
    .whereIn('id', [...both, mine.id])
    .update({ bounced_at: at(9) })

  const all = [young, old, mine, theirs, accepted, rejected, ...lost, ...never]
  const names = (found: (string | undefined)[]) =>
    found.map((id) => all.findIndex((claim) => claim.id === id))
  const order = (claims: FiledClaim[]) => claims.map((claim) => all.indexOf(claim))
  expect(names(await rowIds(''))).toEqual(order([old, young]))
  expect(names(await rowIds('?view=mine'))).toEqual(order([mine]))
  expect(names(await rowIds('?view=in_review'))).toEqual(order([mine, theirs]))
  expect(names(await rowIds('?view=decided'))).toEqual(order([rejected, accepted]))
  expect(names(await rowIds('?view=bounced'))).toEqual(order(lost))
  expect(names(await rowIds('?view=bounced&matter=test-breach'))).toEqual(order(lost))
  expect(names(await rowIds('?matter=test-breach'))).toEqual(order([old, young]))
  const { text } = await queue()
  expect(text).toContain(old.number)
  expect(text).toContain('한국\u00a0시간')
  expect(text).not.toContain('minjun.kim')
  expect(text).not.toContain('김민준')
})

test('goes on page by page, forwards and back, and shows every claim once', async () => {
  const short = desk.app({
    config: (config) => ({ ...config, limits: { ...config.limits, pageSize: 2 } }),
  })
  const reader = await desk.signedIn(moderator, short)
  // The same moment, so that the id decides.
  const moment = new Date(Date.UTC(2026, 3, 1))
  for (let made = 0; made < 5; made++) await desk.claim('verified', { at: moment })
  const { superuser } = desk.database.db
  const wanted = await superuser('claims')
    .where({ state: 'verified' })
    .orderBy([{ column: 'filed_at' }, { column: 'id' }])
  const href = (text: string, rel: string) =>
    new RegExp(`rel="${rel}" href="([^"]+)"`).exec(text)?.[1]?.replaceAll('&amp;', '&')
  const pages: string[] = []
  for (let at: string | undefined = '/queue'; at !== undefined; at = href(pages.at(-1)!, 'next')) {
    pages.push((await reader.get(at).set('Accept', 'text/html')).text as string)
  }
  expect(pages.flatMap(rowsOf)).toEqual(wanted.map(({ id }) => id))
  expect(href(pages[0]!, 'prev')).toBeUndefined()
  const back = await reader.get(href(pages.at(-1)!, 'prev')!).set('Accept', 'text/html')
  expect(rowsOf(back.text)).toEqual(rowsOf(pages.at(-2)!))
  expect((await queue('?after=1_x&before=%27')).status).toBe(200)
})

test('names who reviews, a possible duplicate and mail that came back', async () => {
  const first = await desk.claim('verified', { answers: { full_name: '박하늘' } })
  const second = await desk.claim('unverified', { answers: { full_name: '박하늘' } })
  const { superuser } = desk.database.db
  await superuser('claims')
    .where({ id: second.id })
    .update({ state: 'in_review', verified_at: new Date(), assigned_to: moderator.id })
  await superuser('mails').where({ claim_id: second.id }).update({ state: 'bounced' })
  expect(await desk.row(second)).toMatchObject({ duplicate_of: first.id })
  const { text } = await queue('?view=in_review')
  expect(text).toContain('정민호')
  expect(text).toContain('비슷한 신청')
  expect(text).toContain('메일 반송')
  const page = await agent.get(`/claims/${second.id}`).set('Accept', 'text/html')
  expect(page.text).toContain(`/claims/${first.id}`)
  const earlier = await agent.get(`/claims/${first.id}`).set('Accept', 'text/html')
  expect(earlier.text).toContain(`/claims/${second.id}`)
})

test('a claim number, however it was typed, leads to its claim', async () => {
  const claim = await desk.claim('verified')
  const typed = encodeURIComponent(` ${claim.number.toLowerCase().replaceAll('-', ' ')}`)
  const found = await queue(`?number=${typed}`)
  expect(found.headers['location']).toBe(`/claims/${claim.id}`)
  expect((await queue('?number=7K2M')).status).toBe(200)
})

test('mail that came back can be sent again, once, on the record', async () => {
  const claim = await desk.claim('verified')
  const elsewhere = await desk.claim('verified')
  const { superuser } = desk.database.db
  const mail = await superuser('mails').where({ claim_id: claim.id }).first()
  await superuser('mails').where({ id: mail.id }).update({ state: 'bounced', attempts: 1 })
  await superuser('outbox').delete()
  const page = await agent.get(`/claims/${claim.id}`).set('Accept', 'text/html')
  expect(page.text).toContain(`mails/${mail.id}/resend`)

  const foreign = await act(agent, elsewhere, `mails/${mail.id}/resend`)
  expect(foreign.status).toBe(404)
  const sent = await Promise.all([1, 2].map(() => act(agent, claim, `mails/${mail.id}/resend`)))
  expect(sent.map(({ status }) => status)).toEqual([303, 303])
  expect(await superuser('mails').where({ id: mail.id }).first()).toMatchObject({
    state: 'queued',
    attempts: 1,
  })
  expect(await superuser('outbox')).toMatchObject([
    { job: 'send-mail', payload: { mailId: mail.id } },
  ])
  expect(await desk.entries(claim, 'mail.resent')).toMatchObject([
    { facts: { mail: mail.id, person: moderator.id } },
  ])
  const after = await agent.get(`/claims/${claim.id}`).set('Accept', 'text/html')
  expect(after.text).not.toContain(`mails/${mail.id}/resend`)
})

test('counsel and strangers get none of it', async () => {
  const { firm_id: firmId } = await desk.database.db.superuser('matters').first('firm_id')
  const counsel = await desk.signedIn(await desk.person('counsel', '이도윤', firmId))
  const claim = await desk.claim('verified')
  const mail = await desk.database.db.superuser('mails').where({ claim_id: claim.id }).first()
  const routes = declarationsOf(desk.staff.app).filter(
    ({ path }) => path.startsWith('/claims') || path.startsWith('/queue'),
  )
  expect(routes.length).toBeGreaterThanOrEqual(6)
  const token = csrfFrom((await counsel.get('/batches').set('Accept', 'text/html')).text)
  for (const { method, path } of routes) {
    const address = path.replace(':id', claim.id).replace(':mail', mail.id)
    const asked = counsel[method](address).set('Accept', 'text/html').type('form')
    const answer = await (method === 'post' ? asked.send({ _csrf: token }) : asked)
    expect([address, answer.status]).toEqual([address, 403])
    const stranger = await desk.staff.agent()[method](address).set('Accept', 'text/html')
    expect(stranger.status).toBe(method === 'post' ? 401 : 303)
  }
  expect(await desk.openings(claim)).toEqual([])
})

test('what is not there is not found', async () => {
  for (const id of ['01900000-0000-7000-8000-00000000dead', 'x', '%27']) {
    expect((await agent.get(`/claims/${id}`).set('Accept', 'text/html')).status).toBe(404)
  }
})
