import type { TileGrowth } from '../ledger.store'
import { tileHeight, tileWidth } from './tiles'

export interface GrowingTiles {
  /** Takes each subtree that became complete; those at a height that tiles do not hold are passed over. */
  add: (height: number, index: number, hash: Buffer) => void
  /** What was added since the last call, tile by tile. */
  take: (which?: (hashes: number) => boolean) => TileGrowth[]
}

/** Collects the hashes that a growing tree adds to its tiles, in the order in which they follow. */
export function growingTiles(): GrowingTiles {
  const tiles = new Map<string, { level: number; index: number; hashes: Buffer[] }>()
  return {
    add(height, index, hash) {
      if (height % tileHeight !== 0) return
      const tile = { level: height / tileHeight, index: Math.floor(index / tileWidth) }
      const key = `${tile.level}/${tile.index}`
      const known = tiles.get(key) ?? { ...tile, hashes: [] }
      known.hashes.push(hash)
      tiles.set(key, known)
    },
    take(which = () => true) {
      const due = [...tiles].filter(([, { hashes }]) => which(hashes.length))
      for (const [key] of due) tiles.delete(key)
      return due.map(([, tile]) => ({ ...tile, hashes: Buffer.concat(tile.hashes) }))
    },
  }
}
