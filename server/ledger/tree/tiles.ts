/** Hashes, and entries, of a full tile (C2SP tlog-tiles). */
export const tileWidth = 256

/** Levels of a tree that one tile spans. */
export const tileHeight = 8

/** A tile, or a bundle of entries, as an address names it. */
export interface TileName {
  /** level of hashes, or the entries themselves */
  level: number | 'entries'
  index: number
  /** 256 when it is full, else how many of its hashes are asked for */
  width: number
}

// Enough for 256^8 entries; a longer one is no tile of ours.
const deepest = 7
const indexShape = /^(?:x\d{3}\/)*\d{3}$/
const partialShape = /^[1-9]\d{0,2}$/

/** `tile/<L>/<N>[.p/<W>]`: three digits an element, all but the last with an x in front. */
export function tilePath({ level, index, width }: TileName): string {
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const elements = padded.match(/\d{3}/g)!
  const last = elements.pop()!
  const path = [...elements.map((element) => `x${element}`), last].join('/')
  return `tile/${level}/${path}${width === tileWidth ? '' : `.p/${width}`}`
}

/**
 * Reads such a path back; null for anything that `tilePath` would not have written, so that each tile
 * has one address.
 */
export function parseTilePath(path: string): TileName | null {
  const [kind, levelText = '', ...rest] = path.split('/')
  const level: TileName['level'] = levelText === 'entries' ? 'entries' : Number(levelText)
  if (kind !== 'tile' || (level !== 'entries' && !(level >= 0 && level <= deepest))) return null
  const [indexText = '', widthText, ...more] = rest.join('/').split('.p/')
  if (more.length > 0 || !indexShape.test(indexText)) return null
  if (widthText !== undefined && !partialShape.test(widthText)) return null
  const index = Number(indexText.replace(/[x/]/g, ''))
  const width = widthText === undefined ? tileWidth : Number(widthText)
  const name = { level, index, width }
  if (!Number.isSafeInteger(index) || (widthText !== undefined && width >= tileWidth)) return null
  return tilePath(name) === path ? name : null
}

/**
 * How many hashes, or entries, tile `index` of a level has in a tree of `size` leaves: 0 when it is not
 * there, 256 when it is full.
 */
export function tileWidthAt(level: number | 'entries', index: number, size: number): number {
  const complete = Math.floor(size / tileWidth ** (level === 'entries' ? 0 : level))
  return Math.max(0, Math.min(tileWidth, complete - index * tileWidth))
}
