import { askForLink } from '../../../server/claims/access/ask-for-access'
import { expireAccess } from '../../../server/claims/access/expire-access'
import { limits } from '../../../server/limits'
import { createSealer } from '../../../server/vault/sealer'
import { createTestApp, csrfFrom, postForm, type Agent } from '../../support/app'
import { dumpOf, findTraces } from '../../support/dump'
import { until } from '../../support/until'
import { claimPage, linkIn, mine, openPortal, typeCode, type Portal } from './portal'

let portal: Portal
let people = 0
beforeAll(async () => {
  portal = await openPortal()
})
afterAll(() => portal.close())

const someone = () => `person${++people}@example.com`
const visitor = (): Agent => portal.site.agent()
const table = (name: string) => portal.database.db.superuser(name)

/** A browser in which somebody has opened their claims with the mailed link. */
async function openedBy(email: string): Promise<Agent> {
  const { link } = await portal.ask(visitor(), email)
  const agent = visitor()
  await postForm(agent, link, {})
  await portal.answered(agent)
  return agent
}

test('the mailed link opens the claims of that address once, and looking at it uses nothing', async () => {
  const email = someone()
  const [first, second] = [
    await portal.claim({ email, name: '김민준' }),
    await portal.claim({ email, name: '김서연' }),
  ]
  const other = await portal.claim({ email: someone(), name: '박도윤' })
  const { link, mail } = await portal.ask(visitor(), email)
  expect(mail.to).toBe(email)
  for (let scanner = 0; scanner < 3; scanner++) {
    expect((await visitor().get(link)).status).toBe(200)
  }
  const agent = visitor()
  const pressed = await postForm(agent, link, {})
  expect([pressed.status, pressed.headers['location']]).toEqual([303, '/claims/mine'])
  expect(pressed.headers['set-cookie']).toEqual([
    expect.stringMatching(/^claims=[\w-]{43}; .*Path=\/claims;.*HttpOnly; SameSite=Lax$/),
  ])
  await portal.answered(agent)
  const list = (await mine(agent)).text
  // Families share an address.
  expect(
    [first.number, '김•준', second.number, '김•연'].filter((one) => !list.includes(one)),
  ).toEqual([])
  expect(list).not.toContain(other.number)
  const page = (await claimPage(agent, first)).text
  expect(page).toContain('p•••@example.com')
  for (const secret of ['김민준', email, '1012345678', '1012-']) expect(page).not.toContain(secret)

  const again = await visitor().get(link)
  expect([again.status, again.text.includes('이미 쓴 링크입니다')]).toEqual([410, true])
  expect((await claimPage(visitor(), first)).headers['location']).toBe('/claims?ended')
  expect((await claimPage(agent, other)).status).toBe(404)
})

test('another person’s link shows their claims and not these', async () => {
  const [mineIs, theirs] = [someone(), someone()]
  const claim = await portal.claim({ email: mineIs })
  const their = await portal.claim({ email: theirs })
  const agent = await openedBy(theirs)
  expect((await mine(agent)).text).toContain(their.number)
  expect((await mine(agent)).text).not.toContain(claim.number)
  for (const path of ['', '/receipt', '/receipt.pdf', '/receipt.json']) {
    expect((await agent.get(`/claims/mine/${claim.number}${path}`)).status).toBe(404)
  }
})

test('the receipt is there, as a page and as a file', async () => {
  const email = someone()
  const claim = await portal.claim({ email })
  const agent = await openedBy(email)
  const page = await agent.get(`/claims/mine/${claim.number}/receipt`)
  expect([page.status, page.text.includes(claim.number)]).toEqual([200, true])
  const file = await agent.get(`/claims/mine/${claim.number}/receipt.json`)
  expect(JSON.parse(file.text)).toMatchObject({ number: claim.number, matter: 'test-breach' })
})

test('the code opens them in the browser that asked, and only the right one', async () => {
  const email = someone()
  const claim = await portal.claim({ email })
  const agent = visitor()
  const { code, link } = await portal.ask(agent, email)
  const wrong = code === '123456' ? '654321' : '123456'
  const copies = () => table('claimant_copies').where({ claim_id: claim.id, kind: 'claim' })

  const shape = await typeCode(agent, '12 34')
  expect([shape.status, shape.text.includes('value="12 34"')]).toEqual([422, true])
  await typeCode(agent, wrong)
  await portal.answered(agent)
  const back = await mine(agent).redirects(1)
  expect(back.text).toContain('인증번호가 맞지 않거나')
  // Nothing has been sealed to the key of a browser that proved nothing.
  expect(await copies()).toEqual([])

  // The same code is of no use where nobody asked for it.
  const stranger = visitor()
  await postForm(stranger, '/claims', { email: someone() })
  await typeCode(stranger, code)
  await portal.answered(stranger)
  expect((await mine(stranger)).headers['location']).toBe('/claims/asked')
  expect(await copies()).toEqual([])

  await typeCode(agent, ` ${code.slice(0, 3)} ${code.slice(3)} `)
  await portal.answered(agent)
  expect((await mine(agent)).text).toContain(claim.number)
  expect(await copies()).toHaveLength(1)
  // One mail lets in once, by link or by code.
  expect((await visitor().get(link)).status).toBe(410)
})

test('five wrong codes kill the code; the link in the mail still opens', async () => {
  const email = someone()
  const claim = await portal.claim({ email })
  const agent = visitor()
  const { code, link } = await portal.ask(agent, email)
  for (let guess = 1; guess <= 5; guess++) {
    await typeCode(agent, String((Number(code) + guess) % 1_000_000).padStart(6, '0'))
    await portal.answered(agent)
  }
  await typeCode(agent, code)
  await portal.answered(agent)
  expect((await mine(agent)).headers['location']).toBe('/claims/asked')
  const other = visitor()
  await postForm(other, link, {})
  await portal.answered(other)
  expect((await mine(other)).text).toContain(claim.number)
})

test('a cookie that was there before the proof opens nothing after it', async () => {
  const email = someone()
  await portal.claim({ email })
  const agent = visitor()
  const { code } = await portal.ask(agent, email)
  const planted = /claims=([\w-]{43})/.exec(
    String(
      agent.jar.getCookies({
        path: '/claims',
        domain: '127.0.0.1',
        secure: false,
        script: false,
      } as never),
    ),
  )![1]!
  await typeCode(agent, code)
  await portal.answered(agent)
  const thief = await visitor().get('/claims/mine').set('Cookie', `claims=${planted}`)
  expect([thief.status, thief.headers['location']]).toEqual([303, '/claims/asked'])
})

test('an address that is on no claim is answered the same, with the same work, and gets no mail', async () => {
  const known = someone()
  await portal.claim({ email: known })
  const said: unknown[] = []
  const { db } = portal.site.deps
  for (const email of [known, someone()]) {
    const statements: string[] = []
    const note = (query: { sql: string }) => statements.push(query.sql)
    const agent = visitor()
    const { text } = await agent.get('/claims')
    db.on('query', note)
    const answer = await agent
      .post('/claims')
      .type('form')
      .send({ email, _csrf: csrfFrom(text) })
    db.off('query', note)
    const page = await agent.get('/claims/asked')
    await typeCode(agent, '000000')
    await portal.answered(agent)
    const wrong = await agent.get('/claims/asked')
    const plain = (html: string) => html.replace(/name="_csrf" value="[^"]+"/g, '')
    said.push({
      status: answer.status,
      to: answer.headers['location'],
      headers: Object.keys(answer.headers).toSorted(),
      statements,
      page: plain(page.text),
      wrong: plain(wrong.text),
    })
  }
  expect(said[1]).toEqual(said[0])
  const unknown = `person${people}@example.com`
  expect(portal.mailbox.mails.filter(({ to }) => to === unknown)).toEqual([])
})

test('a claim whose address was never confirmed is not the person’s: it gets its confirmation mail', async () => {
  const email = someone()
  const claim = await portal.claim({ email, confirmed: false })
  const before = portal.mailbox.mails.length
  await postForm(visitor(), '/claims', { email })
  const mail = await portal.mailbox.waitFor(
    (one) => portal.mailbox.mails.indexOf(one) >= before && one.to === email,
  )
  expect(mail.text).toContain('/claims/confirm/')
  expect(mail.subject).toContain(claim.number)
  expect(await table('claimant_links').where({ claim_id: claim.id })).toEqual([])
})

test('nobody’s mailbox is flooded, and the links sent before still open', async () => {
  const email = someone()
  const claim = await portal.claim({ email })
  for (let ask = 0; ask < limits.accessMails + 3; ask++) {
    await postForm(visitor(), '/claims', { email })
  }
  await until('all are answered', async () => {
    const waiting = await table('claimant_requests').whereNull('handled_at')
    return waiting.length === 0
  })
  const sent = () =>
    portal.mailbox.mails.filter((one) => one.to === email && /claims\/open/.test(one.text))
  await until('all are sent', () => sent().length >= limits.accessMails)
  expect(sent()).toHaveLength(limits.accessMails)
  const agent = visitor()
  await postForm(agent, linkIn(sent()[0]!).link, {})
  await portal.answered(agent)
  expect((await mine(agent)).text).toContain(claim.number)
})

test('closing deletes the copies at once; what is left open goes when its time is over', async () => {
  const email = someone()
  const claim = await portal.claim({ email })
  const left = await openedBy(email)
  const copies = () =>
    table('claimant_copies').where({ claim_id: claim.id }).whereIn('kind', ['claim', 'looked'])
  expect(await copies()).toHaveLength(2)
  const answer = await postForm(left, '/claims/leave', {}, { from: '/claims/mine' })
  expect(answer.headers['set-cookie']).toEqual([expect.stringMatching(/^claims=;/)])
  expect(await copies()).toEqual([])
  expect((await mine(left)).headers['location']).toBe('/claims?ended')

  const open = await openedBy(email)
  const late = new Date(Date.now() + limits.sessionHours * 3600_000 + 60_000)
  const clock = { now: () => late }
  const tomorrow = createTestApp({
    surface: 'public',
    database: portal.database,
    keys: portal.keys,
    clock,
  }).agent()
  const cookie = open.jar.getCookies({
    path: '/claims',
    domain: '127.0.0.1',
    secure: false,
    script: false,
  } as never)
  const after = await tomorrow
    .get('/claims/mine')
    .set('Cookie', cookie.map(({ name, value }) => `${name}=${value}`).join('; '))
  expect(after.headers['location']).toBe('/claims?ended')
  // Requests for a link live longer than a session; only what is over goes.
  await expireAccess({ ...portal.worker.deps, clock })
  expect(await copies()).toEqual([])
  expect(
    await table('claimant_copies').where({ claim_id: claim.id, kind: 'receipt' }),
  ).toHaveLength(1)
  await expireAccess({
    ...portal.worker.deps,
    clock: { now: () => new Date(Date.now() + 72 * 3600_000) },
  })
  expect(await table('claimant_links')).toEqual([])
  expect(await table('claimant_requests')).toEqual([])
})

test('what is typed wrong comes back; an identity number does not', async () => {
  const agent = visitor()
  const wrong = await postForm(agent, '/claims', { email: 'minjun.kim@' })
  expect([wrong.status, wrong.text.includes('value="minjun.kim@"')]).toEqual([422, true])
  const number = await postForm(agent, '/claims', { email: '850304-1234567@example.com' })
  expect([number.status, number.text.includes('850304')]).toEqual([422, false])
  const stale = await agent
    .post('/claims')
    .type('form')
    .send({ email: 'a@example.com', _csrf: 'x' })
  expect([stale.status, stale.text.includes('value="a@example.com"')]).toEqual([403, true])
  const unknown = await agent.get(`/claims/open/${'A'.repeat(43)}`)
  expect([unknown.status, unknown.text.includes('링크가 맞지 않습니다')]).toEqual([404, true])
})

test('the public login reads a copy by the hash of a token and nothing else of all this', async () => {
  const email = someone()
  await portal.claim({ email })
  await openedBy(email)
  const { db } = portal.database
  const denied = { code: '42501' }
  for (const columns of ['box', 'public_key']) {
    await expect(db.public('claimant_requests').select(columns)).rejects.toMatchObject(denied)
  }
  for (const name of ['claimant_copies', 'blind_indexes', 'opening_claims', 'ledger_private']) {
    await expect(db.public(name).select()).rejects.toMatchObject(denied)
  }
  for (const columns of ['request_id', 'claim_id', 'attempts']) {
    await expect(db.public('claimant_links').select(columns)).rejects.toMatchObject(denied)
  }
  await expect(db.public('claimant_links').update({ attempts: 0 })).rejects.toMatchObject(denied)
  await expect(db.public('claimant_requests').update({ outcome: 'opened' })).rejects.toMatchObject(
    denied,
  )
  await expect(db.staff.raw(`select * from copies_of('\\x00', 'claim')`)).rejects.toMatchObject(
    denied,
  )
  expect((await db.public.raw(`select * from copies_of('\\x00', 'claim')`)).rows).toEqual([])
})

test('a copy of the whole database reads as noise after somebody has asked, opened and looked', async () => {
  const email = 'marker-4477@marker-mail.example'
  const markers = ['뷁마커', 'marker-4477', '1087650099', '뷁•커', 'm•••@marker-mail', '뷁마']
  await portal.claim({ email, name: '뷁마커', phone: '+821087650099' })
  const { superuser } = portal.database.db
  const agent = visitor()
  const { code, link } = await portal.ask(agent, email)
  await typeCode(agent, code)
  await portal.answered(agent)
  const page = await mine(agent)
  expect(page.text).toContain('뷁•커')
  // And an address that no worker has read yet.
  const sealer = createSealer({ intakePublicKey: portal.keys.INTAKE_PUBLIC_KEY })
  await superuser.transaction(async (tx) => {
    await askForLink({ ...portal.site.deps, db: tx, sealer }, email)
    await tx('outbox').where({ job: 'answer-access', handed_at: null }).delete()
  })
  expect(await superuser('claimant_requests').whereNotNull('box')).toHaveLength(1)

  const token = link.split('/').at(-1)!
  const bytes = Buffer.from(token, 'base64url').toString('hex')
  const found = findTraces(await dumpOf(portal.database), [...markers, token, bytes])
  expect(found).toEqual([])
  expect(portal.worker.logged.join('') + portal.site.logged.join('')).not.toMatch(/marker-4477|뷁/)
})
