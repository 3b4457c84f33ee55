import { newClaimNumber } from '../../server/claims/claim-number'
import { newId } from '../../server/kernel/ids'
import { systemClock } from '../../server/kernel/clock'
import { limits as shipped } from '../../server/limits'
import { leafHash, merkleRoot } from '../../server/ledger/tree/merkle-root'
import { generateKeys } from '../../server/vault/generate-keys'
import { createSealer } from '../../server/vault/sealer'
import {
  createVault,
  createWorkerVault,
  type Vault,
  type WorkerVault,
} from '../../server/vault/vault'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { openingsWith } from '../support/openings'

const keys = generateKeys()
const sealer = createSealer({ intakePublicKey: keys.INTAKE_PUBLIC_KEY })
const limits = { ...shipped, openings: openingsWith({ perHour: 5, perDay: 8 }) }

let database: TestDatabase
let matterId: string
let worker: WorkerVault
let staff: Vault

beforeAll(async () => {
  database = await createTestDatabase()
  const { migrator } = database.db
  const [incidentId, firmId] = [newId(), newId()]
  matterId = newId()
  await migrator('incidents').insert({ id: incidentId, slug: 'i', content: '{}' })
  await migrator('firms').insert({ id: firmId, slug: 'f', content: '{}' })
  await migrator('matters').insert({
    id: matterId,
    slug: 'm',
    incident_id: incidentId,
    firm_id: firmId,
    jurisdiction: 'KR',
    regime: 'joinder',
    state: 'open',
    form_version: 1,
    content: '{}',
  })
  await migrator('claim_forms').insert({ matter_id: matterId, version: 1, content: '{}' })
  worker = createWorkerVault(
    { db: database.db.worker, clock: systemClock, limits },
    {
      vaultKey: keys.VAULT_KEY,
      indexKey: keys.INDEX_KEY,
      intakePublicKey: keys.INTAKE_PUBLIC_KEY,
      intakeSecretKey: keys.INTAKE_SECRET_KEY,
    },
  )
  staff = createVault(
    { db: database.db.staff, clock: systemClock, limits },
    { vaultKey: keys.VAULT_KEY },
  )
})
afterAll(() => database.drop())

/** Files a claim as the public login would, and lets the worker admit it unless told otherwise. */
async function makeClaim(answers: object, admit = true): Promise<string> {
  const claimId = newId()
  const sealed = sealer.sealClaim({ claimId, version: 1, answers })
  const db = database.db.public
  await db('claims').insert({
    id: claimId,
    number: newClaimNumber(),
    matter_id: matterId,
    firm_id: (await db('matters').where({ id: matterId }).first('firm_id')).firm_id,
    form_version: 1,
    language: 'ko',
    submission: Buffer.from(claimId),
    filed_at: new Date(),
  })
  await db('sealed_records').insert({
    claim_id: claimId,
    version: 1,
    ciphertext: sealed.ciphertext,
    sha256: sealed.sha256,
    created_at: new Date(),
  })
  await db('wrapped_keys').insert({
    claim_id: claimId,
    version: 1,
    wrapped_by: 'intake',
    wrapped: sealed.box,
  })
  if (admit) await worker.admit(claimId, 'test')
  return claimId
}

async function makePerson(role: string): Promise<string> {
  const id = newId()
  const [firm] = await database.db.migrator('firms').select('id')
  await database.db.staff('people').insert({
    id,
    email: `${id}@example.com`,
    name: 'Somebody',
    role,
    firm_id: role === 'counsel' ? firm.id : null,
    language: 'ko',
    state: 'active',
    created_at: new Date(),
  })
  return id
}

const openingsOf = (claimId: string) =>
  database.db
    .superuser('opening_claims as o')
    .join('ledger_private as p', 'p.entry_id', 'o.entry_id')
    .where('o.claim_id', claimId)
    .orderBy('o.entry_id')
    .select('p.private', 'p.claim_id')
    .then((rows) => rows.map((row) => JSON.parse(row.private)))

const byPerson = (personId: string) =>
  ({ actor: { kind: 'person', personId }, purpose: 'review' }) as const

test('nobody reads a claim without a record of who, whose and why', async () => {
  const claimId = await makeClaim({ name: '김민서' })
  const personId = await makePerson('moderator')
  const opened = await staff.open([claimId], byPerson(personId))
  expect(opened.get(claimId)!.answers).toEqual({ name: '김민서' })
  const [screening, review] = await openingsOf(claimId)
  expect(screening).toMatchObject({ job: 'screen-claim', purpose: 'screening', claims: 1 })
  expect(review).toMatchObject({
    person: personId,
    purpose: 'review',
    claim: claimId,
    claims: 1,
    root: merkleRoot([leafHash(Buffer.from(claimId))]).toString('hex'),
  })
})

test('when the ledger cannot be written, nothing is read', async () => {
  const claimId = await makeClaim({ name: '김민서' })
  const personId = await makePerson('moderator')
  await database.db.migrator.raw('alter table ledger_private rename to elsewhere')
  try {
    await expect(staff.open([claimId], byPerson(personId))).rejects.toThrow(/ledger_private/)
  } finally {
    await database.db.migrator.raw('alter table elsewhere rename to ledger_private')
  }
  expect(await openingsOf(claimId)).toHaveLength(1)
})

test('a run of a job is one entry, and reads only what it named', async () => {
  const claims = await Promise.all([makeClaim({ n: 1 }), makeClaim({ n: 2 }), makeClaim({ n: 3 })])
  const stranger = await makeClaim({ n: 4 })
  const opening = await worker.beginOpening(claims, {
    actor: { kind: 'job', job: 'build-batch', run: 'r' },
    purpose: 'batch',
  })
  const read = await opening.read(claims.slice(0, 2))
  expect([...read.values()].map((one) => one.answers)).toEqual(
    expect.arrayContaining([{ n: 1 }, { n: 2 }]),
  )
  await expect(opening.read([stranger])).rejects.toThrow(/does not name/)
  expect(await openingsOf(claims[2]!)).toEqual([
    expect.objectContaining({ purpose: 'screening' }),
    expect.objectContaining({ purpose: 'batch', claims: 3 }),
  ])
})

test('past their budget a person reads nothing, even fifty at once, and the refusal is recorded', async () => {
  const claims = await Promise.all(Array.from({ length: 10 }, (_, n) => makeClaim({ n })))
  const personId = await makePerson('moderator')
  const outcomes = await Promise.allSettled(
    claims.map((claimId) => staff.open([claimId], byPerson(personId))),
  )
  const refused = outcomes.filter((one) => one.status === 'rejected')
  expect(outcomes.length - refused.length).toBe(5)
  for (const one of refused) expect(one.reason).toMatchObject({ code: 'budget_exceeded' })
  const entries = await database.db
    .superuser('ledger_private')
    .whereRaw(`private::jsonb ->> 'person' = ?`, [personId])
    .select(database.db.superuser.raw(`private::jsonb ->> 'kind' as kind`))
  expect(entries.filter((entry) => entry.kind === 'opening.refused')).toHaveLength(refused.length)
})

test('the staff surface cannot open what has not been screened', async () => {
  const claimId = await makeClaim({ name: '김민서' }, false)
  const personId = await makePerson('administrator')
  await expect(staff.open([claimId], byPerson(personId))).rejects.toMatchObject({
    code: 'conflict',
  })
})

test('counsel opens no claim one by one, and a person who left opens none at all', async () => {
  const claimId = await makeClaim({ name: '김민서' })
  const counsel = await makePerson('counsel')
  await expect(staff.open([claimId], byPerson(counsel))).rejects.toMatchObject({
    code: 'not_found',
  })
  const moderator = await makePerson('moderator')
  await database.db.staff('people').where({ id: moderator }).update({ state: 'disabled' })
  await expect(staff.open([claimId], byPerson(moderator))).rejects.toMatchObject({
    code: 'not_found',
  })
})

test('a record that was swapped for another does not open', async () => {
  const [mine, yours] = [await makeClaim({ name: 'mine' }), await makeClaim({ name: 'yours' })]
  const { superuser } = database.db
  const record = await superuser('sealed_records').where({ claim_id: yours }).first()
  await superuser('sealed_records')
    .where({ claim_id: mine })
    .update({ ciphertext: record.ciphertext, sha256: record.sha256 })
  const key = await superuser('wrapped_keys').where({ claim_id: yours }).first()
  await superuser('wrapped_keys').where({ claim_id: mine }).update({ wrapped: key.wrapped })
  const personId = await makePerson('moderator')
  await expect(staff.open([mine], byPerson(personId))).rejects.toThrow(/authenticate/)
})

test('the public login seals and reads nothing sealed, no key and no index', async () => {
  await makeClaim({ name: '김민서' })
  for (const table of ['sealed_records', 'wrapped_keys', 'blind_indexes', 'people', 'mails']) {
    await expect(database.db.public(table).select('*')).rejects.toThrow(/permission denied/)
  }
})
