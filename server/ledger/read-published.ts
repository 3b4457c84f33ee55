import type { Db } from '../db/connections'
import * as store from './ledger.store'
import { tileWidth, type TileName } from './tree/tiles'

const hashBytes = 32

/** The newest signed note under the newest name, or nothing before the first round of the sequencer. */
export async function readCheckpoint(db: Db): Promise<store.CheckpointRow | undefined> {
  const origin = await store.selectNewestOrigin(db)
  return origin && store.selectNewestCheckpoint(db, origin.id)
}

/**
 * A tile of hashes or a bundle of entries (C2SP tlog-tiles), of exactly the width asked for; null where
 * the signed tree has not that many. Tiles, leaves and the checkpoint over them come with one commit, so
 * what is there is signed. A tile only grows at its end: a narrower one stays the same bytes for good.
 */
export async function readTile(
  db: Db,
  { level, index, width }: TileName,
): Promise<Uint8Array | null> {
  if (level === 'entries') return readBundle(db, index, width)
  const hashes = await store.selectTile(db, level, index)
  const length = width * hashBytes
  return hashes && hashes.length >= length ? hashes.subarray(0, length) : null
}

async function readBundle(db: Db, index: number, width: number): Promise<Uint8Array | null> {
  const first = index * tileWidth
  const entries = await store.selectEntries(db, { first, limit: width })
  if (entries.length < width) return null
  return Buffer.concat(
    entries.flatMap(({ entry }) => {
      const bytes = Buffer.from(entry)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(bytes.length)
      return [length, bytes]
    }),
  )
}
