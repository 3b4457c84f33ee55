import { readPackContent } from '../../server/authority/pack-content'
import { confirmationText, type Presented } from '../../server/claims/confirmation-box'
import { giveCode, giveLink } from '../../server/claims/give-confirmation'
import { newId } from '../../server/kernel/ids'
import { createSealer } from '../../server/vault/sealer'
import { createWorkerVault } from '../../server/vault/vault'
import { limits } from '../../server/limits'
import { createTestApp, testKeys, type Agent } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { fileClaim, fillSteps, post } from '../support/filing'
import { loadTestMatters, signedMatter, testDocuments, testMatter } from '../support/test-matters'
import { workOff } from '../support/verification'

let database: TestDatabase
let now: Date
const clock = { now: () => now }
const keys = testKeys()
const base = '/matters/test-signed/file'

beforeEach(async () => {
  now = new Date('2026-02-01T05:03:00Z')
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator, [testMatter(), signedMatter()])
})
afterEach(() => database.drop())

function visitor(): Agent {
  return createTestApp({ surface: 'public', database, keys, clock }).agent()
}
/** The answer of the page after the worker has checked what was pressed or typed. */
async function press(agent: Agent, path: string, fields: Record<string, unknown> = {}) {
  const answer = await post(agent, path, fields)
  await workOff(database, keys, clock)
  return agent.get(answer.headers['location'] as string)
}
const row = (table: string) => database.db.superuser(table).first()
const entries = async (kind: string) =>
  (
    await database.db
      .superuser('ledger_private as p')
      .join('ledger_entries as e', 'e.id', 'p.entry_id')
      .where('e.kind', kind)
      .select('p.private')
  ).map(({ private: text }) => JSON.parse(text))

/** Fills everything in and signs as the page says. */
async function sign(agent: Agent, fields: Record<string, unknown> = {}) {
  await fillSteps(agent, { base })
  const page = await agent.get(`${base}/sign`)
  const shown = /name="shown" value="([0-9a-f]{64})"/.exec(page.text)?.[1]
  return post(agent, `${base}/sign`, {
    shown,
    read_to_end: 'yes',
    signature: '김민준',
    ...fields,
  })
}

async function fileSigned(agent: Agent) {
  await sign(agent)
  const answer = await post(agent, `${base}/submit`, {}, `${base}/review`)
  expect(answer.headers['location']).toBe('/matters/test-signed/filed')
}

test('the documents stand on the page in full with the person’s details, and are signed before they are filed', async () => {
  const agent = visitor()
  await fillSteps(agent, { base })
  const early = await agent.get(`${base}/review`)
  expect(early.headers['location']).toBe(`${base}/sign`)
  const page = await agent.get(`${base}/sign`)
  for (const shown of [
    '시험 위임장',
    '시험 위임계약서',
    '김 민준',
    '송파대로 570',
    '소의 취하',
    '시험법무법인에',
  ]) {
    expect(page.text).toContain(shown)
  }
  const unread = await sign(agent, { read_to_end: '' })
  expect(unread.status).toBe(422)
  expect(unread.text).toContain('value="김민준"')
  const other = await sign(agent, { signature: '이민준' })
  expect(other.status).toBe(422)
  expect((await sign(agent)).headers['location']).toBe(`${base}/review`)
})

test('what was changed after it was shown is not signed, and what is changed after it was signed is signed again', async () => {
  const agent = visitor()
  const answer = await sign(agent, { shown: '0'.repeat(64) })
  expect(answer.status).toBe(422)
  expect(answer.text).toContain('서류의 내용이 바뀌었습니다')
  await sign(agent)
  await post(agent, `${base}/about-you`, {
    full_name: '박민준',
    email: 'minjun.kim@example.com',
    phone: '010 1234 5678',
    born: '19850304',
    home_country: 'KR',
    home_postcode: '05510',
    home_line1: '서울특별시 송파구 송파대로 570',
  })
  expect((await agent.get(`${base}/review`)).headers['location']).toBe(`${base}/sign`)
})

test('a drawing counts like a typed name, and nothing is asked of it but that it is more than a dot', async () => {
  const agent = visitor()
  const drawn = (strokes: number[][], width = 600) =>
    sign(agent, { signature: '', signature_drawn: JSON.stringify({ width, height: 200, strokes }) })
  const cross = [
    [10, 10, 30, 40, 60, 80],
    [60, 10, 30, 40, 10, 80],
  ]
  expect((await drawn(cross)).headers['location']).toBe(`${base}/review`)
  // Nothing, a dot, dots, a slip of the pen, and the same cross on a field where it is a speck.
  const dots = Array.from({ length: 40 }, (_, at) => [10 + at * 10, 50])
  for (const [strokes, width] of [
    [[[10, 10]]],
    [dots],
    [[[10, 10, 14, 12, 16, 13, 20, 15]]],
    [cross, 4000],
  ] as const) {
    const answer = await drawn(strokes as unknown as number[][], width)
    expect([answer.status, answer.text.includes('서명으로 보기에는 너무 짧습니다')]).toEqual([
      422,
      true,
    ])
  }
  for (const broken of ['[]', '{"width":600,"height":200,"strokes":[]}', 'x'.repeat(70_000)]) {
    expect((await sign(agent, { signature: '', signature_drawn: broken })).status).toBe(422)
  }
})

test('what was signed is sealed, its entry commits to it, and network address and device are nowhere else', async () => {
  const agent = visitor()
  void agent.set('User-Agent', 'Marked Browser 1')
  await fileSigned(agent)
  const pack = await row('authority_packs')
  expect(pack).toMatchObject({
    signer: 'claimant',
    documents: 'fee_agreement@1,power_of_attorney@1',
    confirmed_at: null,
  })
  const [filed] = await entries('claim.filed')
  expect(filed).toMatchObject({
    pack: pack.id,
    document: pack.document_sha256.toString('hex'),
    packRecord: pack.sha256.toString('hex'),
  })
  const vault = createWorkerVault(
    { db: database.db.worker, clock, limits },
    {
      vaultKey: keys.VAULT_KEY,
      intakePublicKey: keys.INTAKE_PUBLIC_KEY,
      intakeSecretKey: keys.INTAKE_SECRET_KEY,
      indexKey: keys.INDEX_KEY,
    },
  )
  const { packs } = await vault.admit(pack.claim_id, 'test')
  const content = readPackContent(packs[0]!.content)
  expect(content.device).toBe('Marked Browser 1')
  expect(content.address).not.toBe('')
  expect(content.core.signature).toEqual({ kind: 'typed', text: '김민준' })
  expect(JSON.stringify(content.core.documents)).toContain('김 민준')
  expect(JSON.stringify(content.core)).not.toContain('Marked')
  const read = database.db.public('authority_packs').select('ciphertext')
  await expect(read).rejects.toMatchObject({ code: '42501' })
})

test('the mailed link shows again what was signed, and only its button counts it', async () => {
  await fileSigned(visitor())
  const { token } = await workOff(database, keys, clock)
  const path = `/claims/confirm/${token}`
  const page = await visitor().get(path)
  for (const shown of ['시험 위임장', '김 민준', '소의 취하', '시험 위임계약서']) {
    expect(page.text).toContain(shown)
  }
  expect((await row('authority_packs')).confirmed_at).toBeNull()
  await press(visitor(), path)
  expect(await row('claims')).toMatchObject({ state: 'verified' })
  const pack = await row('authority_packs')
  expect(pack).toMatchObject({ confirmed_at: now, confirmed_how: 'link' })
  expect(await entries('authority.confirmed')).toEqual([
    expect.objectContaining({ pack: pack.id, how: 'link', matter: 'test-signed' }),
  ])
  expect(await row('claim_authority')).toMatchObject({
    pack_id: pack.id,
    key: `${pack.firm_id} ${pack.documents}`,
  })
})

test('a link whose copy is gone confirms nothing unseen', async () => {
  await fileSigned(visitor())
  const { token } = await workOff(database, keys, clock)
  await database.db.superuser('claimant_copies').where({ kind: 'signed' }).delete()
  const page = await post(visitor(), `/claims/confirm/${token}`, {}, '/claims/confirm')
  expect(page.text).toContain('지금 보여 드릴 수 없어')
  expect(await row('claims')).toMatchObject({ state: 'unverified' })
})

test('a code typed where nothing was shown confirms the address alone; under what was signed it counts for both', async () => {
  const agent = visitor()
  await fileSigned(agent)
  const { number } = await row('claims')
  const { code, token } = await workOff(database, keys, clock)
  const elsewhere = await press(visitor(), '/claims/confirm', { number, code })
  expect(elsewhere.text).toContain('서명은 아직 확인되지 않았습니다')
  expect(await row('claims')).toMatchObject({ state: 'verified' })
  expect((await row('authority_packs')).confirmed_at).toBeNull()
  expect((await row('claim_authority')).key).toBe('')
  // The link of the same mail is still good for the signature.
  expect((await visitor().get(`/claims/confirm/${token}`)).text).toContain('시험 위임장')

  const page = await agent.get('/matters/test-signed/filed/code')
  expect(page.text).toContain('시험 위임장')
  const done = await press(agent, '/matters/test-signed/filed/code', { code })
  expect(done.headers['location']).toBe('/matters/test-signed/filed')
  expect(await row('authority_packs')).toMatchObject({ confirmed_how: 'code', confirmed_at: now })
})

test('a document cannot change under its version, and a new version is signed anew by drafts', async () => {
  const agent = visitor()
  await sign(agent)
  const changed = [
    { ...testDocuments[0], title: { ko: '다른 위임장', en: 'Other' } },
    testDocuments[1],
  ]
  await expect(
    loadTestMatters(database.db.migrator, [testMatter(), signedMatter({ documents: changed })]),
  ).rejects.toThrow('give it version 2')
  const newer = [{ ...changed[0], version: 2 }, testDocuments[1]]
  await loadTestMatters(database.db.migrator, [testMatter(), signedMatter({ documents: newer })])
  expect((await agent.get(`${base}/review`)).headers['location']).toBe(`${base}/sign`)
  await expect(fileClaim(agent, { base })).rejects.toThrow('/review answered 303')
})

test('no login changes a confirmation or gives back force, and the public one signs for nobody’s confirmed claim', async () => {
  await fileSigned(visitor())
  const { token } = await workOff(database, keys, clock)
  await press(visitor(), `/claims/confirm/${token}`)
  const pack = await row('authority_packs')
  const { superuser, public: open, worker } = database.db
  const own = (db: typeof worker) => db('authority_packs').where({ id: pack.id })
  await expect(own(open).update({ confirmed_how: 'code' })).rejects.toMatchObject({ code: '42501' })
  await expect(own(open).update({ superseded_at: now })).rejects.toMatchObject({ code: '42501' })
  const undone = { confirmed_at: null, confirmed_how: null, entry_id: null }
  await expect(own(worker).update(undone)).rejects.toThrow('never changed')
  const another = { ...pack, ...undone, id: pack.claim_id, rendered: false }
  await expect(open('authority_packs').insert(another)).rejects.toMatchObject({ code: '42501' })
  await own(superuser).update({ superseded_at: now })
  await expect(own(worker).update({ superseded_at: null })).rejects.toThrow('never gets it again')
})

test('whoever holds the public surface makes no signature count: the link or code has to be shown to the worker', async () => {
  await fileSigned(visitor())
  const { token, code } = await workOff(database, keys, clock)
  const { public: open } = database.db
  const pack = await row('authority_packs')
  const { number, id: claimId } = await row('claims')
  const count = { confirmed_at: now, confirmed_how: 'link', entry_id: pack.id }
  const denied = { code: '42501' }
  for (const tried of [
    open('authority_packs').where({ id: pack.id }).update(count),
    open('claims').where({ id: claimId }).update({ state: 'verified' }),
    open('claims').where({ id: claimId }).update({ revision: 7 }),
    open('verifications').update({ attempts: 0 }),
    open('verifications').select('attempts'),
    open('confirmations').update({ outcome: 'confirmed' }),
    open('confirmations').select('box'),
    ...['authority.confirmed', 'claim.verified'].map((kind) =>
      open('ledger_entries').insert({ id: pack.id, kind, at: now, entry: '{}' }),
    ),
  ]) {
    await expect(tried).rejects.toMatchObject(denied)
  }

  // What it can do is send what it likes to the worker.
  const sealer = createSealer({ intakePublicKey: keys.INTAKE_PUBLIC_KEY })
  const deps = { db: open, clock, sealer }
  const forged = async (presented: Presented) => {
    const id = newId(now.getTime())
    const box = sealer.sealToWorker('confirmation', id, confirmationText(presented))
    await open('confirmations').insert({ id, claim_id: claimId, box, created_at: now })
    await open('outbox').insert({
      job: 'confirm-claim',
      payload: { confirmationId: id },
      created_at: now,
    })
    await workOff(database, keys, clock)
    return (await open('confirmations').where({ id }).first('outcome')).outcome
  }
  const seen = pack.id
  const wrong = code === '000000' ? '000001' : '000000'
  expect(await forged({ token: 'A'.repeat(43), seen })).toBe('refused')
  expect(await forged({ code: wrong, seen })).toBe('refused')
  expect(await row('claims')).toMatchObject({ state: 'unverified' })
  expect((await row('verifications')).attempts).toBe(1)
  expect((await row('authority_packs')).confirmed_at).toBeNull()
  expect(await entries('confirmation.refused')).toHaveLength(2)

  // The right one twice, and by both ways at once: one confirmation, one entry.
  const given = [
    (await giveCode(deps, number, code, seen))!.given,
    (await giveLink(deps, token, seen)).given,
    (await giveLink(deps, token, seen)).given,
  ]
  await workOff(database, keys, clock)
  const outcomes = await open('confirmations')
    .whereIn('id', given as string[])
    .pluck('outcome')
  expect(outcomes).toEqual(['confirmed', 'confirmed', 'confirmed'])
  expect(await row('authority_packs')).toMatchObject({ confirmed_how: 'code', confirmed_at: now })
  expect(await entries('authority.confirmed')).toHaveLength(1)
  expect(await entries('claim.verified')).toHaveLength(1)
  const boxes = await database.db.superuser('confirmations').whereNotNull('box')
  expect(boxes).toEqual([])
})

test('a row that says another thing than what was sealed has no force: its person signs again', async () => {
  await fileSigned(visitor())
  const pack = await row('authority_packs')
  await database.db.superuser('authority_packs').update({ needs_guardian: true })
  const { token } = await workOff(database, keys, clock)
  await press(visitor(), `/claims/confirm/${token}`)
  expect(await row('claims')).toMatchObject({ state: 'verified', incomplete: true })
  expect(await row('authority_packs')).toMatchObject({ id: pack.id, confirmed_at: null })
  expect((await row('authority_packs')).superseded_at).toEqual(now)
  expect(await entries('authority.superseded')).toEqual([
    expect.objectContaining({ packs: pack.id, reason: 'row_differs' }),
  ])
})
