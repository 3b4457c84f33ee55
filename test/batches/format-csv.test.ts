import fc from 'fast-check'
import { csvLines, guard, rowCounter, unguard } from '../../server/batches/format-csv'
import { parseCsv } from '../support/archive'

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .tuple(fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', "'", '"', '＝', ''), fc.string())
    .map(([first, rest]) => first + rest),
)

test('no cell begins like a formula, and every text comes back as it was', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const cell = guard(text)
      expect(cell).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/)
      expect(unguard(cell)).toBe(text)
    }),
    { numRuns: 2_000 },
  )
})

test('what is written reads back cell by cell, and its rows are counted', () => {
  fc.assert(
    fc.property(fc.array(fc.array(nasty, { minLength: 3, maxLength: 3 })), (rows) => {
      // Lone surrogates have no UTF-8.
      const wellFormed = rows.map((row) => row.map((cell) => Buffer.from(cell).toString()))
      const bytes = Buffer.concat([csvLines([['a', 'b', 'c']]), csvLines(wellFormed)])
      const read = parseCsv(bytes).slice(1)
      expect(read.map((row) => row.map(unguard))).toEqual(wellFormed)
      const counter = rowCounter()
      // Cut anywhere: the counter sees a stream.
      for (let at = 0; at < bytes.length; at += 7) counter.add(bytes.subarray(at, at + 7))
      expect(counter.rows()).toBe(wellFormed.length)
    }),
    { numRuns: 300 },
  )
})
