import { copyTokens, openCopy, replaceCopy } from '../../server/vault/claimant-copies'
import { digestToken } from '../../server/vault/verification-secrets'
import { testKeys } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { fileDirectly } from '../support/filed-claim'
import { loadTestMatters } from '../support/test-matters'

let database: TestDatabase
const keys = testKeys()
const now = new Date('2026-02-01T05:03:00Z')
const tokenOf = copyTokens(keys.TOKEN_KEY)
const content = { what: 'ZQXMARKERZQX' }

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
})
afterAll(() => database.drop())

async function copied(version = 1, claimId?: string) {
  const id = claimId ?? (await fileDirectly(database, keys)).id
  const token = tokenOf('receipt', id, version)
  await database.db.worker.transaction((tx) =>
    replaceCopy(tx, now, { kind: 'receipt', claimId: id, token, content }),
  )
  return { id, token }
}
const open = (token: string) => openCopy(database.db.public, 'receipt', token)
const rows = (claimId: string) =>
  database.db.superuser('claimant_copies').where({ claim_id: claimId })

test('a copy opens with its token and with nothing else', async () => {
  const { token } = await copied()
  expect(await open(token)).toEqual(content)
  const other = tokenOf('receipt', '01890000-0000-7000-8000-000000000000', 1)
  for (const wrong of [other, token.toLowerCase(), token.slice(1), `${token}A`, '', '../x']) {
    expect([wrong, await open(wrong)]).toEqual([wrong, null])
  }
})

test('for whoever copies the table it is noise', async () => {
  const { id, token } = await copied()
  const [row] = await database.db.superuser('claimant_copies').where({ claim_id: id })
  const seen = Buffer.concat([row.token_hash, row.public_key, row.box])
  for (const secret of ['ZQXMARKERZQX', token, 'receipt']) {
    expect(seen.includes(secret)).toBe(false)
  }
  expect(seen.includes(Buffer.from(token, 'base64url'))).toBe(false)
  // No login but the worker's makes one, nobody changes whom one is sealed to, and none but by a token's
  // hash does the public login read.
  const change = { public_key: Buffer.alloc(32) }
  const denied = { code: '42501' }
  await expect(database.db.public('claimant_copies').insert(row)).rejects.toMatchObject(denied)
  await expect(database.db.worker('claimant_copies').update(change)).rejects.toMatchObject(denied)
  await expect(database.db.public('claimant_copies').select()).rejects.toMatchObject(denied)
  await expect(database.db.staff('claimant_copies').select()).rejects.toMatchObject(denied)
})

test('a box that is put into another row does not open there', async () => {
  const [mine, other] = [await copied(), await copied()]
  const { box, public_key } = await rows(mine.id).first()
  const where = { token_hash: digestToken(other.token) }
  await database.db.superuser('claimant_copies').where(where).update({ box, public_key })
  await expect(open(other.token)).rejects.toThrow('not sealed to this key')
})

test('another version has another link, and the one before opens nothing any more', async () => {
  const { id, token } = await copied()
  await copied(1, id)
  expect(await rows(id)).toHaveLength(1)
  expect(await open(token)).toEqual(content)
  const next = await copied(2, id)
  expect(next.token).not.toBe(token)
  expect([await open(token), await open(next.token)]).toEqual([null, content])
  expect(await rows(id)).toHaveLength(1)
})
