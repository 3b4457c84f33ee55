import { expireEmailChanges } from '../../../server/claims/email-change/tend-email-changes'
import { applyEmailChange } from '../../../server/claims/email-change/apply-email-change'
import { limits } from '../../../server/limits'
import { postForm } from '../../support/app'
import { until } from '../../support/until'
import { answersOf } from '../../support/verification'
import { claimPage, mine, openPortal, type Portal } from '../access/portal'
import { askForChange, changeMail, changeOf, openedBy, press, typeChangeCode } from './walk'

let portal: Portal
let people = 0
beforeAll(async () => {
  portal = await openPortal()
})
afterAll(() => portal.close())

const someone = () => `person${++people}@example.com`
const table = (name: string) => portal.database.db.superuser(name)
const clock = { now: () => new Date() }
const emailOf = async (claim: { id: string }) =>
  (await answersOf(portal.database, portal.keys, clock, claim.id))['email']
const kindsOf = (claim: { id: string }) =>
  table('ledger_entries as e')
    .join('ledger_private as p', 'p.entry_id', 'e.id')
    .where('p.claim_id', claim.id)
    .where('e.kind', 'like', 'claim.email_ch%')
    .orderBy('e.id')
    .pluck('e.kind')

/** A claim of somebody new, a browser that has it open, and a change that was begun there. */
async function begun({ name = '김민준' } = {}) {
  const [old, fresh] = [someone(), someone()]
  const claim = await portal.claim({ email: old, name })
  const agent = await openedBy(portal, old)
  const before = portal.mailbox.mails.length
  const asked = await askForChange(portal, agent, claim, fresh)
  expect([asked.outcome, asked.reason]).toEqual(['done', null])
  return {
    claim,
    agent,
    old,
    fresh,
    oldMail: await changeMail(portal, old, before),
    newMail: await changeMail(portal, fresh, before),
  }
}

test.each(['old first', 'new first'])('both mailboxes have to confirm (%s)', async (order) => {
  const { claim, agent, old, fresh, oldMail, newMail } = await begun()
  const [first, second] = order === 'old first' ? [oldMail, newMail] : [newMail, oldMail]
  // Programs that check mail open every link, again and again.
  for (const { link } of [first, second, first, second]) {
    expect((await portal.site.agent().get(link)).status).toBe(200)
  }
  expect(await changeOf(portal, claim)).toMatchObject({
    confirmed_old_at: null,
    confirmed_new_at: null,
  })
  expect((await claimPage(agent, claim)).text).toContain('이메일 주소를 바꾸는 중입니다')

  const one = await press(portal, first.link, 'confirm')
  expect(one.text).toContain('확인했습니다')
  expect(await emailOf(claim)).toBe(old)
  // The same mailbox twice is one mailbox.
  await typeChangeCode(portal, claim, first.code!)
  expect(await emailOf(claim)).toBe(old)
  await press(portal, second.link, 'confirm')
  expect(await emailOf(claim)).toBe(fresh)
})

test('when both have confirmed, the claim has the address, both are told, and what was open is closed', async () => {
  const { claim, agent, old, fresh, oldMail, newMail } = await begun()
  const unused = await portal.ask(portal.site.agent(), old)
  await press(portal, newMail.link, 'confirm')
  expect(await emailOf(claim)).toBe(old)
  const done = await typeChangeCode(portal, claim, oldMail.code!)
  expect(done.text).toContain('이메일 주소가 바뀌었습니다')
  expect(await emailOf(claim)).toBe(fresh)
  expect(await kindsOf(claim)).toEqual([
    'claim.email_change_started',
    'claim.email_change_confirmed',
    'claim.email_change_confirmed',
    'claim.email_changed',
  ])
  for (const to of [old, fresh]) {
    const mail = await portal.mailbox.waitFor(
      (one) => one.to === to && one.subject.includes('주소가 바뀌었습니다'),
    )
    expect(mail.subject).toContain(claim.number)
  }
  // The browser of the old mailbox, and a link that went there and was not used.
  expect((await claimPage(agent, claim)).status).toBe(404)
  expect((await portal.site.agent().get(unused.link)).status).toBe(404)
  expect((await mine(await openedBy(portal, fresh))).text).toContain(claim.number)
  // A link that is loaded again says so, and nobody can press it.
  const again = await portal.site.agent().get(oldMail.link)
  expect(again.text).toContain('이메일 주소가 바뀌었습니다')
  expect(again.text).not.toContain('name="act"')
  await until('the last mail needs no address any more', async () => {
    const { id } = await changeOf(portal, claim)
    return (await table('email_change_texts').where({ change_id: id })).length === 0
  })
})

test('the person’s other claims change with it; those of a spouse with the same address do not', async () => {
  const [old, fresh] = [someone(), someone()]
  const own = await portal.claim({ email: old, confirmed: false })
  const other = await portal.claim({ email: old, confirmed: false })
  await table('claims')
    .whereIn('id', [own.id, other.id])
    .update({ state: 'verified', verified_at: new Date() })
  const spouse = await portal.claim({ email: old, name: '김서연' })
  const agent = await openedBy(portal, old)
  await askForChange(portal, agent, own, fresh)
  for (const to of [old, fresh]) {
    await press(portal, (await changeMail(portal, to)).link, 'confirm')
  }
  expect([await emailOf(own), await emailOf(other), await emailOf(spouse)]).toEqual([
    fresh,
    fresh,
    old,
  ])
  const [entry] = await table('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .where({ 'p.claim_id': other.id, 'e.kind': 'claim.email_changed' })
    .pluck('p.private')
  const record = await table('sealed_records').where({ claim_id: other.id, version: 2 }).first()
  expect(JSON.parse(entry)).toMatchObject({ version: 2, to: record.sha256.toString('hex') })
  expect(entry).not.toContain('@')
  // In the same browser the spouse's claim is still open.
  const list = (await mine(agent)).text
  expect([own, other, spouse].map(({ number }) => list.includes(number))).toEqual([
    false,
    false,
    true,
  ])
  const told = await portal.mailbox.waitFor(
    (one) => one.to === fresh && one.subject.includes('바뀌었습니다'),
  )
  expect(told.text).toContain('2건')
})

test.each(['old', 'new'] as const)(
  'the %s mailbox stops it with one press, also after the other has confirmed',
  async (side) => {
    const { claim, agent, old, oldMail, newMail } = await begun()
    const [stops, confirms] = side === 'old' ? [oldMail, newMail] : [newMail, oldMail]
    await press(portal, confirms.link, 'confirm')
    const stopped = await press(portal, stops.link, 'stop')
    expect(stopped.text).toContain('변경을 멈추었습니다')
    expect(await changeOf(portal, claim)).toMatchObject({ stopped_by: `${side}_mailbox` })
    expect((await portal.site.agent().get(confirms.link)).status).toBe(410)
    // The page of the link has no button any more; what is sent all the same changes nothing.
    const late = await typeChangeCode(portal, claim, stops.code!)
    expect(late.status).toBe(422)
    expect(await emailOf(claim)).toBe(old)
    const { id } = await changeOf(portal, claim)
    expect(await table('email_change_texts').where({ change_id: id })).toEqual([])
    expect((await claimPage(agent, claim)).text).toContain('이메일 주소를 바꾸지 않았습니다')
  },
)

test('it ends by the clock when only one mailbox has confirmed', async () => {
  const { claim, newMail, old } = await begun()
  await press(portal, newMail.link, 'confirm')
  const { id } = await changeOf(portal, claim)
  const at = (hours: number) => ({ now: () => new Date(Date.now() + hours * 3600_000) })
  const { deps } = portal.worker
  await expireEmailChanges({ ...deps, clock: at(limits.emailChangeHours - 1) })
  expect((await changeOf(portal, claim)).stopped_at).toBeNull()
  await expireEmailChanges({ ...deps, clock: at(limits.emailChangeHours + 1) })
  expect(await changeOf(portal, claim)).toMatchObject({ stopped_by: 'time' })
  expect(await table('email_change_texts').where({ change_id: id })).toEqual([])
  await applyEmailChange(deps, id, 'late')
  expect(await emailOf(claim)).toBe(old)
})

test('the newest takes the place of one that is under way, and there are so many a day', async () => {
  const { claim, agent, oldMail } = await begun()
  const fresh = someone()
  await askForChange(portal, agent, claim, fresh)
  expect((await portal.site.agent().get(oldMail.link)).status).toBe(410)
  await askForChange(portal, agent, claim, someone())
  const refused = await askForChange(portal, agent, claim, someone())
  expect([limits.emailChangesPerDay, refused.reason]).toEqual([3, 'too_often'])
})

test('five wrong codes kill the codes; the links still confirm', async () => {
  const { claim, oldMail, newMail, fresh } = await begun()
  for (let guess = 1; guess <= limits.emailChangeAttempts; guess++) {
    const wrong = String((Number(oldMail.code) + guess) % 1_000_000).padStart(6, '0')
    if (wrong === newMail.code) continue
    expect((await typeChangeCode(portal, claim, wrong)).status).toBe(422)
  }
  await table('email_changes')
    .where({ claim_id: claim.id })
    .update({ attempts: limits.emailChangeAttempts })
  expect((await typeChangeCode(portal, claim, oldMail.code!)).status).toBe(422)
  await press(portal, oldMail.link, 'confirm')
  await press(portal, newMail.link, 'confirm')
  expect(await emailOf(claim)).toBe(fresh)
})

test('what cannot be, or is the same, is told beside the field', async () => {
  const email = someone()
  const claim = await portal.claim({ email })
  const agent = await openedBy(portal, email)
  const path = `/claims/mine/${claim.number}/email`
  const wrong = await postForm(agent, path, { email: 'minjun.kim@' })
  expect([wrong.status, wrong.text.includes('value="minjun.kim@"')]).toEqual([422, true])
  const number = await postForm(agent, path, { email: '850304-1234567@example.com' })
  expect([number.status, number.text.includes('850304')]).toEqual([422, false])
  const near = await postForm(agent, path, { email: 'minjun@gmial.com' })
  expect([near.status, near.text.includes('minjun@gmail.com')]).toEqual([422, true])
  const stale = await agent.post(path).type('form').send({ email: 'a@example.com', _csrf: 'x' })
  expect([stale.status, stale.text.includes('value="a@example.com"')]).toEqual([403, true])

  const same = await askForChange(portal, agent, claim, email.toUpperCase())
  expect(same.reason).toBe('unchanged')
  const waiting = `/claims/mine/${claim.number}/changes/${same.id}`
  expect((await agent.get(waiting)).headers['location']).toBe(path)
  const told = (await agent.get(path)).text
  expect(told).toMatch(/id="email-error"[^]*지금 주소와 같습니다/)
  expect(await table('email_changes').where({ claim_id: claim.id })).toEqual([])
  // Of a claim that is open in another browser nothing can be asked.
  const stranger = await openedBy(portal, await strangers())
  expect((await stranger.get(path)).status).toBe(404)

  async function strangers() {
    const theirs = someone()
    await portal.claim({ email: theirs })
    return theirs
  }
})

test('what a taken-over public surface writes confirms nothing', async () => {
  const { claim } = await begun()
  const { id } = await changeOf(portal, claim)
  const { db } = portal.database
  const denied = { code: '42501' }
  for (const change of [
    { confirmed_old_at: new Date() },
    { confirmed_new_at: new Date() },
    { applied_at: new Date() },
  ]) {
    await expect(db.public('email_changes').where({ id }).update(change)).rejects.toMatchObject(
      denied,
    )
  }
  for (const name of ['email_change_texts', 'email_change_keys']) {
    await expect(db.public(name).select()).rejects.toMatchObject(denied)
  }
  await expect(db.public('email_change_answers').select('box')).rejects.toMatchObject(denied)
})
