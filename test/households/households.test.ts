import { readClaimContent } from '../../server/claims/claim-content'
import { readPackContent } from '../../server/authority/pack-content'
import { householdIdOf } from '../../server/households/household'
import { limits } from '../../server/limits'
import { newId } from '../../server/kernel/ids'
import { systemClock } from '../../server/kernel/clock'
import { createWorkerVault } from '../../server/vault/vault'
import { makeAccount, signIn } from '../support/account'
import { createTestApp, postForm, type Agent } from '../support/app'
import { dumpOf, findTraces } from '../support/dump'
import { numberOn, post, typedSteps } from '../support/filing'
import { loadTestMatters, signedMatter, testMatter } from '../support/test-matters'
import { until } from '../support/until'
import { minorForm } from '../authority/minor-form'
import {
  confirmed,
  openSignedPortal,
  signedBase,
  signOn,
  type SignedPortal,
} from '../authority/signed-portal'

/** One person files for the others of their household: each with a signature and a confirmation of their own. */
let portal: SignedPortal
beforeAll(async () => {
  portal = await openSignedPortal()
})
afterAll(() => portal.close())

const carried = `${signedBase}/carried`
const filed = '/matters/test-signed/filed'
const member = `${filed}/member`

const claimOf = (number: string) => portal.database.db.superuser('claims').where({ number }).first()
const householdRow = async (number: string) =>
  portal.database.db
    .superuser('household_claims as h')
    .join('claims as c', 'c.id', 'h.claim_id')
    .where('c.number', number)
    .first('h.*')

/** Files one's own claim in this browser, and confirms it under its mailed link. */
async function fileOwn(agent: Agent, email: string, name = '김민준'): Promise<string> {
  await fill(agent, { name, email, born: '19850304' })
  await consent(agent)
  return submit(agent, name)
}

async function fill(
  agent: Agent,
  { name, email, born, ...more }: { name: string; email: string; born: string } & Fields,
  base = signedBase,
): Promise<void> {
  for (const step of ['eligibility', 'about-you', 'what-happened']) {
    const own = step === 'about-you' ? { full_name: name, email, born } : {}
    const answer = await post(agent, `${base}/${step}`, { ...typedSteps[step], ...own, ...more })
    expect([step, answer.status]).toEqual([step, 303])
  }
}
type Fields = Record<string, string>

const consent = (agent: Agent, base = signedBase) =>
  post(agent, `${base}/consents`, typedSteps['consents']!)

async function submit(agent: Agent, signature: string, base = signedBase): Promise<string> {
  expect((await signOn(agent, `${base}/sign`, { signature })).status).toBe(303)
  const answer = await post(agent, `${base}/submit`, {}, `${base}/review`)
  expect(answer.headers['location']).toBe(base.replace(/file$/, 'filed'))
  return numberOn((await agent.get(answer.headers['location'] as string)).text)
}

async function confirm(number: string): Promise<string> {
  const { text, to } = await portal.mailbox.waitFor(
    (mail) => mail.text.includes('/claims/confirm/') && mail.subject.includes(number),
  )
  const agent = portal.site.agent()
  const link = /\/claims\/confirm\/[A-Za-z0-9_-]{43}/.exec(text)![0]
  await confirmed(await post(agent, link, {}), agent)
  return to
}

async function opened(number: string, signer = 'claimant') {
  await until('it is screened', async () => (await claimOf(number)).screened_at !== null)
  const { id } = await claimOf(number)
  const { database, keys } = portal
  const vault = createWorkerVault(
    { db: database.db.worker, clock: systemClock, limits },
    {
      vaultKey: keys.VAULT_KEY,
      intakePublicKey: keys.INTAKE_PUBLIC_KEY,
      intakeSecretKey: keys.INTAKE_SECRET_KEY,
      indexKey: keys.INDEX_KEY,
    },
  )
  const opening = await vault.beginOpening([id], {
    actor: { kind: 'job', job: 'take-signing', run: newId() },
    purpose: 'signing',
  })
  const { answers } = (await opening.read([id])).get(id)!
  const packs = await opening.readPacks([id])
  const cores = packs.map(({ content }) => readPackContent(content).core)
  const core = cores.find((one) => one.signer.role === signer)!
  return { content: readClaimContent(answers), core }
}

const mine = { who: 'member', relation: 'parent', mail: 'mine' }

test('somebody without an address of their own signs on this device with their own name, and the papers say so', async () => {
  const agent = portal.site.agent()
  const first = await fileOwn(agent, 'family@example.com')
  await confirm(first)
  expect((await agent.get(filed)).text).toContain(`href="${member}"`)
  const nothing = await post(agent, member, {})
  expect(nothing.status).toBe(422)
  expect(nothing.text).toContain('나와 어떤 관계인지 골라 주세요')
  const answer = await post(agent, member, mine)
  expect(answer.headers['location']).toBe(carried)
  const page = await agent.get(carried).set('Accept', 'text/html')
  for (const shared of ['송파대로 570', 'family@example.com']) expect(page.text).toContain(shared)
  for (const own of ['김 민준', '김민준', '1985', '010-1234-5678']) {
    expect(page.text).not.toContain(own)
  }
  await post(agent, carried, {})
  const about = await agent.get(`${signedBase}/about-you`).set('Accept', 'text/html')
  // Not before the first step; which says whose form it is.
  expect(about.headers['location']).toBe(`${signedBase}/eligibility`)
  expect((await agent.get(`${signedBase}/eligibility`)).text).toContain('가족의 신청서입니다: 부모')
  await fill(agent, { name: '이영희', email: 'family@example.com', born: '19580910' })
  const consents = await agent.get(`${signedBase}/consents`)
  expect(consents.text).not.toMatch(/name="consent_[a-z]+"[^>]*checked/)
  await consent(agent)
  expect((await signOn(agent, `${signedBase}/sign`, { signature: '김민준' })).status).toBe(422)
  const second = await submit(agent, '이영희')
  expect(second).not.toBe(first)
  expect(await confirm(second)).toBe('family@example.com')

  const founder = await claimOf(first)
  const household = householdIdOf(founder.id)
  expect(await householdRow(first)).toMatchObject({ household_id: household, role: 'founder' })
  expect(await householdRow(second)).toMatchObject({
    household_id: household,
    role: 'member',
    how: 'device',
  })
  const { content, core } = await opened(second)
  expect(content.household).toEqual({
    role: 'member',
    relation: 'parent',
    how: 'device',
    filer: first,
  })
  expect(core.signer).toEqual({ role: 'claimant', name: '이영희' })
  expect(core.household).toMatchObject({ how: 'device', filer: first })
  // One address, one phone, one home: nobody is taken for somebody else.
  expect((await claimOf(second)).duplicate_of).toBeNull()
  await portal.rendered(second)

  // A third goes on from the second, and is of the same household.
  await post(agent, member, { ...mine, relation: 'spouse' })
  await post(agent, carried, {})
  await fill(agent, { name: '박서연', email: 'family@example.com', born: '19870101' })
  await consent(agent)
  const third = await submit(agent, '박서연')
  expect(await householdRow(third)).toMatchObject({ household_id: household })
  expect((await opened(third)).content.household).toMatchObject({ filer: first })

  const lists = await portal.letIn('family@example.com')
  const own = await lists.get(`/claims/mine/${first}`).set('Accept', 'text/html')
  expect(own.text).toContain('우리 가족의 신청')
  for (const number of [second, third]) expect(own.text).toContain(number)
  const theirs = await lists.get(`/claims/mine/${second}`).set('Accept', 'text/html')
  expect(theirs.text).toContain('한 가족의 신청으로 함께 기록되어 있습니다')
  expect(theirs.text).not.toContain(third)

  // Staff see that it is one household, and not who is what to whom before they open it.
  const account = await makeAccount(portal.database, { role: 'moderator', name: '심사관' })
  const staff = createTestApp({
    surface: 'staff',
    database: portal.database,
    keys: portal.keys,
  })
  const desk = await signIn(staff, account)
  const { id } = await claimOf(second)
  const shown = await desk.get(`/claims/${id}`).set('Accept', 'text/html')
  expect(shown.text).toContain('이 사건에 신청한 가족 3명')
  expect(shown.text).toContain(first)
  expect(shown.text).not.toContain('먼저 낸 분과의 관계')
  const queue = await desk.get('/queue').set('Accept', 'text/html')
  expect(queue.text).toContain('가족 3명')
  const open = await postForm(
    desk,
    `/claims/${id}/open`,
    { purpose: 'identity_check' },
    { from: `/claims/${id}` },
  )
  expect(open.text).toContain('먼저 낸 분과의 관계')
}, 60_000)

test('whoever has a mailbox agrees and signs from there, and the browser that filled the form in opens nothing of it', async () => {
  const agent = portal.site.agent()
  const first = await fileOwn(agent, 'son@example.com')
  const same = await post(agent, member, { ...mine, mail: 'own', member_email: 'SON@example.com' })
  expect(same.status).toBe(422)
  await post(agent, member, { ...mine, mail: 'own', member_email: 'mother@example.com' })
  const began = await post(agent, carried, {})
  const kept = /draft=([A-Za-z0-9_-]{43})/.exec(String(began.headers['set-cookie']))![1]
  await fill(agent, { name: '최순자', email: 'mother@example.com', born: '19550505' })
  const handOver = `${signedBase}/hand-over`
  for (const step of ['consents', 'sign', 'review']) {
    expect((await agent.get(`${signedBase}/${step}`)).headers['location']).toBe(handOver)
  }
  // Sent past the page, it counts for nothing.
  await post(agent, `${signedBase}/consents`, typedSteps['consents']!, handOver)
  const early = await post(agent, `${signedBase}/submit`, {}, handOver)
  expect(early.headers['location']).toBe(handOver)
  const sent = await post(agent, handOver, {})
  expect(sent.headers['location']).toMatch(/handed-over\?mail=/)

  const mail = await portal.mailbox.waitFor(({ to }) => to === 'mother@example.com')
  expect(mail.subject).toContain('가족이 적은 신청서')
  const handed = sent.headers['location'] as string
  await until('the page says that the link was sent', async () => {
    const page = await agent.get(handed)
    expect(page.status).toBe(200)
    return page.text.includes('링크를 보냈습니다')
  })
  const old = portal.site.agent()
  old.jar.setCookie(`draft=${kept}; Path=/matters/test-signed`, '127.0.0.1', '/')
  for (const browser of [agent, old]) {
    expect((await browser.get(`${signedBase}/review`)).headers['location']).toBe(
      `${signedBase}/eligibility`,
    )
  }

  const mother = portal.site.agent()
  const link = /\/matters\/test-signed\/file\/continue\/[A-Za-z0-9_-]{43}/.exec(mail.text)![0]
  const step = await post(mother, link, {})
  expect(step.headers['location']).toBe(`${signedBase}/consents`)
  const consents = await mother.get(`${signedBase}/consents`)
  expect(consents.text).toContain('가족이 대신 적은 신청서입니다')
  expect(consents.text).not.toMatch(/name="consent_[a-z]+"[^>]*checked/)
  await consent(mother)
  const second = await submit(mother, '최순자')
  expect(await confirm(second)).toBe('mother@example.com')
  const [one, two] = [await householdRow(first), await householdRow(second)]
  expect(two).toMatchObject({ household_id: one.household_id, role: 'member', how: 'link' })
}, 60_000)

test('an heir files for who has died, signs as heir, and is asked for what shows it; two heirs are no duplicates', async () => {
  const agent = portal.site.agent()
  const first = await fileOwn(agent, 'heirs@example.com')
  await confirm(first)
  const numbers: string[] = []
  for (const heir of ['김민준', '김서윤']) {
    const asked = await post(agent, member, { who: 'heir', relation: 'parent', heir })
    expect(asked.headers['location']).toBe(carried)
    await post(agent, carried, {})
    await fill(agent, { name: '김영수', email: 'heirs@example.com', born: '19400101' })
    await consent(agent)
    // The name of who has died signs nothing.
    const dead = await signOn(agent, `${signedBase}/sign`, { signature: '김영수' })
    expect(dead.status).toBe(422)
    const page = await agent.get(`${signedBase}/sign`)
    expect(page.text).toContain(`${heir} (망 김영수의 상속인)`)
    const number = await submit(agent, heir)
    await confirm(number)
    numbers.push(number)
  }
  for (const number of numbers) {
    const claim = await claimOf(number)
    expect([claim.state, claim.duplicate_of, claim.incomplete]).toEqual(['verified', null, true])
    const needs = await portal.database.db
      .superuser('needs')
      .where({ claim_id: claim.id, kind: 'document' })
    expect(new Set(needs.map(({ ref }) => ref))).toEqual(new Set(['death', 'family']))
    await portal.rendered(number)
  }
  const { content, core } = await opened(numbers[1]!)
  expect(content.household).toMatchObject({ role: 'heir', heir: '김서윤' })
  expect(core.signer).toEqual({ role: 'claimant', name: '김서윤', of: '김영수' })
  // The same person twice is one still, household or not.
  await post(agent, member, { ...mine, relation: 'other' })
  await post(agent, carried, {})
  await fill(agent, { name: '김민준', email: 'heirs@example.com', born: '19850304' })
  await consent(agent)
  const again = await submit(agent, '김민준')
  await until('it is screened', async () => (await claimOf(again)).screened_at !== null)
  expect((await claimOf(again)).duplicate_of).toBe((await claimOf(first)).id)
}, 60_000)

test('a child of the household signs on this device, and counts once a guardian has signed from a mailbox of their own', async () => {
  const minors = signedMatter({ slug: 'test-minors', form: minorForm() })
  await loadTestMatters(portal.database.db.migrator, [testMatter(), minors])
  const base = '/matters/test-minors/file'
  const asked = base.replace(/file$/, 'filed/member')
  const agent = portal.site.agent()
  const parent = { name: '김민준', email: 'parents@example.com', born: '19850304' }
  await fill(agent, { ...parent, adult: 'yes' }, base)
  await consent(agent, base)
  const first = await submit(agent, parent.name, base)

  await post(agent, asked, { ...mine, relation: 'child' })
  await post(agent, `${base}/carried`, {})
  await post(agent, `${base}/eligibility`, { ...typedSteps['eligibility'], adult: 'no' })
  const child = { ...parent, name: '김하늘', born: '20130505', guardian: '박서연' }
  // The mailbox that the child shares shows nothing about who signs for them.
  const about = { ...typedSteps['about-you'], full_name: child.name, ...child }
  const same = await post(agent, `${base}/about-you`, { ...about, guardian_mail: parent.email })
  expect([same.status, same.text.includes('본인의 이메일과 다른 주소')]).toEqual([422, true])
  const guardian = 'guardian@example.com'
  await fill(agent, { ...child, adult: 'no', guardian_mail: guardian }, base)
  await consent(agent, base)
  for (const other of [parent.name, child.guardian]) {
    const signed = await signOn(agent, `${base}/sign`, { signature: other })
    expect(signed.status).toBe(422)
  }
  const second = await submit(agent, child.name, base)
  expect(await confirm(second)).toBe(parent.email)
  const mark = { household_id: (await householdRow(first)).household_id, role: 'member' }
  expect(await householdRow(second)).toMatchObject({ ...mark, how: 'device' })

  const authority = async () =>
    (await portal.database.db.superuser('claim_authority').where({ number: second }).first()).key
  const { text } = await portal.mailbox.waitFor(({ to }) => to === guardian)
  expect([await authority(), (await claimOf(second)).incomplete]).toEqual(['', true])
  const link = /\/guardian\/[A-Za-z0-9_-]{43}/.exec(text)![0]
  const theirs = portal.site.agent()
  expect((await theirs.get(link)).text).toContain(child.name)
  const agreed = { consent_collection: 'yes', consent_provision: 'yes' }
  for (const [signature, status] of [[child.name, 422] as const, [child.guardian, 303] as const]) {
    expect((await signOn(theirs, link, { signature, ...agreed })).status).toBe(status)
  }
  await until('the guardian has signed', async () => (await authority()) !== '')
  expect((await claimOf(second)).incomplete).toBe(false)
  const { core } = await opened(second, 'guardian')
  expect(core.signer).toEqual({ role: 'guardian', name: child.guardian, of: child.name })
}, 60_000)

test('nobody joins a household by an id, and a copy of the database tells nothing of a family', async () => {
  const { db } = portal.database
  const member0 = await db.superuser('household_claims').where({ role: 'founder' }).first()
  const stranger = portal.site.agent()
  const number = await fileOwn(stranger, 'stranger@example.com', '남모름')
  // Whatever a form says of a household is not looked at.
  const agent = portal.site.agent()
  const forged = { household: member0.household_id, founder: member0.claim_id, number }
  for (const step of ['eligibility', 'about-you', 'what-happened', 'consents']) {
    await post(agent, `${signedBase}/${step}`, { ...typedSteps[step], ...forged })
  }
  expect((await signOn(agent, `${signedBase}/sign`, forged)).status).toBe(303)
  await post(agent, `${signedBase}/submit`, forged, `${signedBase}/review`)
  const other = numberOn((await agent.get(filed)).text)
  expect(await householdRow(other)).toBeUndefined()
  // Nor may the surface put a claim that is there already into one.
  await confirm(number)
  const claim = await claimOf(number)
  const row = {
    claim_id: claim.id,
    household_id: member0.household_id,
    role: 'member',
    how: 'device',
    joined_at: new Date(),
  }
  const joining = db.public('household_claims').insert(row)
  await expect(joining).rejects.toMatchObject({ code: '42501' })
  const founding = db.public('household_claims').insert({ ...row, role: 'founder', how: null })
  await expect(founding).rejects.toMatchObject({ code: '42501' })
  // A claim that is not open in this browser begins nothing.
  const theirs = await db.superuser('claims').where({ id: member0.claim_id }).first()
  const letIn = await portal.letIn('stranger@example.com')
  expect((await letIn.get(`/claims/mine/${theirs.number}/next/member`)).status).toBe(404)

  const traces = ['이영희', '최순자', '김서윤', 'mother@example.com', '송파대로']
  expect(findTraces(await dumpOf(portal.database), traces)).toEqual([])
}, 60_000)
