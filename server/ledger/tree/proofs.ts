import { tileHeight, tileWidth } from './tiles'

/**
 * Proofs from tiles. Browsers run this file too, so nothing here may need Node: hashes are plain bytes
 * and the hash function is handed in.
 */

/** Hash of an inner node: SHA-256(0x01 ‖ left ‖ right). */
export type NodeHash = (left: Uint8Array, right: Uint8Array) => Uint8Array

/** The hashes of a tile, at least `width` of them; from the database, or by HTTP. */
export type ReadTile = (level: number, index: number, width: number) => Promise<Uint8Array>

/** Where a proof gets its hashes: the tiles of a tree of `size` leaves. */
export interface TreeReader {
  size: number
  /** Hash of the tree over the leaves from `low` up to, not including, `high`. */
  hashOf(low: number, high: number): Promise<Uint8Array>
}

/** Reads each tile once; a proof needs one or two a level. */
export function treeReader(size: number, readTile: ReadTile, nodeHash: NodeHash): TreeReader {
  const tiles = new Map<string, Promise<Uint8Array>>()

  const tile = (level: number, index: number) => {
    const key = `${level}/${index}`
    const complete = Math.floor(size / tileWidth ** level)
    const width = Math.min(tileWidth, complete - index * tileWidth)
    const known = tiles.get(key) ?? readTile(level, index, width)
    tiles.set(key, known)
    return known
  }

  /** A complete subtree: its leaves are `index × 2^height` up to `(index + 1) × 2^height`. */
  const subtree = async (height: number, index: number): Promise<Uint8Array> => {
    const level = Math.floor(height / tileHeight)
    const across = 2 ** (height % tileHeight)
    const first = index * across
    const bytes = await tile(level, Math.floor(first / tileWidth))
    const start = (first % tileWidth) * 32
    const part = bytes.subarray(start, start + across * 32)
    if (part.length !== across * 32) throw new Error('a tile is shorter than the tree')
    let row = Array.from({ length: across }, (_, at) => part.subarray(at * 32, at * 32 + 32))
    while (row.length > 1) {
      row = Array.from({ length: row.length / 2 }, (_, at) =>
        nodeHash(row[at * 2]!, row[at * 2 + 1]!),
      )
    }
    return row[0]!
  }

  const hashOf = async (low: number, high: number): Promise<Uint8Array> => {
    const width = high - low
    const height = heightOf(width)
    // RFC 6962 splits so that a part whose width is a power of two begins at a multiple of it.
    if (height !== null) return subtree(height, low / width)
    const middle = low + splitOf(width)
    return nodeHash(await hashOf(low, middle), await hashOf(middle, high))
  }
  return { size, hashOf }
}

/** The height of a complete subtree over so many leaves; null when that is no power of two. */
function heightOf(leaves: number): number | null {
  let height = 0
  while (2 ** height < leaves) height += 1
  return 2 ** height === leaves ? height : null
}

/** The largest power of two below `width`, which is 2 or more: where RFC 6962 splits a tree. */
function splitOf(width: number): number {
  let split = 1
  while (split * 2 < width) split *= 2
  return split
}

/**
 * The audit path of leaf `index`, from its sibling up to the child of the root (RFC 6962 section 2.1.1).
 * @throws RangeError when the tree has no such leaf
 */
export async function inclusionProof(tree: TreeReader, index: number): Promise<Uint8Array[]> {
  if (!(index >= 0 && index < tree.size)) throw new RangeError('no such leaf')
  const path = async (low: number, high: number): Promise<Uint8Array[]> => {
    if (high - low === 1) return []
    const middle = low + splitOf(high - low)
    return index < middle
      ? [...(await path(low, middle)), await tree.hashOf(middle, high)]
      : [...(await path(middle, high)), await tree.hashOf(low, middle)]
  }
  return path(0, tree.size)
}

/**
 * The proof that the tree of `size` begins with the tree of `from` leaves (RFC 6962 section 2.1.2);
 * empty when they are the same.
 * @throws RangeError when `from` is 0 or larger than the tree
 */
export async function consistencyProof(tree: TreeReader, from: number): Promise<Uint8Array[]> {
  if (!(from >= 1 && from <= tree.size)) throw new RangeError('no such earlier tree')
  const path = async (low: number, high: number, whole: boolean): Promise<Uint8Array[]> => {
    if (from === high) return whole ? [] : [await tree.hashOf(low, high)]
    const middle = low + splitOf(high - low)
    return from <= middle
      ? [...(await path(low, middle, whole)), await tree.hashOf(middle, high)]
      : [...(await path(middle, high, false)), await tree.hashOf(low, middle)]
  }
  return path(0, tree.size, true)
}

/**
 * The root that a proof leads to from leaf `index` of a tree of `size` leaves (RFC 9162 section
 * 2.1.3.2), or null when the proof has not the length that such a leaf needs.
 */
export function rootOfInclusion(
  {
    index,
    size,
    leaf,
    proof,
  }: { index: number; size: number; leaf: Uint8Array; proof: Uint8Array[] },
  nodeHash: NodeHash,
): Uint8Array | null {
  if (!(Number.isSafeInteger(size) && Number.isSafeInteger(index))) return null
  if (!(index >= 0 && index < size)) return null
  let at = index
  let last = size - 1
  let node = leaf
  for (const other of proof) {
    if (last === 0) return null
    if (at % 2 === 1 || at === last) {
      node = nodeHash(other, node)
      while (at % 2 === 0 && at !== 0) {
        at /= 2
        last = Math.floor(last / 2)
      }
    } else {
      node = nodeHash(node, other)
    }
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? node : null
}

/**
 * Whether `proof` shows that the tree of `size` and `root` begins with the tree of `from` and
 * `fromRoot` (RFC 9162 section 2.1.4.2).
 */
export function isConsistent(
  earlier: { size: number; root: Uint8Array },
  later: { size: number; root: Uint8Array },
  proof: Uint8Array[],
  nodeHash: NodeHash,
): boolean {
  if (earlier.size > later.size || earlier.size < 1) return false
  if (earlier.size === later.size) return proof.length === 0 && sameBytes(earlier.root, later.root)
  const [first, ...rest] = heightOf(earlier.size) === null ? proof : [earlier.root, ...proof]
  if (!first) return false
  let at = earlier.size - 1
  let last = later.size - 1
  while (at % 2 === 1) {
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  let old = first
  let now = first
  for (const other of rest) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      old = nodeHash(other, old)
      now = nodeHash(other, now)
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2)
        last = Math.floor(last / 2)
      }
    } else {
      now = nodeHash(now, other)
    }
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && sameBytes(old, earlier.root) && sameBytes(now, later.root)
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}
