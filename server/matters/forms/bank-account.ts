/** Nothing tells a mistyped account number but typing it twice: the second time, in a field of its own. */
export const againField = ({ id }: { id: string }) => `${id}_again`

/**
 * The nine digits of an American bank (ABA routing number) as people write them, or nothing when they are
 * none: the last is a check digit, the first two tell the Federal Reserve district of a bank that takes
 * transfers (01–12, 21–32, 61–72).
 */
export function normaliseRouting(raw: string): string | undefined {
  const digits = onlyDigits(raw)
  if (digits === undefined || !/^(0[1-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2])\d{7}$/.test(digits)) {
    return undefined
  }
  const weights = [3, 7, 1]
  let sum = 0
  for (let at = 0; at < 9; at++) sum += Number(digits[at]) * weights[at % 3]!
  return sum % 10 === 0 ? digits : undefined
}

/** 4 to 17 digits, as transfers in the United States carry them (Nacha), or nothing. */
export function normaliseAccount(raw: string): string | undefined {
  const digits = onlyDigits(raw)
  return digits !== undefined && /^\d{4,17}$/.test(digits) && !/^0+$/.test(digits)
    ? digits
    : undefined
}

/** Enough for its owner to know it by: "•••• 6789", of a short one "•••• 34". The same length for all. */
export function maskAccount(digits: string): string {
  return `•••• ${digits.slice(digits.length >= 8 ? -4 : -2)}`
}

/** In groups of four, which a spreadsheet leaves as they are: it would drop the zeros a number begins with. */
export function groupDigits(digits: string): string {
  return digits.replace(/(\d{4})(?=\d)/g, '$1 ')
}

/** Spaces and dashes between digits mean nothing; full-width digits are digits. */
function onlyDigits(raw: string): string | undefined {
  const text = raw.normalize('NFKC').trim()
  return /^\d+(?:[ -]\d+)*$/.test(text) ? text.replace(/\D/g, '') : undefined
}
