import { createHash } from 'node:crypto'
import { documentName } from '../../server/evidence/document-name'
import { memoryGate } from '../../server/evidence/memory-gate'
import { sendDocument, type SendDeps } from '../../server/evidence/send-document'
import { expireClaims } from '../../server/claims/expire-claims'
import { newCopySecret } from '../../server/vault/claimant-copies'
import { createSealer } from '../../server/vault/sealer'
import { openPortal, type Portal } from '../claims/access/portal'
import { createTestApp, csrfFrom } from '../support/app'
import { until } from '../support/until'
import { claimantOf, idOf, listOf, photo, remove, settled, upload, type Claimant } from './uploads'

let portal: Portal
let shared: Claimant
beforeAll(async () => {
  portal = await openPortal()
  shared = await claimantOf(portal)
})
afterAll(() => portal.close())

const table = (name: string) => portal.database.db.superuser(name)

async function factsOf({ claim }: Claimant, kind: string) {
  const rows = await table('ledger_private').where({ claim_id: claim.id }).orderBy('entry_id')
  return rows.map((row) => JSON.parse(row.private)).filter((facts) => facts.kind === kind)
}

const storedFiles = async () => {
  const found: string[] = []
  for await (const { id } of portal.worker.deps.storage.list()) found.push(id)
  return found
}

test('a photo is listed with its Korean name, size and hash once it was read back from the store', async () => {
  const me = await claimantOf(portal)
  const bytes = await photo()
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  // As an iPhone sends it: letter by letter.
  const sent = await upload(me, { name: '유출 안내 문자.jpg'.normalize('NFD'), bytes })
  expect([sent.status, sent.headers['location']]).toEqual([303, `${me.path}#list`])
  const list = await settled(me)
  for (const shown of ['유출 안내 문자.jpg', sha256, '받음']) expect(list).toContain(shown)
  expect(await factsOf(me, 'evidence.added')).toEqual([
    expect.objectContaining({ sha256, bytes: bytes.length, type: 'jpeg', says: 'notice' }),
  ])
  const entries = await table('ledger_private').where({ claim_id: me.claim.id })
  expect(JSON.stringify(entries)).not.toContain('유출 안내')
  // Another browser of the same person finds it too, and who looked counts it.
  const own = await me.agent.get(`/claims/mine/${me.claim.number}`).set('Accept', 'text/html')
  expect(own.text).toContain('올리신 자료를 확인하고')
})

test('without the token of the session no file is read, and another site is refused before it', async () => {
  const me = shared
  const file = { name: '사진.jpg', bytes: await photo() }
  const stale = await upload(me, file, { token: 'f'.repeat(64) })
  expect([stale.status, stale.text.includes('올리지 못했습니다')]).toEqual([403, true])
  // What was chosen is still chosen.
  expect(stale.text).toContain('<option value="notice" selected>')
  const said = await upload(me, file, { token: 'f'.repeat(64), json: true })
  expect([said.status, said.body.message]).toEqual([403, expect.stringContaining('새로 고친')])
  const foreign = await me.agent
    .post(me.path)
    .set('Sec-Fetch-Site', 'cross-site')
    .field('_csrf', csrfFrom(await listOf(me)))
    .field('kind', 'notice')
    .attach('file', file.bytes, file.name)
  expect(foreign.status).toBe(403)
  const stranger = { agent: portal.site.agent(), path: me.path }
  const token = csrfFrom((await stranger.agent.get('/claims')).text)
  expect((await upload(stranger, file, { token })).headers['location']).toBe('/claims?ended')
  expect((await upload(stranger, file, { token, json: true })).status).toBe(401)
  expect(await table('evidence').where({ claim_id: me.claim.id })).toEqual([])
})

test('a public surface that was taken over adds nothing to the claim of somebody else', async () => {
  const me = shared
  const taken: SendDeps = {
    ...portal.site.deps,
    sealer: createSealer(portal.site.deps.config.keys),
    storage: portal.worker.deps.storage,
  }
  const file = { name: '가짜.jpg', kind: 'notice', bytes: await photo() } as const
  const before = (await storedFiles()).length
  const door = { claimId: me.claim.id, secret: newCopySecret() }
  const sent = await sendDocument(taken, door, file)
  expect(sent.ok).toBe(true)
  await until('it is refused', async () => (await factsOf(me, 'evidence.refused')).length === 1)
  expect((await factsOf(me, 'evidence.refused'))[0]).toMatchObject({ why: 'not_holder' })
  expect(await table('evidence').where({ claim_id: me.claim.id })).toEqual([])
  await until('its file is gone', async () => (await storedFiles()).length === before)
  // What it says of a file must be what the file is, too.
  const secret = secretOf(me)
  const lying: SendDeps = {
    ...taken,
    storage: { ...taken.storage, put: (id, bytes) => taken.storage.put(id, flip(bytes)) },
  }
  await sendDocument(lying, { claimId: me.claim.id, secret }, file)
  await until('it is seen', async () => (await factsOf(me, 'evidence.destroyed')).length === 1)
  expect((await factsOf(me, 'evidence.destroyed'))[0]).toMatchObject({ reason: 'lost' })
})

function flip(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  changed[40]! ^= 1
  return changed
}

test('who closes their browser right after sending has still sent it', async () => {
  const me = await claimantOf(portal)
  await upload(me, { name: '사진.jpg', bytes: await photo() })
  await until('it is known whose it is', async () => {
    const row = await table('evidence').where({ claim_id: me.claim.id }).first()
    return row.state !== 'arrived'
  })
  await table('claimant_copies').where({ claim_id: me.claim.id }).delete()
  await until('it is received', async () => {
    const row = await table('evidence').where({ claim_id: me.claim.id }).first()
    return row.state === 'received'
  })
  expect(await factsOf(me, 'evidence.added')).toHaveLength(1)
})

test('a claimant takes a document back while nothing is decided, and no other can', async () => {
  const me = await claimantOf(portal)
  const other = shared
  await upload(me, { name: '잘못 올린 사진.jpg', bytes: await photo() })
  await settled(me)
  const id = await idOf(portal, me)
  expect((await remove({ ...other, path: other.path }, id)).status).toBe(404)
  await remove(me, id)
  const list = await settled(me)
  expect(list).toContain('직접 지우셨습니다')
  await until('the name is gone', async () => !(await listOf(me)).includes('잘못 올린 사진'))
  expect(await table('evidence_keys').where({ evidence_id: id })).toEqual([])
  expect(await factsOf(me, 'evidence.destroyed')).toMatchObject([{ reason: 'by_claimant' }])

  await upload(me, { name: '결정된 사진.jpg', bytes: await photo() })
  await settled(me)
  await table('claims').where({ id: me.claim.id }).update({ state: 'accepted' })
  const decided = await listOf(me)
  expect(decided).toContain('결정된 사진.jpg')
  expect(decided).not.toContain('이 파일 지우기')
  await table('claims').where({ id: me.claim.id }).update({ state: 'rejected' })
  const closed = await upload(
    me,
    { name: 'a.jpg', bytes: await photo() },
    { token: csrfFrom(decided) },
  )
  expect([closed.status, closed.text.includes('더 올릴 수 없습니다')]).toEqual([422, true])
})

test('a claim takes so many documents and so many bytes, also of those that come at once', async () => {
  const me = await claimantOf(portal)
  const limited = createTestApp({
    surface: 'public',
    database: portal.database,
    keys: portal.keys,
    config: (config) => ({
      ...config,
      limits: { ...config.limits, documentsPerClaim: 2, documentBytesPerClaim: 60_000 },
    }),
  })
  const sending: SendDeps = {
    ...limited.deps,
    sealer: createSealer(limited.deps.config.keys),
    storage: portal.worker.deps.storage,
  }
  const secret = newCopySecret()
  const door = { claimId: me.claim.id, secret }
  const send = async (bytes: Buffer) =>
    sendDocument(sending, door, { name: 'a.txt', kind: 'other', bytes })
  expect(await send(Buffer.alloc(60_001, 'a'))).toEqual({ ok: false, refusal: 'too_much' })
  await portal.worker.close()
  const all = await Promise.all(Array.from({ length: 6 }, () => send(Buffer.alloc(10, 'a'))))
  expect(all.filter(({ ok }) => ok)).toHaveLength(2)
  expect(all.filter((one) => !one.ok && one.refusal === 'too_many')).toHaveLength(4)
  expect(await table('evidence').where({ claim_id: me.claim.id })).toHaveLength(2)
  portal = { ...portal, worker: await portal.restartWorker() }
})

test('the worker counts again, with what documents really weigh', async () => {
  const me = await claimantOf(portal)
  await upload(me, { name: '하나.jpg', bytes: await photo() })
  await settled(me)
  const { limits } = portal.site.deps.config
  const full = { bytes: limits.documentBytesPerClaim }
  await table('evidence').where({ claim_id: me.claim.id }).update(full)
  const more = { ...limits, documentBytesPerClaim: 2 * limits.documentBytesPerClaim }
  const careless: SendDeps = {
    ...portal.site.deps,
    config: { limits: more },
    sealer: createSealer(portal.site.deps.config.keys),
    storage: portal.worker.deps.storage,
  }
  const file = { name: '둘.jpg', kind: 'notice', bytes: await photo() } as const
  expect(
    (await sendDocument(careless, { claimId: me.claim.id, secret: secretOf(me) }, file)).ok,
  ).toBe(true)
  await until('it is refused', async () => (await factsOf(me, 'evidence.refused')).length === 1)
  expect((await factsOf(me, 'evidence.refused'))[0]).toMatchObject({ why: 'too_much' })
  expect(await table('evidence').where({ claim_id: me.claim.id })).toHaveLength(1)
})

/** What the browser of a claimant holds. */
function secretOf({ agent }: Claimant): string {
  return agent.jar.getCookie('claims', {
    path: '/claims',
    domain: '127.0.0.1',
    secure: false,
    script: false,
  })!.value
}

test('an expired claim destroys its documents', async () => {
  const me = await claimantOf(portal)
  await upload(me, { name: '사진.jpg', bytes: await photo() })
  await settled(me)
  const id = await idOf(portal, me)
  const { file } = await table('evidence_objects').where({ evidence_id: id }).first('id as file')
  await table('claims')
    .where({ id: me.claim.id })
    .update({ state: 'unverified', filed_at: new Date(Date.now() - 15 * 24 * 3600_000) })
  await expireClaims(portal.worker.deps)
  expect(await table('evidence').where({ id }).first()).toMatchObject({
    state: 'destroyed',
    reason: 'claim_ended',
  })
  expect(await table('evidence_keys').where({ evidence_id: id })).toEqual([])
  await until('the file is gone', async () => !(await storedFiles()).includes(file))
})

test('memory of uploads is bounded', () => {
  const gate = memoryGate(100)
  const first = gate.enter(90)!
  expect(gate.enter(20)).toBeNull()
  first()
  first()
  const second = gate.enter(1_000)
  expect(second).not.toBeNull()
  expect(gate.enter(1)).toBeNull()
})

test('a name is kept without folders, and without what cannot be seen', () => {
  expect(documentName('C:\\Users\\민준\\사진.jpg', 120)).toBe('사진.jpg')
  expect(documentName('../../etc/passwd', 120)).toBe('passwd')
  expect(documentName('photo\u202egnp.exe', 120)).toBe('photognp.exe')
  expect(documentName('\0\n', 120)).toBe('document')
  expect(documentName(`${'가'.repeat(300)}.jpg`, 20)).toBe(`${'가'.repeat(16)}.jpg`)
})
