import fc from 'fast-check'
import { containsResidentNumber } from '../../server/matters/forms/resident-number'
import { oneLine, severalLines } from '../../server/matters/forms/text'

const two = (n: number) => String(n).padStart(2, '0')
const characters = (text: string) => Array.from(text)
const fullWidth = (text: string) =>
  text.replace(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))

/** The digit that closes a number given before October 2020; two higher for foreigners (5 to 8). */
function checkDigit(twelve: string): number {
  const weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]
  const sum = weights.reduce((total, weight, i) => total + weight * Number(twelve[i]), 0)
  const local = (11 - (sum % 11)) % 10
  return Number(twelve[6]) >= 5 ? (local + 2) % 10 : local
}

const born = (min: string, max: string) =>
  fc
    .date({
      min: new Date(`${min}T00:00:00Z`),
      max: new Date(`${max}T00:00:00Z`),
      noInvalidDate: true,
    })
    .map((date) => ({
      six: two(date.getUTCFullYear() % 100) + two(date.getUTCMonth() + 1) + two(date.getUTCDate()),
      before2000: date.getUTCFullYear() < 2000,
    }))
const kindOf = (before2000: boolean) =>
  fc.constantFrom(...(before2000 ? ['1', '2', '5', '6'] : ['3', '4', '7', '8']))
const parts = (min: string, max: string) =>
  born(min, max).chain(({ six, before2000 }) =>
    fc.record({
      six: fc.constant(six),
      kind: kindOf(before2000),
      five: fc.stringMatching(/^\d{5}$/),
      last: fc.integer({ min: 0, max: 9 }),
    }),
  )
const old = parts('1900-01-01', '2020-09-30')
const recent = parts('2020-10-01', '2026-11-24')
const around = fc.constantFrom('', ' ', '제 번호는 ', '(', 'no.', '\n')

test('with a dash the shape is enough, whatever the last digit and whatever kind of dash', () => {
  const dash = fc.constantFrom('-', '–', '—', '−', '‑', '-', ' - ', 'ㅡ')
  fc.assert(
    fc.property(old, dash, around, ({ six, kind, five, last }, between, beside) => {
      const text = `${beside}${six}${between}${kind}${five}${last}${beside}`
      expect(containsResidentNumber(text)).toBe(true)
      expect(containsResidentNumber(fullWidth(text))).toBe(true)
    }),
  )
})

/** What hides in copied text, or stands for a space. */
const hiding = fc.constantFrom(
  ...characters(
    '\0\u0001\u0085\u00ad\u0332\u034f\u200b\u200d\u200e\u2028\u2029\u2060\u3164\ufe0f\ufeff\uffa0\ud800',
  ),
  '\u{e0041}',
)

test('whatever hides between its characters, and whatever is stripped later, it is found', () => {
  fc.assert(
    fc.property(old, fc.array(hiding), fc.nat(), ({ six, kind, five, last }, hidden, seed) => {
      const number = characters(`${six}-${kind}${five}${last}`)
      for (const [index, character] of hidden.entries()) {
        number.splice((seed + index * 7) % number.length, 0, character)
      }
      expect(containsResidentNumber(number.join(''))).toBe(true)
    }),
  )
})

test('what is kept of a text that passed passes too, as often as it is looked at', () => {
  const digit = fc.constantFrom(...characters('0123456789٣３'))
  const between = fc.oneof(
    hiding,
    fc.constantFrom(' ', '  ', '\n', '\t', '\r\n', '-', '－', '\u00a0'),
  )
  const piece = fc.oneof({ weight: 3, arbitrary: digit }, between)
  const numbers = old.map(({ six, kind, five, last }) => `${six} ${kind}${five}${last}`)
  const text = fc.array(fc.oneof({ weight: 9, arbitrary: piece }, numbers), { maxLength: 30 })
  fc.assert(
    fc.property(text, (pieces) => {
      const typed = pieces.join('')
      for (const keep of [oneLine, severalLines]) {
        const kept = keep(typed)
        expect(keep(kept)).toBe(kept)
        expect(kept).toBe(kept.normalize('NFC'))
        expect(containsResidentNumber(typed) || !containsResidentNumber(kept)).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})

test('without a dash only the right check digit counts, for birth dates before October 2020', () => {
  fc.assert(
    fc.property(old, around, ({ six, kind, five, last }, beside) => {
      const twelve = six + kind + five
      const fits = last === checkDigit(twelve)
      expect(containsResidentNumber(`${beside}${twelve}${last}${beside}`)).toBe(fits)
      expect(containsResidentNumber(`${beside}${twelve}${checkDigit(twelve)}${beside}`)).toBe(true)
    }),
  )
})

test('without a dash any last digit counts from October 2020 on', () => {
  fc.assert(
    fc.property(recent, ({ six, kind, five, last }) => {
      expect(containsResidentNumber(six + kind + five + String(last))).toBe(true)
    }),
  )
})

test('a number inside a longer run of digits is none', () => {
  fc.assert(
    fc.property(old, fc.integer({ min: 0, max: 9 }), ({ six, kind, five, last }, digit) => {
      for (const dash of ['', '-']) {
        expect(containsResidentNumber(`${digit}${six}${dash}${kind}${five}${last}`)).toBe(false)
        expect(containsResidentNumber(`${six}${dash}${kind}${five}${last}${digit}`)).toBe(false)
      }
    }),
  )
})

test.each([
  ['a 13-digit order number whose check digit does not fit', '8503041234560'],
  ['a 13-digit order number that begins with a year', '2025110312345'],
  ['a month 13', '851304-1234567'],
  ['a day that the month has not', '850230-1234567'],
  ['29 February of a year without one', '010229-3234567'],
  ['a seventh digit of 9 or 0', '850304-9234567 850304-0234567'],
  ['a phone number', '010-1234-5678, 02-123-4567'],
  ['a date and a phone number', '2025-11-29 010-1234-5678'],
  ['an account number', '110-123-456789'],
  ['an American number', '078-05-1120'],
  ['nothing', ''],
])('passes %s', (_what, text) => {
  expect(containsResidentNumber(text)).toBe(false)
})

test.each([
  ['29 February of a leap year', '000229-3234567'],
  ['a foreigner’s number', '850304-5234567'],
  ['a number behind an ordinary one', '주문 2025110312345, 850304-1234567입니다'],
  ['digits with an invisible character between', '8503\u200b04-1234567'],
  ['a control and a line separator between', '900101-1\u000123\u20284567'],
  ['more space than is kept', '850304  -  1234567'],
  ['a dash at the end of a line', '850304-\n1234567'],
  ['a soft hyphen for a dash', '850304\u00ad1234567'],
  ['Arabic digits', '٨٥٠٣٠٤-١٢٣٤٥٦٧'],
  ['Devanagari digits', '८५०३०४-१२३४५६७'],
  ['circled digits and a box line', '⑧⑤⓪③⓪④─①②③④⑤⑥⑦'],
  ['underlined digits', '850304-1234567'.replaceAll(/\d/g, '$&\u0332')],
  ['a number right behind letters', '번호850304-1234567번'],
])('finds %s', (_what, text) => {
  expect(containsResidentNumber(text)).toBe(true)
})

test('long text without digits in the right place is read quickly', () => {
  const started = performance.now()
  expect(containsResidentNumber('850304 '.repeat(2_000))).toBe(false)
  expect(containsResidentNumber('1'.repeat(12_000))).toBe(false)
  expect(performance.now() - started).toBeLessThan(500)
})
