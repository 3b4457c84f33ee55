import fc from 'fast-check'
import type { Trade, Trades } from '../../server/matters/form-schema'
import { claimForm } from '../../server/matters/form-schema'
import { typedValues } from '../../server/matters/forms/describe-answer'
import { parseQuestion, rawFields } from '../../server/matters/forms/parse-question'
import { readTradeLine } from '../../server/matters/forms/trade-line'
import {
  describeTrades,
  longestTrades,
  totalTrades,
  tradesRead,
  type TradesQuestion,
} from '../../server/matters/forms/trades'
import { testForm } from '../support/test-matters'

const both = (ko: string, en: string) => ({ ko, en })
const question: TradesQuestion = {
  id: 'trades',
  type: 'trades',
  label: both('거래', 'Trades'),
  required: true,
  from: '2025-04-14',
  to: '2025-11-30',
  max: 200,
}
const now = new Date('2026-11-24T03:00:00Z')

function parsed(lines: string, before = '', lang: 'ko' | 'en' = 'en') {
  const raw = rawFields(question, { trades: lines, trades_before: before })
  return parseQuestion(question, raw, { lang, now })
}

function trades(lines: string, before = ''): Trades {
  const result = parsed(lines, before)
  if (!result.ok) throw new Error(JSON.stringify(result.errors))
  return result.answer as Trades
}

function complaints(lines: string, lang: 'ko' | 'en' = 'en', before = '') {
  const result = parsed(lines, before, lang)
  if (result.ok) throw new Error('nothing was refused')
  return Object.fromEntries(Object.entries(result.errors).map(([id, one]) => [id, one.sentence]))
}

const bought: Trade = {
  date: '2025-05-01',
  side: 'buy',
  shareMillionths: 1_200_000_000,
  priceTenThousandths: 201_550,
}

test.each([
  '2025-05-01\tBuy\t1,200\t$20.155',
  '2025-05-01\tBuy\t1,200\t$20.1550\t\t',
  '5/1/2025\tBOUGHT\t1200\t20.155',
  '05/01/2025,B,1200,20.155',
  '5/1/2025, buy, 1,200, $20.155',
  '5/1/2025,buy,1,200,$20.155',
  '2025-05-01, buy, 1,200 shares, 20.155 USD',
  '"May 1, 2025","Buy","1,200","$20.155"',
  'May 1, 2025, buy, 1,200, 20.155',
  '1 May 2025 buy 1,200 US$20.155',
  '2025-05-01 buy 1,200 $ 20.155',
  '2025. 5. 1., 매수, 1,200주, 20.155달러',
  '2025년 5월 1일 매수 1,200주 20.155달러',
  '２０２５．５．１\t매수\t１，２００\t＄２０．１５５',
  '20250501;purchase;1200.000000;20.155',
])('%j is one purchase', (line) => {
  expect(readTradeLine(line)).toEqual(bought)
})

test('the account may stand last; parts of a share and prices below a cent are kept', () => {
  const line = '11/28/2025, sold, .123456, 0.0075, Broker A ***1234'
  expect(readTradeLine(line)).toEqual({
    date: '2025-11-28',
    side: 'sell',
    shareMillionths: 123_456,
    priceTenThousandths: 75,
    account: 'Broker A ***1234',
  })
})

test.each([
  ['yesterday, buy, 1, 2', 'trade_date'],
  ['5/1/25, buy, 1, 2', 'trade_date'],
  ['2025-02-30, buy, 1, 2', 'trade_date'],
  ['2025-05-01', 'trade_parts'],
  ['2025-05-01, buy, 100', 'trade_parts'],
  ['2025-05-01\tbuy\t1\t2\ta\tb', 'trade_parts'],
  ['2025-05-01, gift, 1, 2', 'trade_side'],
  ['2025-05-01, buy, 0, 2', 'trade_shares'],
  ['2025-05-01, buy, -5, 2', 'trade_shares'],
  ['2025-05-01, buy, 12,00, 2', 'trade_shares'],
  ['2025-05-01, buy, 10000001, 2', 'trade_shares'],
  ['2025-05-01, buy, 1, 20.12345', 'trade_price'],
  ['2025-05-01, buy, 1, ₩20000', 'trade_price'],
  ['2025-05-01\tbuy\t1\t2\t=1+1', 'trade_account'],
  // 1 share at 200 in account 20, or 1,200 at 20
  ['2025-05-01,buy,1,200,20', 'trade_ambiguous'],
])('%j is refused as %s', (line, problem) => {
  expect(readTradeLine(line)).toBe(problem)
})

/** Trades of every size that a form takes, with what their text is. */
const anyTrade = fc
  .record({
    day: fc.integer({ min: 0, max: 230 }),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    shareMillionths: fc.integer({ min: 1, max: 10_000_000_000_000 }),
    priceTenThousandths: fc.integer({ min: 0, max: 10_000_000_000 }),
    account: fc.option(fc.constantFrom('1234', 'IRA 5', '키움 1234', 'Broker B'), {
      nil: undefined,
    }),
  })
  .map(({ day, account, ...rest }): Trade => {
    const date = new Date(Date.UTC(2025, 3, 14 + day)).toISOString().slice(0, 10)
    return { date, ...rest, ...(account && { account }) }
  })

const grouped = (units: number, digits: number) => {
  const [whole, fraction = ''] = (units / 10 ** digits).toFixed(digits).split('.')
  const rest = fraction.replace(/0+$/, '')
  return BigInt(whole!).toLocaleString('en-US') + (rest && `.${rest}`)
}

test('whatever way dates, figures and gaps are written, the same trades are read', () => {
  const dates = [
    (y: string, m: string, d: string) => `${y}-${m}-${d}`,
    (y: string, m: string, d: string) => `${Number(m)}/${Number(d)}/${y}`,
    (y: string, m: string, d: string) => `${y}년 ${Number(m)}월 ${Number(d)}일`,
    (y: string, m: string, d: string) => `${y}. ${Number(m)}. ${Number(d)}.`,
  ]
  const rows = fc.array(
    fc.tuple(
      anyTrade,
      fc.constantFrom(...dates),
      fc.constantFrom('\t', ', ', '; ', ' ', 'quoted'),
      fc.constantFrom('', '$'),
    ),
    { minLength: 1, maxLength: 20 },
  )
  fc.assert(
    fc.property(rows, fc.constantFrom('\n', '\r\n'), (some, end) => {
      const lines = some.map(([trade, dateOf, gap, sign]) => {
        const [y, m, d] = trade.date.split('-') as [string, string, string]
        const side = { buy: '매수', sell: 'Sold' }[trade.side]
        const cells = [
          dateOf(y, m, d),
          side,
          grouped(trade.shareMillionths, 6),
          sign + grouped(trade.priceTenThousandths, 4),
        ]
        const all = [...cells, ...(trade.account ? [trade.account] : [])]
        return gap === 'quoted' ? all.map((cell) => `"${cell}"`).join(',') : all.join(gap)
      })
      expect(trades(`Date\tSide\tShares\tPrice${end}${lines.join(end)}${end}`).rows).toEqual(
        some.map(([trade]) => trade),
      )
    }),
    { numRuns: 300 },
  )
})

test('what was read is typed again as text that is read the same', () => {
  const form = claimForm.parse({
    ...testForm(),
    steps: [
      ...testForm().steps.slice(0, 2),
      { id: 'what_happened', title: both('거래', 'Trades'), questions: [question] },
    ],
  })
  fc.assert(
    fc.property(
      fc.array(anyTrade, { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 0, max: 10_000_000_000_000 }),
      (rows, shareMillionthsBefore) => {
        const answer = { shareMillionthsBefore, rows }
        const raw = typedValues(form, { trades: answer })
        expect(trades(raw['trades'] as string, raw['trades_before'] as string)).toEqual(answer)
      },
    ),
    { numRuns: 40 },
  )
})

test('no text makes it throw', () => {
  const piece = fc.constantFrom('2025-05-01', 'buy', '1,200', '$', ',', '\t', '"', ';', ' ', '\n')
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 60 }), (pieces) => {
      expect(typeof parsed(pieces.join('')).ok).toBe('boolean')
    }),
    { numRuns: 500 },
  )
  for (const one of [',', '1,', '"', '2025-05-01,', '\t', ' ']) {
    expect(parsed(one.repeat(longestTrades / 2)).ok).toBe(false)
  }
})

test('every wrong line is named as the reader counts them, the first four in words', () => {
  const lines = '\nDate,Side\n5/1/2025, buy, 10, 20\n5/2/2025, buy, ten, 20\n1/2/2025, buy, 1, 20'
  expect(complaints(lines)['trades']).toBe(
    'Line 4 “5/2/2025, buy, ten, 20”: Write the number of shares in digits. Example: 1,200 ' +
      'Line 5 “1/2/2025, buy, 1, 20”: January 2, 2025 lies outside April 14, 2025 to November 30, 2025. Please delete this line.',
  )
  const many = Array.from({ length: 9 }, () => '2025-05-01, 선물, 1, 2').join('\n')
  const told = (at: number) =>
    `${at}번째 줄 ‘2025-05-01, 선물, 1, 2’: 날짜 다음에 매수나 매도라고 적어 주세요.`
  expect(complaints(many, 'ko')['trades']).toBe(
    `${[1, 2, 3, 4].map(told).join(' ')} 그 밖에 5줄도 확인해 주세요.`,
  )
})

test('none, too many, more than is read, and no figure of what was held are refused', () => {
  const line = '2025-05-01, buy, 1, 2'
  expect(complaints('Date\tSide\n\n')['trades']).toMatch(/one a line/)
  expect(trades(Array.from({ length: 200 }, () => line).join('\n')).rows).toHaveLength(200)
  expect(complaints(Array.from({ length: 201 }, () => line).join('\n'))['trades']).toMatch(
    /up to 200 trades\. There are 201/,
  )
  // Nothing may be lost without a word because a text was cut.
  expect(complaints(line + ' '.repeat(longestTrades) + '\n' + line)['trades']).toMatch(
    /up to 200|Line 1 /,
  )
  expect(Object.keys(complaints(line, 'en', 'some'))).toEqual(['trades_before'])
})

test('totals: what was bought, sold and left, each sum rounded once to a cent', () => {
  const some = trades(
    '5/1/2025, buy, 1,200, 20.155\n5/2/2025, buy, 0.5, 0.0075\n11/28/2025, sell, 300, 25',
    '100',
  )
  expect(totalTrades(some)).toEqual({
    bought: { shareMillionths: 1_200_500_000, cents: 2_418_600 },
    sold: { shareMillionths: 300_000_000, cents: 750_000 },
    heldShareMillionths: 1_000_500_000,
  })
  expect(describeTrades(some, 'ko').split('\n').slice(0, 5)).toEqual([
    '기간 전에 가지고 있던 주식: 100주',
    '산 주식: 1,200.5주 · $24,186.00',
    '판 주식: 300주 · $7,500.00',
    '기간이 끝날 때 남은 주식: 1,000.5주',
    '2025-05-01 매수 1,200 × $20.155',
  ])
  expect(tradesRead(some, 'en').repeated).toBeUndefined()
  expect(tradesRead({ ...some, rows: [...some.rows, ...some.rows] }, 'en').repeated).toBe(
    'Trades that are the same as a line above: 3. Please check that you did not paste them twice.',
  )
})
