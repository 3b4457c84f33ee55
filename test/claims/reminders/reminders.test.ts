import request from 'supertest'
import { expireClaims } from '../../../server/claims/expire-claims'
import { remindClaims } from '../../../server/claims/reminders/remind-claims'
import { reminderMoments } from '../../../server/claims/reminders/reminder-moments'
import { limits } from '../../../server/limits'
import type { FiledClaim } from '../../support/filed-claim'
import { openClinic, tokenIn, type Clinic } from '../needs/clinic'

let clinic: Clinic
beforeAll(async () => {
  clinic = await openClinic({ needs: [] })
})
afterAll(() => clinic.close())

const dayMs = 24 * 3600_000
const day = (at: number) => new Date(at * dayMs)
const remindersOf = (claim: FiledClaim) =>
  clinic.database.db
    .superuser('mails')
    .where({ claim_id: claim.id, template: 'reminder' })
    .orderBy('created_at')

/** Lets days go by, twelve hours at a time, as the upkeep would look; gives the days on which each was reminded. */
async function live(days: number, claims: FiledClaim[]): Promise<number[][]> {
  const beganMs = clinic.now().getTime()
  for (let step = 0; step < days * 2; step++) {
    clinic.pass(0.5)
    // Two workers look in the same moment.
    await Promise.all([remindClaims(clinic.worker.deps), remindClaims(clinic.worker.deps)])
    await clinic.work()
  }
  const rows = await Promise.all(claims.map(remindersOf))
  return rows.map((mails) =>
    mails
      .map(({ created_at: at }) => Math.floor((at.getTime() - beganMs) / dayMs))
      .filter((at) => at > 0),
  )
}

test('reminders come 2, 7 and 14 days after the asking, 7 and 2 days before the end, and never after it', () => {
  const need = (due: number | null, required = true) => ({
    kind: 'answer' as const,
    required,
    asked_at: day(100),
    due_at: due === null ? null : day(due),
  })
  const days = (...args: Parameters<typeof reminderMoments>) =>
    reminderMoments(...args).map((at) => at.getTime() / dayMs - 100)
  expect(days([need(null)], [], limits)).toEqual([2, 7, 14])
  expect(days([need(121)], [], limits)).toEqual([2, 7, 14, 19])
  expect(days([need(114)], [], limits)).toEqual([2, 7, 12])
  expect(days([need(130), need(121)], [], limits)).toEqual([2, 7, 14, 19, 23, 28])
  // A deadline of the case counts like a due date, one that is over does not.
  expect(days([need(null)], [day(50), day(140)], limits)).toEqual([2, 7, 14, 33, 38])
  expect(days([need(null, false)], [day(140)], limits)).toEqual([])
})

test('what was asked for is asked for again in time, in the language of the claim, and not once it is over', async () => {
  const ko = await clinic.deficient({ email: 'ko@example.com', items: ['answer:harm'] })
  const en = await clinic.deficient({ email: 'en@example.com', language: 'en' })
  const silent = await clinic.deficient({ email: 'bounced@example.com', items: ['answer:harm'] })
  const gone = await clinic.deficient({ email: 'gone@example.com', items: ['answer:harm'] })
  const { superuser } = clinic.database.db
  await superuser('claims').where({ id: silent.id }).update({ bounced_at: clinic.now() })
  await superuser('claims').where({ id: gone.id }).update({ state: 'withdrawn' })
  const [inKorean, inEnglish, ...none] = await live(25, [ko, en, silent, gone])
  // The day that is asked for ends at midnight, whatever time it is now.
  expect(inKorean!.slice(0, 3)).toEqual([2, 7, 14])
  expect([19, 20]).toContain(inKorean![3])
  expect(inKorean).toHaveLength(4)
  expect(inEnglish).toEqual(inKorean)
  expect(none).toEqual([[], []])
  const mails = clinic.mailbox.mails.filter(({ subject }) =>
    /아직 하실|still missing/.test(subject),
  )
  const to = (address: string) => mails.filter((mail) => mail.to === address)
  expect(to('ko@example.com').map(({ text }) => text.includes('어떤 피해가'))).toEqual(
    Array(4).fill(true),
  )
  expect(to('en@example.com')[0]!.text.match(/\/tasks\//g)).toHaveLength(2)
  expect((await clinic.kinds(ko)).filter((kind) => kind === 'claim.reminded')).toHaveLength(4)
  // A fresh link each time, all for the same task.
  const tokens = to('ko@example.com').map((mail) => tokenIn('tasks', mail))
  expect(new Set(tokens).size).toBe(4)
})

test('an address that waits to be confirmed is reminded with links that work, until the claim expires', async () => {
  const claim = await clinic.claim({ email: 'slow@example.com', confirmed: false })
  expect(await live(11, [claim])).toEqual([[2, 7]])
  const newest = clinic.mailbox.mails.findLast(({ to }) => to === 'slow@example.com')!
  expect(newest.text).toMatch(/^ +\d{6}$/m)
  const token = tokenIn('claims/confirm', newest)
  clinic.pass(-3)
  const page = await request(clinic.site.app).get(`/claims/confirm/${token}`)
  expect([page.status, page.text.includes(claim.number)]).toEqual([200, true])
  clinic.pass(3)
  expect(await live(2, [claim])).toEqual([[1]])
  clinic.pass(1)
  await expireClaims(clinic.worker.deps)
  expect((await clinic.row(claim))['state']).toBe('expired')
  expect(await live(20, [claim])).toEqual([[]])
})

test('a family with one address gets one reminder a day, and somebody who filed twice none for the second', async () => {
  const family = []
  for (const name of ['김하나', '김두리', '김서이']) {
    const email = 'family@example.com'
    family.push(await clinic.claim({ email, answers: { full_name: name }, confirmed: false }))
  }
  const days = await live(13, family)
  // The last of nine would come on the day on which the claim expires.
  const all = days.flat().toSorted((a, b) => a - b)
  expect(all).toEqual([2, 3, 4, 7, 8, 9, 12, 13])

  const twice = { email: 'twice@example.com', answers: { full_name: '이중복' } }
  const second = await clinic.claim({ ...twice, confirmed: false })
  const first = await clinic.claim(twice)
  expect(await live(13, [second, first])).toEqual([[], []])
})

test('one press ends reminders, from a mail program too, and opening the link does not', async () => {
  const claim = await clinic.deficient({ email: 'enough@example.com', items: ['answer:harm'] })
  const sibling = await clinic.deficient({ email: 'sibling@example.com', items: ['answer:harm'] })
  expect(await live(3, [claim])).toEqual([[2]])
  const mail = clinic.mailbox.mails.findLast(({ to }) => to === 'enough@example.com')!
  const list = mail.parsed.headers.get('list') as {
    unsubscribe: { url: string }
    'unsubscribe-post': { name: string }
  }
  expect(mail.raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m)
  const url = new URL(list.unsubscribe.url)
  expect(mail.text).toContain(url.href)
  const { app } = clinic.site
  const ended = async (one: FiledClaim) =>
    (await clinic.database.db.superuser('claim_reminders').where({ claim_id: one.id }).first())
      .ended_at !== null

  await request(app).head(url.pathname + url.search)
  const page = await request(app).get(url.pathname + url.search)
  expect([page.status, page.headers['set-cookie']?.[0]?.split('=')[0]]).toEqual([200, 'lang'])
  expect(page.text).not.toContain(claim.number)
  expect(await ended(claim)).toBe(false)

  // As a mail program does it: from another site, without cookie or token of a form, and led nowhere.
  const pressed = await request(app)
    .post(url.pathname + url.search)
    .set('Sec-Fetch-Site', 'cross-site')
    .type('form')
    .send('List-Unsubscribe=One-Click')
  expect(pressed.status).toBe(200)
  expect([await ended(claim), await ended(sibling)]).toEqual([true, false])
  expect((await request(app).post(url.pathname)).status).toBe(303)
  expect((await request(app).post(`/reminders/${'x'.repeat(43)}`)).status).toBe(404)
  expect((await clinic.kinds(claim)).filter((kind) => kind === 'reminders.ended')).toHaveLength(1)
  expect(await live(6, [claim, sibling])).toEqual([[], [4]])

  expect((await request(app).post(`${url.pathname}/resume`)).status).toBe(303)
  expect(await ended(claim)).toBe(false)
  expect((await live(6, [claim]))[0]).toEqual([5])

  // Nobody who holds the public login ends or lists reminders without a link.
  const { public: db } = clinic.database.db
  await expect(db('claim_reminders').update({ ended_at: new Date() })).rejects.toMatchObject({
    code: '42501',
  })
  await expect(db('claim_reminders').select('token_hash')).rejects.toMatchObject({ code: '42501' })
})
