import type { Trade } from '../form-schema'
import { normaliseDate } from './date'
import { oneLine } from './text'
import type { FieldWord } from './words'

/** Why a line is no trade, as the word that says so. */
export type TradeProblem = Extract<FieldWord, `trade_${string}`>

const buys = /^(buy|bought|b|purchased?|매수|구매|구입|매입|산|샀음)$/i
const sells = /^(sell|sold|s|sale|매도|판매|매각|판|팔았음)$/i

// As people write dates, with what they hold inside: spaces, and the comma of "May 1, 2025".
const dateAtStart = new RegExp(
  '^(?:' +
    [
      '\\d{4} ?[-./년] ?\\d{1,2} ?[-./월] ?\\d{1,2}(?: ?일|\\.)?',
      '\\d{8}',
      '\\d{1,2}[-./]\\d{1,2}[-./]\\d{4}',
      '[a-z]{3,9}\\.? \\d{1,2}(?:st|nd|rd|th)?,? \\d{4}',
      '\\d{1,2}(?:st|nd|rd|th)? [a-z]{3,9}\\.?,? \\d{4}',
    ].join('|') +
    ')(?=[ ,]|$)',
  'i',
)

/** A longer line is no trade, and is not looked at in every way; in UTF-16 units. */
const longestLine = 500
const longestAccount = 40
/** In one trade: ten million shares, a million dollars a share. */
const mostShareMillionths = 10_000_000 * 1e6
const mostPriceTenThousandths = 1_000_000 * 10_000

/**
 * One line as a trade, or why it is none. Dates year first, in Korean, or month first as American brokers write
 * them. Where commas divide the line and stand in figures too, it counts only if it can be read in one way.
 */
export function readTradeLine(raw: string): Trade | TradeProblem {
  if (raw.length > longestLine) return 'trade_parts'
  // Tabs tell cells apart, so they are looked for before white space is made alike.
  const divided = raw.includes('\t') ? '\t' : raw.includes(';') ? ';' : undefined
  if (divided) return readCells(raw.split(divided).map((cell) => unquoted(tidy(cell))))
  const line = tidy(raw)
  if (line.includes('"')) return readCells(quotedCells(line).map((cell) => cell.trim()))

  const date = dateAtStart.exec(line)?.[0]
  if (date === undefined) return 'trade_date'
  const rest = line
    .slice(date.length)
    .replace(/^[ ,]+/, '')
    // A unit belongs to the figure before it, a sign of money to the one after.
    .replace(/(\d) (주|shares?|sh|달러|usd)(?=[ ,]|$)/gi, '$1$2')
    .replace(/(\$|usd) (?=\d)/gi, '$1')
  if (!/^[^\d,]+,/.test(rest)) {
    const [side, shares, price, ...account] = rest.split(' ')
    return readCells([date, side ?? '', shares ?? '', price ?? '', account.join(' ')])
  }
  const spaced = rest.split(/, +/)
  // Commas with a space divide; those without stand in figures.
  if (spaced.length >= 3 && !spaced[0]!.includes(',')) return readCells([date, ...spaced])
  const readings = groupings(rest.split(',').map((cell) => cell.trim())).map((cells) =>
    readCells([date, ...cells]),
  )
  const trades = readings.filter((one): one is Trade => typeof one !== 'string')
  if (trades.length > 1) return 'trade_ambiguous'
  return trades[0] ?? readings[0]!
}

const tidy = (text: string) => oneLine(text.normalize('NFKC')).trim()

const unquoted = (cell: string) => /^"(.*)"$/.exec(cell)?.[1]?.trim() ?? cell

/** Cells of a line of CSV. */
function quotedCells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}

/** Every way to read commas between "1" and "200" as part of a figure; first the one that does so nowhere. */
function groupings(cells: string[]): string[][] {
  const [first, second, ...others] = cells
  if (first === undefined) return [[]]
  const rest = groupings(cells.slice(1)).map((ways) => [first, ...ways])
  // A line has few cells that can be joined; one made to have many is not read in every way.
  const joins = /^\D{0,4}\d{1,3}(,\d{3})*$/.test(first) && /^\d{3}(\D|$)/.test(second ?? '')
  if (!joins || cells.length > 8) return rest
  return [...rest, ...groupings([`${first},${second}`, ...others])]
}

function readCells(cells: string[]): Trade | TradeProblem {
  const [when = '', side = '', shares = '', price = '', ...others] = cells
  const date = normaliseDate(when, 'en')
  if (date === undefined) return 'trade_date'
  const isBuy = buys.test(side)
  if (!isBuy && !sells.test(side)) return side === '' ? 'trade_parts' : 'trade_side'
  if (shares === '' || price === '') return 'trade_parts'
  const shareMillionths = readShares(shares, 'some')
  if (shareMillionths === undefined) return 'trade_shares'
  const priceTenThousandths = fixedPoint(
    price.replace(/^(us)?\$ ?|^usd ?| ?(usd|달러|dollars?)$/gi, ''),
    4,
  )
  if (priceTenThousandths === undefined || priceTenThousandths > mostPriceTenThousandths) {
    return 'trade_price'
  }
  const given = others.filter((one) => one !== '')
  if (given.length > 1) return 'trade_parts'
  const account = given[0]
  const trade: Trade = { date, side: isBuy ? 'buy' : 'sell', shareMillionths, priceTenThousandths }
  if (account === undefined) return trade
  return isAccount(account) ? { ...trade, account } : 'trade_account'
}

/** What names an account, and cannot be a price that slipped a cell further. */
function isAccount(text: string): boolean {
  return (
    text.length <= longestAccount &&
    /^[\p{L}\p{N}][\p{L}\p{N} .*&/()#-]*$|^[*#][\p{L}\p{N} .*-]*$/u.test(text) &&
    !/^\d+\.\d+$/.test(text)
  )
}

/** Shares in millionths, as people write them; `some`: more than none. */
export function readShares(text: string, least: 'some' | 'none'): number | undefined {
  const units = fixedPoint(tidy(text).replace(/ ?(주|shares?|sh)$/i, ''), 6)
  if (units === undefined || units > mostShareMillionths) return undefined
  return units === 0 && least === 'some' ? undefined : units
}

/** A decimal figure in units of 1/10^`decimals`; commas only where thousands are, and nothing that would be rounded. */
function fixedPoint(text: string, decimals: number): number | undefined {
  const match = /^(\d{1,3}(?:,\d{3})+|\d+)?(?:\.(\d+))?$/.exec(text)
  if (!match || (match[1] === undefined && match[2] === undefined)) return undefined
  const fraction = (match[2] ?? '').replace(/0+$/, '')
  if (fraction.length > decimals) return undefined
  const units = Number((match[1] ?? '0').replaceAll(',', '') + fraction.padEnd(decimals, '0'))
  return Number.isSafeInteger(units) ? units : undefined
}
