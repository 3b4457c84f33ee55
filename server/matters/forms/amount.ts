import type { Amount, Lang } from '../form-schema'

const grouped = /^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?$/
const tenThousands = /^(\d{1,3}(?:,\d{3})+|\d+)만(\d{1,4})?$/

/**
 * Minor units (won, cents) of an amount as people write it: 1,234,000원, ₩12000, 12만 원, $1,234.56.
 * Commas only where thousands are; nothing for anything else, and no fractions of a won.
 */
export function normaliseAmount(raw: string, currency: Amount['currency']): number | undefined {
  const text = raw
    .normalize('NFKC')
    .replace(/\s+/g, '')
    .replace(currency === 'KRW' ? /^(₩|krw)|(원|krw)$/gi : /^(\$|usd|us\$)|(usd|달러)$/gi, '')
  let units: number
  const myriads = currency === 'KRW' ? tenThousands.exec(text) : null
  if (myriads) {
    units = Number(myriads[1]!.replaceAll(',', '')) * 10_000 + Number(myriads[2] ?? 0)
  } else {
    const match = grouped.exec(text)
    if (!match) return undefined
    const whole = Number(match[1]!.replaceAll(',', ''))
    if (currency === 'KRW' && Number(match[2] ?? 0) !== 0) return undefined
    units = currency === 'KRW' ? whole : whole * 100 + Number((match[2] ?? '').padEnd(2, '0'))
  }
  return Number.isSafeInteger(units) ? units : undefined
}

/** "1,234,000원", "₩1,234,000", "$1,234.56". */
export function showAmount(amount: Amount, lang: Lang): string {
  if (amount.currency === 'KRW') {
    const digits = amount.minorUnits.toLocaleString('en-US')
    return lang === 'ko' ? `${digits}원` : `₩${digits}`
  }
  const dollars = (amount.minorUnits / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })
  return `$${dollars}`
}
