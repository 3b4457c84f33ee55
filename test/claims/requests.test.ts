import { expireClaims } from '../../server/claims/expire-claims'
import { handleRequest } from '../../server/claims/handle-request'
import { requestEmailCorrection } from '../../server/claims/request-email-correction'
import { requestNewLink, type AskedBy } from '../../server/claims/request-new-link'
import { screenClaim } from '../../server/claims/screen-claim'
import { expireDrafts } from '../../server/intake/expire-drafts'
import { newId } from '../../server/kernel/ids'
import { sendMail } from '../../server/mail/send-mail'
import { createSealer } from '../../server/vault/sealer'
import { testKeys } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { fileDirectly, type FiledClaim } from '../support/filed-claim'
import { openMailbox, type Mailbox } from '../support/mailbox'
import { loadTestMatters } from '../support/test-matters'
import { workerDeps, type TestWorkerDeps } from '../support/worker'

let database: TestDatabase
let mailbox: Mailbox
let worker: TestWorkerDeps
const keys = testKeys()
const start = new Date('2026-02-01T05:03:00Z')
let now = start
let person = 0
const clock = { now: () => now }

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  mailbox = await openMailbox()
  worker = workerDeps({ database, keys, mailbox, clock })
})
afterAll(async () => {
  await worker.close()
  await mailbox.close()
  await database.drop()
})
beforeEach(() => {
  now = start
  mailbox.mails.length = 0
})

const db = () => database.db.superuser

async function screened(): Promise<FiledClaim> {
  const email = `asks${++person}@example.com`
  const claim = await fileDirectly(database, keys, { at: now, answers: { email } })
  await screenClaim(worker.deps, claim.id, 'test')
  return claim
}

async function correct(claim: FiledClaim, email: string): Promise<string> {
  const sealer = createSealer({ intakePublicKey: keys.INTAKE_PUBLIC_KEY })
  const deps = { db: database.db.public, clock, sealer, config: worker.deps.config }
  const asked = await requestEmailCorrection(deps, { claimId: claim.id, email }, async () => {})
  if (asked.outcome !== 'asked') throw new Error(asked.outcome)
  return waitingRequest(claim)
}

async function askForLink(claim: FiledClaim): Promise<string> {
  const asked = await ask({ claimId: claim.id })
  if (asked.outcome !== 'asked') throw new Error(asked.outcome)
  return waitingRequest(claim)
}

const ask = (by: AskedBy) =>
  requestNewLink({ db: database.db.public, clock, config: worker.deps.config }, by)

async function waitingRequest(claim: FiledClaim): Promise<string> {
  const row = await db()('claim_requests')
    .where({ claim_id: claim.id, handled_at: null })
    .first('id')
  return row.id as string
}

async function sendAll(claim: FiledClaim): Promise<void> {
  for (const { id } of await db()('mails').where({ claim_id: claim.id }).orderBy('created_at')) {
    await sendMail(worker.deps, id)
  }
}

const entriesOf = (claim: FiledClaim, kind: string) =>
  db()('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .where({ claim_id: claim.id, kind })

test('a new link replaces the old one, once however often the job runs', async () => {
  const claim = await screened()
  const request = await askForLink(claim)
  now = new Date(start.getTime() + 60_000)
  await Promise.all([1, 2].map((run) => handleRequest(worker.deps, request, `run ${run}`)))
  await handleRequest(worker.deps, request, 'again')
  const links = await db()('verifications').where({ claim_id: claim.id }).orderBy('created_at')
  expect(links.map((row) => row.superseded_at === null)).toEqual([false, true])
  await sendAll(claim)
  // The first mail had not gone out yet; its link is dead, so it does not go out any more.
  expect(mailbox.mails).toHaveLength(1)
  const states = await db()('mails')
    .where({ claim_id: claim.id })
    .orderBy('created_at')
    .pluck('state')
  expect(states).toEqual(['dropped', 'sent'])
})

test('the browser that filed gets only so many links a day, is told when, and gets them again', async () => {
  const claim = await screened()
  const mails = () => db()('mails').where({ claim_id: claim.id })
  for (let i = 0; i < 5; i++) {
    now = new Date(start.getTime() + i * 3600_000)
    await handleRequest(worker.deps, await askForLink(claim), `run ${i}`)
  }
  expect(await mails()).toHaveLength(1 + 5)
  const again = new Date(start.getTime() + 24 * 3600_000)
  expect(await ask({ claimId: claim.id })).toEqual({ outcome: 'too_often', count: 5, again })
  now = again
  await handleRequest(worker.deps, await askForLink(claim), 'next day')
  expect(await mails()).toHaveLength(1 + 6)
  expect((await ask({ claimId: claim.id })).outcome).toBe('too_often')
})

test('ten who ask at the same moment are counted one by one', async () => {
  const claim = await screened()
  const asked = await Promise.all(Array.from({ length: 10 }, () => ask({ claimId: claim.id })))
  expect(asked.filter(({ outcome }) => outcome === 'asked')).toHaveLength(5)
})

test('whoever knows the number uses up neither the links of the browser that filed nor its corrections', async () => {
  const claim = await screened()
  for (let i = 0; i < 8; i++) await ask({ number: claim.number })
  for (const { id } of await db()('claim_requests').where({ claim_id: claim.id })) {
    await handleRequest(worker.deps, id, 'run')
  }
  expect(await db()('mails').where({ claim_id: claim.id })).toHaveLength(1 + 2)
  for (let i = 0; i < 5; i++) await handleRequest(worker.deps, await askForLink(claim), `run ${i}`)
  expect(await db()('mails').where({ claim_id: claim.id })).toHaveLength(1 + 2 + 5)

  const right = `right-${claim.number.toLowerCase()}@example.com`
  await handleRequest(worker.deps, await correct(claim, right), 'run')
  expect((await db()('claims').where({ id: claim.id }).first()).version).toBe(2)
})

test('what gets past the surface that counts is not mailed either', async () => {
  const claim = await screened()
  for (let i = 0; i < 8; i++) {
    await database.db.public('claim_requests').insert({
      id: newId(),
      claim_id: claim.id,
      kind: 'new_link',
      asked_from: 'number',
      created_at: new Date(now.getTime() + i),
    })
  }
  for (const { id } of await db()('claim_requests').where({ claim_id: claim.id })) {
    await handleRequest(worker.deps, id, 'run')
  }
  expect(await db()('mails').where({ claim_id: claim.id })).toHaveLength(1 + 2)
})

test('nothing is mailed for a claim that is confirmed by now', async () => {
  const claim = await screened()
  const request = await askForLink(claim)
  await db()('claims').where({ id: claim.id }).update({ state: 'verified', verified_at: now })
  await handleRequest(worker.deps, request, 'run')
  expect(await db()('mails').where({ claim_id: claim.id })).toHaveLength(1)
})

test('a request that overtakes the screening is tried again later', async () => {
  const claim = await fileDirectly(database, keys, { at: now })
  const request = await askForLink(claim)
  await expect(handleRequest(worker.deps, request, 'run')).rejects.toThrow('not been screened')
  await screenClaim(worker.deps, claim.id, 'test')
  await handleRequest(worker.deps, request, 'run')
  expect(await db()('mails').where({ claim_id: claim.id })).toHaveLength(2)
})

test('a corrected address: a new version, new indexes, mail there and not to the old one', async () => {
  const claim = await screened()
  await sendAll(claim)
  const before = await db()('blind_indexes').where({ claim_id: claim.id, kind: 'email' }).first()
  const request = await correct(claim, 'right@example.com')
  await handleRequest(worker.deps, request, 'run')
  await handleRequest(worker.deps, request, 'again')
  await sendAll(claim)

  expect(mailbox.mails).toHaveLength(2)
  expect(mailbox.mails[1]).toMatchObject({ to: 'right@example.com' })
  expect(mailbox.mails[1]!.text).toContain('이 주소로 고치셨습니다')
  const row = await db()('claims').where({ id: claim.id }).first()
  expect(row.version).toBe(2)
  const after = await db()('blind_indexes').where({ claim_id: claim.id, kind: 'email' }).first()
  expect(after.value).not.toEqual(before.value)
  expect(await db()('claim_requests').where({ id: request }).first()).toMatchObject({
    box: null,
    handled_at: now,
  })
  const hashes = await db()('sealed_records')
    .where({ claim_id: claim.id })
    .orderBy('version')
    .pluck('sha256')
  const [entry, ...more] = await entriesOf(claim, 'claim.email_corrected')
  expect(more).toEqual([])
  expect(JSON.parse(entry.private)).toMatchObject({
    from: hashes[0].toString('hex'),
    to: hashes[1].toString('hex'),
    version: 2,
  })
  expect(JSON.stringify(entry)).not.toContain('right@')
})

test('a correction is of no use a day later, and the typed address goes', async () => {
  const claim = await screened()
  const request = await correct(claim, 'late@example.com')
  await db()('claim_requests')
    .where({ id: request })
    .update({ created_at: new Date(start.getTime() + 25 * 3600_000) })
  await handleRequest(worker.deps, request, 'run')
  expect((await db()('claims').where({ id: claim.id }).first()).version).toBe(1)
  expect((await db()('claim_requests').where({ id: request }).first()).box).toBeNull()
})

test('a claim nobody confirms expires after 14 days and leaves nothing that tells who filed it', async () => {
  const old = await screened()
  await correct(old, 'other@example.com')
  now = new Date(start.getTime() + 24 * 3600_000)
  const young = await screened()
  now = new Date(start.getTime() + 14 * 24 * 3600_000 + 1)
  expect(await expireClaims(worker.deps)).toBeGreaterThan(0)
  expect(await expireClaims(worker.deps)).toBe(0)

  expect((await db()('claims').where({ id: old.id }).first()).state).toBe('expired')
  expect((await db()('claims').where({ id: young.id }).first()).state).toBe('unverified')
  for (const table of ['wrapped_keys', 'sealed_records', 'blind_indexes', 'claimant_copies']) {
    expect(await db()(table).where({ claim_id: old.id })).toEqual([])
    expect(await db()(table).where({ claim_id: young.id })).not.toEqual([])
  }
  expect(await db()('claim_requests').where({ claim_id: old.id }).whereNotNull('box')).toEqual([])
  expect(await entriesOf(old, 'claim.expired')).toHaveLength(1)
  // Its mails lost their sense.
  mailbox.mails.length = 0
  await sendAll(old)
  expect(mailbox.mails).toEqual([])
})

test('drafts past their date are deleted', async () => {
  const matter = await db()('matters').first('id', 'form_version')
  const draft = (byte: number, days: number) => ({
    id: Buffer.alloc(32, byte),
    matter_id: matter.id,
    form_version: matter.form_version,
    ciphertext: Buffer.alloc(40),
    created_at: now,
    updated_at: now,
    expires_at: new Date(now.getTime() + days * 24 * 3600_000),
  })
  await db()('drafts').insert([draft(1, -1), draft(2, 1)])
  expect(await expireDrafts(worker.deps)).toBe(1)
  const left = db()('drafts').whereNull('claim_id').pluck('id')
  expect(await left).toEqual([Buffer.alloc(32, 2)])
})
