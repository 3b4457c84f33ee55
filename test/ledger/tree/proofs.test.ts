import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { nodeHash } from '../../../server/ledger/receipts/primitives'
import { addLeaf, emptyFrontier, leafHash, rootOf } from '../../../server/ledger/tree/merkle-root'
import {
  consistencyProof,
  inclusionProof,
  isConsistent,
  rootOfInclusion,
  treeReader,
} from '../../../server/ledger/tree/proofs'
import { sharedLeaves } from './rfc6962-leaves'
import { parseTilePath, tilePath, tileWidthAt } from '../../../server/ledger/tree/tiles'

/** RFC 6962 section 2.1 word for word, over all leaves each time: slow, and nothing like ours. */
const naive = {
  hash: (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest(),
  split(count: number) {
    let k = 1
    while (k * 2 < count) k *= 2
    return k
  },
  root(leaves: Buffer[]): Buffer {
    if (leaves.length === 0) return naive.hash()
    if (leaves.length === 1) return naive.hash(Buffer.of(0), leaves[0]!)
    const k = naive.split(leaves.length)
    return naive.hash(Buffer.of(1), naive.root(leaves.slice(0, k)), naive.root(leaves.slice(k)))
  },
  path(m: number, leaves: Buffer[]): Buffer[] {
    if (leaves.length === 1) return []
    const k = naive.split(leaves.length)
    return m < k
      ? [...naive.path(m, leaves.slice(0, k)), naive.root(leaves.slice(k))]
      : [...naive.path(m - k, leaves.slice(k)), naive.root(leaves.slice(0, k))]
  },
  proof(m: number, leaves: Buffer[], whole = true): Buffer[] {
    if (m === leaves.length) return whole ? [] : [naive.root(leaves)]
    const k = naive.split(leaves.length)
    return m <= k
      ? [...naive.proof(m, leaves.slice(0, k), whole), naive.root(leaves.slice(k))]
      : [...naive.proof(m - k, leaves.slice(k), false), naive.root(leaves.slice(0, k))]
  },
}

/** Leaves put in one by one, as the sequencer does; tiles as it would store them. */
function grow(leaves: Buffer[]) {
  const frontier = emptyFrontier()
  const tiles = new Map<string, Buffer[]>()
  let nodes = 0
  for (const leaf of leaves) {
    addLeaf(frontier, leafHash(leaf), (height, index, hash) => {
      nodes += 1
      if (height % 8 !== 0) return
      const key = `${height / 8}/${Math.floor(index / 256)}`
      tiles.set(key, [...(tiles.get(key) ?? []), hash])
    })
  }
  const readTile = (level: number, index: number, width: number) =>
    Promise.resolve(Buffer.concat(tiles.get(`${level}/${index}`)!.slice(0, width)))
  return {
    root: rootOf(frontier),
    nodes,
    reader: (size: number) => treeReader(size, readTile, nodeHash),
  }
}

const hex = (hashes: Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('hex'))
const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => Buffer.from(`leaf ${i}`))

test.each([
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
])('the known proof that leaf %i is among %i', async (index, size, expected) => {
  const { reader } = grow(sharedLeaves.slice(0, size))
  expect(hex(await inclusionProof(reader(size), index))).toEqual(expected)
})

test.each([
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
])(
  'the known proof that a tree of %i is the beginning of one of %i',
  async (from, size, expected) => {
    const { reader } = grow(sharedLeaves.slice(0, size))
    expect(hex(await consistencyProof(reader(size), from))).toEqual(expected)
  },
)

test('every proof over the eight leaves is that of the recursive definition, and is accepted', async () => {
  for (let size = 1; size <= sharedLeaves.length; size++) {
    const leaves = sharedLeaves.slice(0, size)
    const { reader, root } = grow(leaves)
    for (let index = 0; index < size; index++) {
      const proof = await inclusionProof(reader(size), index)
      expect(hex(proof)).toEqual(hex(naive.path(index, leaves)))
      const leaf = leafHash(leaves[index]!)
      expect(hex([rootOfInclusion({ index, size, leaf, proof }, nodeHash)!])).toEqual(hex([root]))
    }
    for (let from = 1; from <= size; from++) {
      const proof = await consistencyProof(reader(size), from)
      expect(hex(proof)).toEqual(hex(naive.proof(from, leaves)))
      const earlier = { size: from, root: naive.root(leaves.slice(0, from)) }
      expect(isConsistent(earlier, { size, root }, proof, nodeHash)).toBe(true)
    }
  }
})

test('trees of any size agree with the recursive definition, and no wrong proof is accepted', async () => {
  const big = numbered(1100)
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: big.length }),
      fc.nat(),
      fc.nat(),
      fc.nat(),
      async (size, a, b, flip) => {
        const leaves = big.slice(0, size)
        const { reader, root } = grow(leaves)
        expect(hex([root])).toEqual(hex([naive.root(leaves)]))
        const index = a % size
        const proof = await inclusionProof(reader(size), index)
        expect(hex(proof)).toEqual(hex(naive.path(index, leaves)))
        const from = 1 + (b % size)
        const consistency = await consistencyProof(reader(size), from)
        expect(hex(consistency)).toEqual(hex(naive.proof(from, leaves)))

        const leaf = leafHash(leaves[index]!)
        const leadsHere = (claimed: Partial<Parameters<typeof rootOfInclusion>[0]>) => {
          const found = rootOfInclusion({ index, size, leaf, proof, ...claimed }, nodeHash)
          return found !== null && root.equals(found)
        }
        const spoilt = proof.map((hash) => Buffer.from(hash))
        if (size > 1) spoilt[flip % spoilt.length]![flip % 32]! ^= 1
        const wrong: Parameters<typeof leadsHere>[0][] = [
          { leaf: leafHash(Buffer.from('another')) },
          { proof: [...proof, root] },
          ...(size > 1
            ? [{ index: (index + 1) % size }, { proof: proof.slice(1) }, { proof: spoilt }]
            : []),
        ]
        expect(leadsHere({})).toBe(true)
        expect(wrong.filter(leadsHere)).toEqual([])
        const earlier = { size: from, root: naive.root(leaves.slice(0, from)) }
        const fits = (one: typeof earlier, shown = consistency) =>
          isConsistent(one, { size, root }, shown, nodeHash)
        expect(fits(earlier)).toBe(true)
        expect(fits({ ...earlier, root: naive.root(leaves.slice(0, from - 1)) })).toBe(false)
        const shorter = consistency.length > 0 && fits(earlier, consistency.slice(1))
        expect(shorter).toBe(false)
      },
    ),
    { numRuns: 60 },
  )
})

test('a leaf costs about one hash, however large the tree is', () => {
  // Each leaf is a node itself; all the others together are fewer than the leaves.
  expect(grow(numbered(4096)).nodes).toBeLessThan(2 * 4096)
})

test.each([
  ['tile/0/000', { level: 0, index: 0, width: 256 }],
  ['tile/0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }],
  ['tile/1/001.p/17', { level: 1, index: 1, width: 17 }],
  ['tile/entries/x001/000.p/255', { level: 'entries', index: 1000, width: 255 }],
] as const)('the address of a tile: %s', (path, name) => {
  expect(tilePath(name)).toBe(path)
  expect(parseTilePath(path)).toEqual(name)
})

test.each([
  'tile/00/000',
  'tile/8/000',
  'tile/-1/000',
  'tile//000',
  'tile/0/0',
  'tile/0/0000',
  'tile/0/001/000',
  'tile/0/x000/001',
  'tile/0/000.p/0',
  'tile/0/000.p/256',
  'tile/0/000.p/01',
  'tile/0/000.p/1.p/1',
  'tile/0/000/',
  'tile/0/../000',
  'tiles/0/000',
  'tile/0/x999/x999/x999/x999/x999/999',
])('no address of a tile: %s', (path) => {
  expect(parseTilePath(path)).toBeNull()
})

test('the tiles of a tree of 70,000, as the specification counts them', () => {
  expect(tileWidthAt(0, 272, 70_000)).toBe(256)
  expect(tileWidthAt(0, 273, 70_000)).toBe(112)
  expect(tileWidthAt(0, 274, 70_000)).toBe(0)
  expect(tileWidthAt('entries', 273, 70_000)).toBe(112)
  expect(tileWidthAt(1, 0, 70_000)).toBe(256)
  expect(tileWidthAt(1, 1, 70_000)).toBe(17)
  expect(tileWidthAt(2, 0, 70_000)).toBe(1)
})
