import { stringify } from 'csv-stringify/sync'

/** First bytes of the file: Excel reads UTF-8 only when it sees them. */
export const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * What a spreadsheet would run or swallow at the start of a cell, half and full width, and the
 * apostrophe itself, so that the rule can be reversed.
 */
const guarded = /^[=+\-@\t\r\n'＝＋－＠]/

/**
 * The one rule against formulas in cells: a cell that begins with `= + - @`, a tab, a line break or an
 * apostrophe gets an apostrophe in front. `unguard` reverses it for every text.
 */
export function guard(cell: string): string {
  return guarded.test(cell) ? `'${cell}` : cell
}

/** The text as it was before `guard`. */
export function unguard(cell: string): string {
  return cell.startsWith("'") ? cell.slice(1) : cell
}

/** Lines of CSV (RFC 4180: CRLF, every cell in quotes), UTF-8, guarded. */
export function csvLines(rows: string[][]): Buffer {
  const text = stringify(
    rows.map((row) => row.map(guard)),
    // Quotes around everything, because a cell with a lone line feed would otherwise get none.
    { quoted: true, quoted_empty: true, record_delimiter: '\r\n' },
  )
  return Buffer.from(text, 'utf8')
}

/** Counts the rows of such a file as its bytes go by; quotes inside a cell are doubled, so toggling is exact. */
export function rowCounter(): { add(bytes: Uint8Array): void; rows(): number } {
  let quoted = false
  let lines = 0
  return {
    add(bytes) {
      for (const byte of bytes) {
        if (byte === 0x22) quoted = !quoted
        else if (byte === 0x0a && !quoted) lines += 1
      }
    },
    // The first line is the header.
    rows: () => Math.max(0, lines - 1),
  }
}
