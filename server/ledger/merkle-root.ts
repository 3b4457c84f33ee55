import { createHash } from 'node:crypto'

/** Leaf hash of RFC 6962 section 2.1: SHA-256(0x00 ‖ leaf), 32 bytes. */
export function leafHash(leaf: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(leaf).digest()
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest()
}

/**
 * Root of the RFC 6962 Merkle tree over leaf hashes, 32 bytes; of no leaves, SHA-256 of nothing.
 * Keeps one hash per level, so a list of any length costs O(log n) memory.
 */
export function merkleRoot(leafHashes: Iterable<Buffer>): Buffer {
  const peaks: { height: number; hash: Buffer }[] = []
  for (const leaf of leafHashes) {
    let peak = { height: 0, hash: leaf }
    for (let last = peaks.at(-1); last?.height === peak.height; last = peaks.at(-1)) {
      peaks.pop()
      peak = { height: peak.height + 1, hash: nodeHash(last.hash, peak.hash) }
    }
    peaks.push(peak)
  }
  let root = peaks.pop()?.hash
  if (!root) return createHash('sha256').digest()
  for (let peak = peaks.pop(); peak; peak = peaks.pop()) root = nodeHash(peak.hash, root)
  return root
}
