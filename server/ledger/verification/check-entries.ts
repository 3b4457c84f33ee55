import { createHmac } from 'node:crypto'
import type { Tx } from '../../db/connections'
import { countEntries } from '../count-entries'
import type { TileGrowth } from '../ledger.store'
import { readJson, type Json } from '../read-json'
import { addLeaf, emptyFrontier, leafHash, merkleRoot, type Frontier } from '../tree/merkle-root'
import { growingTiles } from '../tree/tile-growth'
import { tileWidth } from '../tree/tiles'
import type { Finding } from './finding'
import * as store from './verification.store'

export interface EntryCheck {
  report: (finding: Finding) => void
  /** hears of the tree after each leaf; a promise only where there is something to wait for */
  onLeaf: (tree: Frontier) => Promise<void> | undefined
  onProgress: (done: number) => void
}

const pieceRows = 5_000

/**
 * Walks over all leaves in order: each entry against its leaf, its commitment and what stands beside it;
 * then the tiles and the counts that were made from them.
 */
export async function checkEntries(tx: Tx, size: number, check: EntryCheck): Promise<void> {
  const tree = emptyFrontier()
  const tiles = growingTiles()
  const counts = new Map<string, number>()
  let made = 0
  const checkTiles = async (which: (hashes: number) => boolean) => {
    const due = tiles.take(which)
    await compareTiles(tx, due, check.report)
    made += due.length
  }

  const piece = (first: number) => {
    const limit = Math.max(0, Math.min(pieceRows, size - first))
    const asked = store.selectLeaves(tx, { from: first, limit })
    // Awaited only when its turn comes; until then a failure is not unheard of, just not heard yet.
    asked.catch(() => {})
    return asked
  }
  let coming = piece(0)
  for (let from = 0; from < size;) {
    const rows = await coming
    // The database looks for the next piece while this one is hashed.
    coming = piece((rows.at(-1)?.index ?? size) + 1)
    for (const row of rows) {
      for (; from < row.index; from++) check.report({ kind: 'leaf_missing', index: from })
      checkEntry(row, check.report)
      // What is there now, not what its leaf says: the tree is rebuilt from the entries.
      const hash = row.entry === null ? row.leaf_hash : leafHash(Buffer.from(row.entry))
      addLeaf(tree, hash, tiles.add)
      from = row.index + 1
      const comparing = check.onLeaf(tree)
      if (comparing) await comparing
    }
    if (rows.length === 0) {
      check.report({ kind: 'leaf_missing', index: from })
      break
    }
    await checkSalts(tx, rows, check.report)
    await checkOpenings(tx, rows, check.report)
    await checkTiles((width) => width === tileWidth)
    const entries = rows.flatMap(({ entry }) => entry ?? [])
    for (const { type, matter, day, count } of countEntries(entries)) {
      const key = `${type} ${matter} ${day}`
      counts.set(key, (counts.get(key) ?? 0) + count)
    }
    check.onProgress(from)
  }
  await coming
  await checkTiles(() => true)
  if ((await store.countTiles(tx)) !== made) {
    check.report({ kind: 'tile_changed', detail: 'there are more of them than the entries make' })
  }
  await compareCounts(tx, counts, check.report)
}

/** One entry against its leaf, what it committed to, and the columns beside it that pages go by. */
function checkEntry(row: store.LeafRow, report: (finding: Finding) => void): void {
  const place = { index: row.index, id: row.entry_id }
  if (row.entry === null) return report({ kind: 'entry_missing', ...place })
  if (!leafHash(Buffer.from(row.entry)).equals(row.leaf_hash)) {
    return report({ kind: 'entry_changed', ...place })
  }
  const shown = readJson(row.entry)
  const own = readJson(row.private)
  if (!shown || row.private === null || !own) return report({ kind: 'commitment_broken', ...place })
  if (row.salt) {
    const commitment = createHmac('sha256', row.salt).update(row.private).digest('hex')
    if (commitment !== shown['c']) return report({ kind: 'commitment_broken', ...place })
  }
  const at = row.at?.toISOString()
  const fits =
    own['kind'] === row.kind &&
    (shown['type'] === row.kind || shown['type'] === 'private') &&
    own['at'] === at &&
    shown['at'] === at &&
    (own['claim'] ?? null) === row.claim_id
  if (!fits) report({ kind: 'label_changed', ...place })
}

/** A salt goes when its claim is erased, and at no other time. */
async function checkSalts(
  tx: Tx,
  rows: store.LeafRow[],
  report: (finding: Finding) => void,
): Promise<void> {
  for (const { salt, entry, claim_id: claimId, index, entry_id: id } of rows) {
    if (salt !== null || entry === null) continue
    if (claimId === null || !(await store.wasErased(tx, claimId))) {
      report({ kind: 'salt_missing', index, id })
    }
  }
}

/** The claims of each opening give the number and root that its entry committed to. */
async function checkOpenings(
  tx: Tx,
  rows: store.LeafRow[],
  report: (finding: Finding) => void,
): Promise<void> {
  const facts = new Map<string, Json>()
  const openings = rows.filter((row) => {
    const own = row.kind === 'claim.opened' ? readJson(row.private) : null
    if (own) facts.set(row.entry_id, own)
    return own !== null
  })
  const ones = openings.filter((row) => facts.get(row.entry_id)!['claims'] === 1)
  const known = new Map<string, string[]>()
  const found =
    ones.length === 0
      ? []
      : await store.selectOpenedOnes(
          tx,
          ones.map((row) => row.entry_id),
        )
  for (const { entry_id: id, claim_id: claimId } of found) {
    known.set(id, [...(known.get(id) ?? []), claimId])
  }
  for (const { entry_id: id, index } of openings) {
    const { claims, root } = facts.get(id)!
    const opened = claims === 1 ? (known.get(id) ?? []) : await store.selectOpened(tx, id)
    const is = merkleRoot(opened.map((one) => leafHash(Buffer.from(one)))).toString('hex')
    if (opened.length !== claims || is !== root) report({ kind: 'opening_changed', index, id })
  }
}

async function compareTiles(
  tx: Tx,
  tiles: TileGrowth[],
  report: (finding: Finding) => void,
): Promise<void> {
  if (tiles.length === 0) return
  const stored = new Map(
    (await store.selectTiles(tx, tiles)).map((row) => [`${row.level}/${row.index}`, row.hashes]),
  )
  for (const { level, index, hashes } of tiles) {
    const bytes = stored.get(`${level}/${index}`) ?? Buffer.alloc(0)
    if (bytes.equals(hashes)) continue
    const differs = hashes.findIndex((byte, at) => byte !== bytes[at])
    const at = index * tileWidth + Math.floor((differs === -1 ? hashes.length : differs) / 32)
    const detail = `level ${level}, tile ${index}`
    report({ kind: 'tile_changed', index: at * tileWidth ** level, detail })
  }
}

async function compareCounts(
  tx: Tx,
  counts: Map<string, number>,
  report: (finding: Finding) => void,
): Promise<void> {
  const shown = await store.selectCounts(tx)
  for (const { type, matter, day, count } of shown) {
    const key = `${type} ${matter} ${day}`
    const is = counts.get(key) ?? 0
    if (is !== count)
      report({ kind: 'counts_changed', detail: `${key}: ${count} shown, ${is} there` })
    counts.delete(key)
  }
  for (const [key, is] of counts) {
    report({ kind: 'counts_changed', detail: `${key}: none shown, ${is} there` })
  }
}
