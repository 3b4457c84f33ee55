import { createHash, createPublicKey, randomUUID, verify, type KeyObject } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import request from 'supertest'
import { createTestApp, testKeys, type TestApp } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { appendEntries, insertEntries, sequencerOf } from '../support/ledger'
import { openSite } from '../support/site'

/*
 * The reader below knows the published formats and nothing of the program: what it accepts, the tools of
 * others accept as well.
 */

const sha256 = (...parts: Uint8Array[]) =>
  createHash('sha256').update(Buffer.concat(parts)).digest()
const leaf = (entry: Uint8Array) => sha256(Buffer.of(0), entry)

/** Root of RFC 6962 section 2.1, from the definition. */
function rootOf(hashes: Buffer[]): Buffer {
  if (hashes.length === 0) return sha256()
  if (hashes.length === 1) return hashes[0]!
  let split = 1
  while (split * 2 < hashes.length) split *= 2
  return sha256(Buffer.of(1), rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)))
}

/** A signed note of one signature; throws unless key id and signature are those of the key. */
function readNote(note: string, { name, key }: { name: string; key: Buffer }) {
  const [text, signatures] = note.split(/(?<=\n)\n/) as [string, string]
  const [origin, size, root] = text.split('\n') as [string, string, string]
  const [, signer, encoded] = /^— (\S+) (\S+)\n$/.exec(signatures)!
  const bytes = Buffer.from(encoded!, 'base64')
  expect([origin, signer]).toEqual([name, name])
  expect(bytes.subarray(0, 4)).toEqual(
    sha256(Buffer.from(`${name}\n`), Buffer.of(1), key).subarray(0, 4),
  )
  expect(verify(null, Buffer.from(text), publicKey(key), bytes.subarray(4))).toBe(true)
  return { size: Number(size), root }
}

function publicKey(key: Buffer): KeyObject {
  const x = key.toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

/** The addresses of everything that a tree of this size is published as, full and partial. */
function addresses(level: number | 'entries', size: number): string[] {
  const complete = Math.floor(size / 256 ** (level === 'entries' ? 0 : level))
  return Array.from({ length: Math.ceil(complete / 256) }, (_, index) => {
    const width = Math.min(256, complete - index * 256)
    const name = String(index).padStart(3, '0')
    return `/ledger/tile/${level}/${name}${width === 256 ? '' : `.p/${width}`}`
  })
}

function hashesIn(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length / 32 }, (_, at) => bytes.subarray(at * 32, at * 32 + 32))
}

function entriesIn(bundle: Buffer): Buffer[] {
  const entries: Buffer[] = []
  for (let at = 0; at < bundle.length;) {
    const length = bundle.readUInt16BE(at)
    entries.push(bundle.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return entries
}

const keys = testKeys()
const origin = 'ledger.example/log'
let database: TestDatabase
let site: TestApp
let sequencer: ReturnType<typeof sequencerOf>

beforeAll(async () => {
  database = await createTestDatabase()
  const env = { LEDGER_ORIGIN: origin }
  site = createTestApp({ surface: 'public', database, keys, env })
  sequencer = sequencerOf(database, { keys, env, batch: 500 })
})
afterAll(() => database.drop())

const get = (path: string) => request(site.app).get(path).buffer(true).parse(asBuffer)
function asBuffer(res: request.Response, done: (error: Error | null, body: Buffer) => void) {
  const pieces: Buffer[] = []
  const stream = res as unknown as NodeJS.ReadableStream
  stream.on('data', (piece: Buffer) => pieces.push(piece))
  stream.on('end', () => done(null, Buffer.concat(pieces)))
}
const bytesOf = async (path: string): Promise<Buffer> =>
  (await get(path).expect(200)).body as Buffer
const checkpoint = async () =>
  readNote((await bytesOf('/ledger/checkpoint')).toString(), {
    name: origin,
    key: Buffer.from(keys.LEDGER_PUBLIC_KEY, 'base64url'),
  })

const append = (count: number) =>
  insertEntries(
    database,
    Array.from({ length: count }, () => ({ type: 'claim.filed', matter: 'test', at: new Date() })),
  )

test('nothing is published before anything is signed', async () => {
  const answer = await request(site.app).get('/ledger/checkpoint').expect(404)
  expect(answer.text).toBe('nothing is signed yet\n')
  expect(answer.headers['cache-control']).toBe('no-store')
  await request(site.app).get('/ledger/tile/0/000.p/1').expect(404)
  await sequencer.settle()
  expect(await checkpoint()).toEqual({ size: 0, root: sha256().toString('base64') })
})

test('anyone can compute the signed tree from the tiles, and again from the entries; what was published stays', async () => {
  const seen = new Map<string, Buffer>()
  for (const more of [1, 129, 126, 500, 800]) {
    await append(more)
    await sequencer.settle()
    const { size, root } = await checkpoint()

    const tiles: Record<string, Buffer> = {}
    for (const level of [0, 1, 2, 'entries'] as const) {
      const paths = addresses(level, size)
      const bodies = await Promise.all(paths.map(bytesOf))
      paths.forEach((path, at) => seen.set(path, bodies[at]!))
      tiles[level] = Buffer.concat(bodies)
    }
    const leaves = hashesIn(tiles[0]!)
    expect([leaves.length, rootOf(leaves).toString('base64')]).toEqual([size, root])
    expect(entriesIn(tiles['entries']!).map(leaf)).toEqual(leaves)
    const full = Math.floor(size / 256)
    const above = Array.from({ length: full }, (_, at) =>
      rootOf(leaves.slice(at * 256, at * 256 + 256)),
    )
    expect(hashesIn(tiles[1]!)).toEqual(above)
    expect(tiles[2]).toHaveLength(0)
  }
  expect((await checkpoint()).size).toBe(1_556)
  expect([...seen.keys()]).toEqual(
    expect.arrayContaining(['/ledger/tile/0/000.p/130', '/ledger/tile/1/000.p/6']),
  )
  for (const [path, before] of seen) expect([path, await bytesOf(path)]).toEqual([path, before])
})

test('what is published of an entry says nothing about anyone', async () => {
  const claimId = randomUUID()
  await appendEntries(database, [
    { kind: 'claim.screened', claimId, private: { result: 'hidden-code' } },
    { kind: 'batch.delivered', matter: 'test', private: { sha256: 'hidden-code' } },
  ])
  await sequencer.settle()
  const entries = entriesIn(await bytesOf('/ledger/tile/entries/006.p/22')).slice(-2)
  const read = entries.map((entry) => JSON.parse(String(entry)) as Record<string, unknown>)
  expect(read.map((entry) => Object.keys(entry).join())).toEqual([
    'at,c,type,v',
    'at,c,matter,type,v',
  ])
  expect(read.map(({ type, v }) => [type, v])).toEqual([
    ['private', 1],
    ['batch.delivered', 1],
  ])
  for (const one of [claimId, 'hidden-code', 'screened']) {
    expect(Buffer.concat(entries).toString()).not.toContain(one)
  }
})

test.each([
  '0/0',
  '0/0000',
  '0/x000/001',
  '0/001/x000',
  '0/x001',
  '0/001/000',
  '0/000/',
  '0/000.p/0',
  '0/000.p/01',
  '0/000.p/256',
  '0/000.p/300',
  '0/000.p/x',
  '0/000.p/1.p/1',
  '0/-01',
  '00/000',
  '8/000.p/1',
  '01/000.p/1',
  '-1/000.p/1',
  '/000',
  'entries/0',
  'Entries/000',
  '0/000%2Ep/1',
  '0%2F000',
  '../tile/0/000',
  'entries/../0/000',
  // further than what is signed
  '0/006.p/23',
  '0/006',
  '0/007.p/1',
  '0/x999/x999/x999/x999/999',
  '1/000.p/7',
  '1/000',
  '2/000.p/1',
  'entries/006.p/23',
  'entries/006',
])('there is no tile at %s', async (name) => {
  expect(await statusOf(`/ledger/tile/${name}`)).toBe(404)
})

test('an address has one spelling', async () => {
  expect(await statusOf('/ledger/tile/0/000')).toBe(200)
  expect(await statusOf('/LEDGER/tile/0/000')).toBe(404)
  expect(await statusOf('/ledger/tile/0/006.p/20')).toBe(200)
})

/** With the path just as it stands: clients and test agents would tidy it. */
async function statusOf(path: string): Promise<number> {
  const opened = await openSite(site.app)
  try {
    return await new Promise((resolve, reject) => {
      const asked = httpRequest({ port: opened.port, path, agent: false }, (answer) => {
        answer.resume()
        resolve(answer.statusCode!)
      })
      asked.on('error', reject).end()
    })
  } finally {
    opened.close()
  }
}

test('files are kept for good, the checkpoint for a moment, and neither is about who asks', async () => {
  for (const [path, type, cache] of [
    ['/ledger/checkpoint', 'text/plain; charset=utf-8', 'public, max-age=3'],
    ['/ledger/tile/0/000', 'application/octet-stream', 'public, max-age=31536000, immutable'],
    ['/ledger/tile/1/000.p/2', 'application/octet-stream', 'public, max-age=31536000, immutable'],
  ]) {
    for (const method of ['get', 'head'] as const) {
      const { headers, status } = await request(site.app)[method](`${path}?lang=en`)
      expect([path, method, status]).toEqual([path, method, 200])
      expect(headers['content-type']).toBe(type)
      expect(headers['cache-control']).toBe(cache)
      expect(headers['access-control-allow-origin']).toBe('*')
      expect(headers['cross-origin-resource-policy']).toBe('cross-origin')
      for (const name of ['set-cookie', 'vary', 'content-language']) {
        expect([name, headers[name]]).toEqual([name, undefined])
      }
    }
  }
})

test('entries go out packed to those who take it', async () => {
  const path = '/ledger/tile/entries/000'
  const packed = await request(site.app).head(path).set('Accept-Encoding', 'gzip, br')
  expect(packed.headers['content-encoding']).toBe('gzip')
  const plain = await request(site.app).head(path).set('Accept-Encoding', 'identity')
  expect(plain.headers['content-encoding']).toBeUndefined()
  for (const { headers } of [packed, plain]) {
    expect(headers['vary']).toBe('Accept-Encoding')
    expect(headers['cache-control']).toContain('immutable')
  }
  expect(Number(packed.headers['content-length'])).toBeLessThan(
    Number(plain.headers['content-length']) * 0.6,
  )
  const unpacked = await get(path).set('Accept-Encoding', 'gzip')
  expect(unpacked.body).toEqual(await get(path).set('Accept-Encoding', 'identity').then(bodyOf))
})

const bodyOf = (answer: request.Response) => answer.body as Buffer
