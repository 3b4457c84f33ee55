import { hash } from 'node:crypto'

/** SHA-256, 32 bytes. */
export const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')
const leafPrefix = Buffer.of(0)
const nodePrefix = Buffer.of(1)

/** Leaf hash of RFC 6962 section 2.1: SHA-256(0x00 ‖ leaf), 32 bytes. */
export function leafHash(leaf: Buffer): Buffer {
  return sha256(Buffer.concat([leafPrefix, leaf]))
}

/** Hash of an inner node, RFC 6962 section 2.1: SHA-256(0x01 ‖ left ‖ right), 32 bytes. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return sha256(Buffer.concat([nodePrefix, left, right]))
}

/**
 * A tree that grows at its right edge, kept as the roots of the complete subtrees it is made of: one
 * for each bit of its size, largest first. All that is needed to go on, whatever its size.
 */
export interface Frontier {
  size: number
  peaks: Buffer[]
}

export function emptyFrontier(): Frontier {
  return { size: 0, peaks: [] }
}

/**
 * Adds a leaf hash to `frontier`, in place; one node hash on average, log2(size) at most. `onNode`
 * hears of each subtree that became complete: the leaf first, then upwards.
 */
export function addLeaf(
  frontier: Frontier,
  leaf: Buffer,
  onNode: (height: number, index: number, hash: Buffer) => void = () => {},
): void {
  let node = leaf
  let index = frontier.size
  let height = 0
  onNode(height, index, node)
  // Sizes go beyond 32 bits, so no bit operators.
  while (index % 2 === 1) {
    node = nodeHash(frontier.peaks.pop()!, node)
    index = (index - 1) / 2
    height += 1
    onNode(height, index, node)
  }
  frontier.peaks.push(node)
  frontier.size += 1
}

/** Root of the tree, RFC 6962 section 2.1, 32 bytes; of no leaves, SHA-256 of nothing. */
export function rootOf({ peaks }: Frontier): Buffer {
  if (peaks.length === 0) return sha256(Buffer.alloc(0))
  return peaks.reduceRight((right, left) => nodeHash(left, right))
}

/** Root of the RFC 6962 Merkle tree over leaf hashes, in O(log n) memory however long the list. */
export function merkleRoot(leafHashes: Iterable<Buffer>): Buffer {
  const frontier = emptyFrontier()
  for (const leaf of leafHashes) addLeaf(frontier, leaf)
  return rootOf(frontier)
}
