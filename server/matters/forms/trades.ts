import type { Lang, Question, Trade, Trades } from '../form-schema'
import { showAmount } from './amount'
import { showDay } from '../../web/show-moment'
import { oneLine } from './text'
import { readTradeLine, readShares } from './trade-line'
import { complaint, fieldWords, type Complaint } from './words'

export type TradesQuestion = Extract<Question, { type: 'trades' }>

/** Shares held before the period stand in a field of their own. */
export const beforeField = (question: TradesQuestion) => `${question.id}_before`

/** A list of trades is longer than any other answer; in UTF-16 units. */
export const longestTrades = 24_000

/** So many wrong lines are named; of the others only how many there are. */
const namedLines = 4

/** So much of each, in characters. */
const shownOfLine = 32

type Read = { ok: true; trades: Trades } | { ok: false; errors: Record<string, Complaint> }

/**
 * Trades as people type or paste them, one a line: date, buy or sell, shares, price of one in dollars, and
 * if they like the account; between them tabs, commas, semicolons or spaces. A first line without a figure is
 * the head of a table. Every line that cannot be read is named, counted as the reader sees them.
 */
export function parseTrades(
  question: TradesQuestion,
  sent: { before: string; lines: string },
  lang: Lang,
): Read {
  const errors: Record<string, Complaint> = {}
  const shareMillionthsBefore = sent.before.trim() === '' ? 0 : readShares(sent.before, 'none')
  if (shareMillionthsBefore === undefined) {
    errors[beforeField(question)] = complaint(lang, 'trades_before')
  }
  const rows: Trade[] = []
  const wrong: string[] = []
  const lines = sent.lines.split(/\r\n?|[\n\v\f\u0085\u2028\u2029]/u)
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || (rows.length === 0 && wrong.length === 0 && !/\p{Nd}/u.test(line)))
      continue
    const read = readTradeLine(line)
    const problem =
      typeof read === 'string' ? fieldWords(lang, read) : outside(question, read, lang)
    if (problem) {
      const values = { line: index + 1, text: beginning(line), what: problem }
      wrong.push(fieldWords(lang, 'trade_line', values))
    } else rows.push(read as Trade)
  }
  const count = rows.length + wrong.length
  if (sent.lines.length >= longestTrades || count > question.max) {
    errors[question.id] = complaint(lang, 'trades_many', { max: question.max, count })
  } else if (wrong.length > 0) {
    const more = wrong.length - namedLines
    const sentences = wrong.slice(0, namedLines)
    if (more > 0) sentences.push(fieldWords(lang, 'trades_more', { count: more }))
    errors[question.id] = { sentence: sentences.join(' '), vague: false }
  } else if (rows.length === 0 && question.required) {
    errors[question.id] = complaint(lang, 'trades_missing')
  }
  if (shareMillionthsBefore === undefined || Object.keys(errors).length > 0) {
    return { ok: false, errors }
  }
  return { ok: true, trades: { shareMillionthsBefore, rows } }
}

/** Enough of a line to find it by among forty, as it stands there. */
function beginning(line: string): string {
  const text = Array.from(oneLine(line).trim())
  return text.length > shownOfLine ? `${text.slice(0, shownOfLine).join('')}…` : text.join('')
}

function outside({ from, to }: TradesQuestion, { date }: Trade, lang: Lang): string | undefined {
  if (date >= from && date <= to) return undefined
  const [first, last] = [showDay(from, lang), showDay(to, lang)]
  return fieldWords(lang, 'trade_period', { date: showDay(date, lang), from: first, to: last })
}

export interface TradeTotals {
  bought: { shareMillionths: number; cents: number }
  sold: { shareMillionths: number; cents: number }
  /** At the end of the period; below nothing when more was sold than there was. */
  heldShareMillionths: number
}

/** What was bought and sold in the period, and what was left at its end. Money in cents, each sum rounded once. */
export function totalTrades({ shareMillionthsBefore, rows }: Trades): TradeTotals {
  const sum = (side: Trade['side']) => {
    const some = rows.filter((one) => one.side === side)
    // 1/1,000,000 share × 1/10,000 dollar: past what a number holds exactly.
    const value = some.reduce(
      (all, one) => all + BigInt(one.shareMillionths) * BigInt(one.priceTenThousandths),
      0n,
    )
    return {
      shareMillionths: some.reduce((all, one) => all + one.shareMillionths, 0),
      cents: Number((value + 50_000_000n) / 100_000_000n),
    }
  }
  const [bought, sold] = [sum('buy'), sum('sell')]
  const heldShareMillionths = shareMillionthsBefore + bought.shareMillionths - sold.shareMillionths
  return { bought, sold, heldShareMillionths }
}

/** "1,200", "0.5". */
export function showShares(shareMillionths: number): string {
  return (shareMillionths / 1e6).toLocaleString('en-US', { maximumFractionDigits: 6 })
}

/** "$20.15", "$0.0075". */
export function showPrice(priceTenThousandths: number): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 4 }
  return `$${(priceTenThousandths / 10_000).toLocaleString('en-US', digits)}`
}

const sharesIn = (lang: Lang, shareMillionths: number) =>
  fieldWords(lang, 'trades_shares', { shares: showShares(shareMillionths) })

/** The totals as lines of a page: what, how many shares, and for how much. */
export function tradeTotalLines(trades: Trades, lang: Lang): { key: string; value: string }[] {
  const { bought, sold, heldShareMillionths: held } = totalTrades(trades)
  const money = (cents: number) => showAmount({ currency: 'USD', minorUnits: cents }, lang)
  const traded = ({ shareMillionths, cents }: TradeTotals['bought']) =>
    `${sharesIn(lang, shareMillionths)} · ${money(cents)}`
  return [
    {
      key: fieldWords(lang, 'trades_held_before'),
      value: sharesIn(lang, trades.shareMillionthsBefore),
    },
    { key: fieldWords(lang, 'trades_bought'), value: traded(bought) },
    { key: fieldWords(lang, 'trades_sold'), value: traded(sold) },
    { key: fieldWords(lang, 'trades_held'), value: sharesIn(lang, held) },
  ]
}

/** One trade in the reader's words: what the table of a page shows. */
export function tradeCells(trade: Trade, lang: Lang) {
  return {
    date: trade.date,
    side: fieldWords(lang, trade.side === 'buy' ? 'trade_buy' : 'trade_sell'),
    shares: showShares(trade.shareMillionths),
    price: showPrice(trade.priceTenThousandths),
    account: trade.account ?? '',
  }
}

/** How a list was read, as views/partials/trades-read.ejs draws it. */
export function tradesRead(trades: Trades, lang: Lang) {
  const heads = ['date', 'side', 'shares', 'price'] as const
  return {
    totals: tradeTotalLines(trades, lang),
    oversold:
      totalTrades(trades).heldShareMillionths < 0 ? fieldWords(lang, 'trades_oversold') : undefined,
    repeated: repeatedRows(trades, lang),
    caption: fieldWords(lang, 'trades_caption', { count: trades.rows.length }),
    heads: heads.map((head) => fieldWords(lang, `trades_head_${head}`)),
    rows: trades.rows.map((row) => tradeCells(row, lang)),
  }
}

/** Two alike may well be two trades; a list that was pasted twice is what it looks like too. */
function repeatedRows({ rows }: Trades, lang: Lang): string | undefined {
  const different = new Set(rows.map((row) => JSON.stringify(row))).size
  const count = rows.length - different
  return count > 0 ? fieldWords(lang, 'trades_repeated', { count }) : undefined
}

/** Everything in lines of text: totals, then the trades. */
export function describeTrades(trades: Trades, lang: Lang): string {
  const totals = tradeTotalLines(trades, lang).map(({ key, value }) => `${key}: ${value}`)
  return [...totals, ...tradeLines(trades, lang)].join('\n')
}

/** The trades alone, one a line. */
export function tradeLines(trades: Trades, lang: Lang): string[] {
  return trades.rows.map((row) => {
    const { date, side, shares, price, account } = tradeCells(row, lang)
    return `${date} ${side} ${shares} × ${price}${account && ` (${account})`}`
  })
}

/** As a person would have typed them, plain figures between commas. */
export function typedTrades({ shareMillionthsBefore, rows }: Trades) {
  const plain = (units: number, scale: number, digits: number) =>
    (units / scale).toFixed(digits).replace(/\.?0+$/, '')
  return {
    before: shareMillionthsBefore === 0 ? '' : plain(shareMillionthsBefore, 1e6, 6),
    lines: rows
      .map(({ date, side, shareMillionths, priceTenThousandths, account }) => {
        const price = plain(priceTenThousandths, 10_000, 4)
        const cells = [date, side, plain(shareMillionths, 1e6, 6), price]
        return [...cells, ...(account ? [account] : [])].join(', ')
      })
      .join('\n'),
  }
}
