import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { openPortal, type Portal } from '../claims/access/portal'
import { newId } from '../../server/kernel/ids'
import { act } from '../moderation/desk'
import { makeAccount, signIn } from '../support/account'
import { createTestApp, csrfFrom, postForm, type Agent, type TestApp } from '../support/app'
import { until } from '../support/until'
import { claimantOf, idOf, listOf, photo, settled, upload, type Claimant } from './uploads'

let portal: Portal
let home: string
let staff: TestApp
let moderator: Agent
let original: Buffer
let me: Claimant
let id: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'joinder-documents-'))
  portal = await openPortal({ env: { JOINDER_HOME: home } })
  const { database, keys } = portal
  staff = createTestApp({ surface: 'staff', database, keys, env: { JOINDER_HOME: home } })
  moderator = await signedIn('moderator')
  original = await photo({ width: 3000, height: 2000 })
  ;[me, id] = await withPhoto(original)
})
afterAll(async () => {
  await portal.close()
  await rm(home, { recursive: true, force: true })
})

const table = (name: string) => portal.database.db.superuser(name)

async function signedIn(role: 'moderator' | 'administrator' | 'counsel'): Promise<Agent> {
  const { firm_id: firm } = await table('matters').where({ slug: 'test-breach' }).first('firm_id')
  const account = { role, name: '정민호', firmId: role === 'counsel' ? firm : null }
  return signIn(staff, await makeAccount(portal.database, account))
}

const openingsOf = async ({ claim }: Claimant) =>
  (
    await table('opening_claims as o')
      .join('ledger_private as p', 'p.entry_id', 'o.entry_id')
      .where('o.claim_id', claim.id)
      .orderBy('o.entry_id')
      .select('p.private')
  )
    .map((row) => JSON.parse(row.private))
    .filter((facts) => facts.person !== undefined)
    .map((facts) => facts.purpose)

/** A claimant with one received photo whose view is made. */
async function withPhoto(bytes: Buffer, name = '신분증 앞면.jpg'): Promise<[Claimant, string]> {
  const someone = await claimantOf(portal)
  await upload(someone, { name, bytes })
  await settled(someone)
  const sent = await idOf(portal, someone)
  await viewMade(sent)
  return [someone, sent]
}

const viewMade = (one: string) =>
  until('the view is made', async () => {
    const row = await table('evidence').where({ id: one }).first('view')
    return row.view !== 'waiting'
  })

test('staff see a re-encoded view without the place, and the original byte for byte, each on the record', async () => {
  expect(original.includes('Marked-Phone-7')).toBe(true)
  const masked = (await moderator.get(`/claims/${me.claim.id}`)).text
  expect(masked).toContain('유출 통지 (메일, 문자, 앱 화면)')
  expect(masked).toContain('JPEG')
  expect(masked).not.toContain('신분증')
  expect(masked).not.toContain('<img')
  expect(await openingsOf(me)).toEqual([])

  const page = (await act(moderator, me.claim, 'open', { purpose: 'identity_check' })).text
  expect(page).toContain('신분증 앞면.jpg')
  const src = /<img src="([^"]+)"/.exec(page)![1]!
  const view = await moderator.get(src).responseType('blob')
  expect([view.status, view.headers['content-type']]).toEqual([200, 'image/jpeg'])
  expect(view.headers['content-security-policy']).toContain('sandbox')
  expect(view.headers['cache-control']).toBe('no-store')
  const seen = await sharp(view.body as Buffer).metadata()
  // Turned as the phone was held, made smaller, and nothing else left of it.
  expect([seen.width, seen.height, seen.exif]).toEqual([1333, 2000, undefined])
  expect((view.body as Buffer).includes('Marked-Phone-7')).toBe(false)
  expect(await openingsOf(me)).toEqual(['identity_check'])

  const got = await moderator
    .post(`/claims/${me.claim.id}/documents/${id}/original`)
    .type('form')
    .send({ _csrf: csrfFrom(page) })
    .responseType('blob')
  expect((got.body as Buffer).equals(original)).toBe(true)
  expect(got.headers['content-disposition']).toContain(
    `filename*=UTF-8''${encodeURIComponent('신분증 앞면.jpg')}`,
  )
  expect(got.headers['content-disposition']).toMatch(/^attachment/)
  expect(got.headers['x-content-type-options']).toBe('nosniff')
  expect(got.headers['content-type']).toBe('application/octet-stream')
  expect(await openingsOf(me)).toEqual(['identity_check', 'document_download'])
  await until('the claimant sees it', async () => {
    const own = await me.agent.get(`/claims/mine/${me.claim.number}`).set('Accept', 'text/html')
    return own.text.includes('올리신 자료의 원본을 내려받아 보기 위해')
  })
})

test('no byte of a view is read without an opening of one’s own, of this claim, a little while ago', async () => {
  const other = await portal.claim({ email: 'other@example.com' })
  const [theirs, counsel] = [await signedIn('administrator'), await signedIn('counsel')]
  const page = (await act(moderator, me.claim, 'open', { purpose: 'review' })).text
  const src = /<img src="([^"]+)"/.exec(page)![1]!
  expect((await moderator.get(src)).status).toBe(200)
  expect((await theirs.get(src)).status).toBe(404)
  expect((await counsel.get(src)).status).toBe(403)
  expect((await staff.agent().get(src).set('Accept', 'text/html')).status).toBe(303)
  expect((await moderator.get(src.replace(me.claim.id, other.id))).status).toBe(404)
  expect((await moderator.get(src.replace(/view\/[^/]+/, `view/${id}`))).status).toBe(404)
  let now = Date.now()
  const later = createTestApp({
    surface: 'staff',
    database: portal.database,
    keys: portal.keys,
    env: { JOINDER_HOME: home },
    clock: { now: () => new Date(now) },
  })
  const account = await makeAccount(portal.database, { role: 'moderator', name: '한지우' })
  const patient = await signIn(later, account)
  const own = (await act(patient, me.claim, 'open', { purpose: 'review' })).text
  const image = /<img src="([^"]+)"/.exec(own)![1]!
  expect((await patient.get(image)).status).toBe(200)
  now += 16 * 60_000
  expect((await patient.get(image)).status).toBe(404)
})

test('one file is destroyed for a reason: keys and files go, the person is told, the list says so', async () => {
  const [one, bad] = await withPhoto(await photo(), '주민등록증 사진.jpg')
  await upload(one, { name: '남는 사진.jpg', bytes: await photo() })
  await settled(one)
  const path = `/claims/${one.claim.id}/documents/${bad}/destroy`
  const without = await postForm(moderator, path, {})
  expect([without.status, without.text.includes('지우는 이유를 골라 주세요')]).toEqual([422, true])
  const files = await table('evidence_objects').where({ evidence_id: bad }).pluck('id')
  expect(files).toHaveLength(2)
  const page = (await act(moderator, one.claim, 'open', { purpose: 'review' })).text
  const src = /<img src="([^"]+)"/.exec(page.slice(page.indexOf('주민등록증 사진')))![1]!

  const done = await postForm(moderator, path, { reason: 'resident_number' })
  expect([done.status, done.headers['location']]).toEqual([
    303,
    `/claims/${one.claim.id}#documents`,
  ])
  expect(await table('evidence_keys').where({ evidence_id: bad })).toEqual([])
  expect(await table('evidence').where({ id: bad }).first()).toMatchObject({
    state: 'destroyed',
    reason: 'resident_number',
    about: null,
  })
  expect((await moderator.get(src)).status).toBe(404)
  const mail = await portal.mailbox.waitFor(
    ({ to, subject }) => to === one.email && subject.includes('증거자료를 지웠습니다'),
  )
  expect(mail.text).toContain('주민등록번호는 받지 않습니다')
  expect(mail.raw + mail.text).not.toContain('주민등록증 사진')
  await until('the files are gone', async () => {
    const stored = (await readdir(join(home, 'evidence'), { recursive: true })).join(' ')
    return files.every((file) => !stored.includes(file))
  })
  await until('the name is gone', async () => !(await listOf(one)).includes('주민등록증 사진'))
  const list = await settled(one)
  expect(list).toContain('주민등록번호가 있어 지웠습니다')
  expect(list).toContain('남는 사진.jpg')
  const history = (await moderator.get(`/claims/${one.claim.id}`)).text
  expect(history).toContain('자료 지움')
  expect(history).toContain('주민등록번호가 보임')
  // A second time there is nothing left to do, and nothing is written.
  await postForm(moderator, path, { reason: 'sensitive' }, { from: `/claims/${one.claim.id}` })
  const destroyed = await table('ledger_private')
    .where({ claim_id: one.claim.id })
    .whereRaw(`private like '%evidence.destroyed%'`)
  expect(destroyed).toHaveLength(1)
})

test('a document whose ciphertext or key was exchanged for another’s opens nowhere', async () => {
  await upload(me, { name: '둘째.jpg', bytes: await photo() })
  await settled(me)
  const second = await idOf(portal, me)
  await viewMade(second)
  const page = (await act(moderator, me.claim, 'open', { purpose: 'review' })).text
  const src = [...page.matchAll(/<img src="([^"]+)"/g)]
    .map(([, one]) => one!)
    .find((one) => one.includes(id))!
  const files = async (of: string) =>
    (await table('evidence_objects').where({ evidence_id: of, part: 'view' }).first('id')).id
  const [a, b] = [await files(id), await files(second)]
  const storage = portal.worker.deps.storage
  const kept = await storage.get(a)
  await storage.put(a, await storage.get(b))
  expect((await moderator.get(src)).status).toBe(500)
  const key = await table('evidence_keys').where({ evidence_id: second, part: 'view' }).first()
  await table('evidence_keys')
    .where({ evidence_id: id, part: 'view' })
    .update({ wrapped: key.wrapped })
  expect((await moderator.get(src)).status).toBe(500)
  await storage.put(a, kept)
  expect((await moderator.get(src)).status).toBe(500)
})

test('what a destroyed document was there for is missing again, unless another of its kind is left', async () => {
  const [one, first] = await withPhoto(await photo())
  await upload(one, { name: '또 하나.jpg', bytes: await photo() })
  await settled(one)
  const documents = await table('evidence').where({ claim_id: one.claim.id })
  const { kind } = documents[0]
  expect(documents.map((document) => document.kind)).toEqual([kind, kind])
  const need = { id: newId(), claim_id: one.claim.id, kind: 'document', ref: kind, required: true }
  const at = new Date()
  await table('needs').insert({ ...need, source: 'rule', asked_at: at, met_at: at })
  const destroy = (id: string) =>
    postForm(moderator, `/claims/${one.claim.id}/documents/${id}/destroy`, { reason: 'sensitive' })
  const incomplete = async () =>
    (await table('claims').where({ id: one.claim.id }).first('incomplete')).incomplete
  await destroy(first)
  expect(await incomplete()).toBe(false)
  await destroy(documents.find(({ id }) => id !== first).id)
  expect(await table('needs').where({ id: need.id }).first()).toMatchObject({ met_at: null })
  expect(await incomplete()).toBe(true)
})
