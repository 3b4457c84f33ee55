import { fromBase64, toBase64 } from './checkpoint'

/**
 * Proof that an entry is in the tree of a checkpoint, in one text (C2SP tlog-proof): other tools read it
 * too. Browsers run this file, so nothing here may need Node.
 */
export interface TlogProof {
  index: number
  /** the audit path, 32 bytes each */
  hashes: Uint8Array[]
  /** the signed checkpoint, word for word */
  note: string
}

const firstLine = 'c2sp.org/tlog-proof@v1'

export function formatTlogProof({ index, hashes, note }: TlogProof): string {
  return [firstLine, `index ${index}`, ...hashes.map(toBase64), '', note].join('\n')
}

/** Null for anything that `formatTlogProof` would not have written. */
export function parseTlogProof(text: string): TlogProof | null {
  const end = text.indexOf('\n\n')
  const [first, second = '', ...lines] = text.slice(0, Math.max(0, end)).split('\n')
  const index = /^index (0|[1-9]\d{0,15})$/.exec(second)?.[1]
  const hashes = lines.map(fromBase64)
  if (first !== firstLine || index === undefined) return null
  if (!hashes.every((hash): hash is Uint8Array => hash?.length === 32)) return null
  return { index: Number(index), hashes, note: text.slice(end + 2) }
}
