import { dashes, halfWidth, oneLine } from './text'

// Whole Hangul syllables only: a lone jamo is a name typed to half. Hanja, Latin and the marks that
// stand in names. Anything else could not be printed on a power of attorney, so it is refused here,
// where the person can still mend it.
const allowed = /[\uac00-\ud7a3\p{Script=Han}\p{Script=Latin} .,'’·()-]/u
const allowedLatin = /[\p{Script=Latin} .,'’-]/u
const letter = /\p{L}/gu

/** The first character a name may not have, or nothing. */
export function unusableInName(name: string, script: 'any' | 'latin'): string | undefined {
  const rule = script === 'latin' ? allowedLatin : allowed
  for (const character of name) if (!rule.test(character)) return character
  return undefined
}

/** Two letters at least; "김" or "." is a slip, not a full name. */
export function isWholeName(name: string): boolean {
  return (name.match(letter) ?? []).length >= 2
}

/** On one line; what keyboards put for letters, hyphens and apostrophes, as papers have them. */
export function tidyName(raw: string): string {
  return oneLine(halfWidth(raw))
    .replace(dashes, '-')
    .replace(/[\u2018\u201b\u02bc\u2032`\u00b4]/g, '’')
}

/**
 * Whether two people wrote the same name: spaces and capitals may differ, because everyone writes their own both
 * ways, and apostrophes, because phones put one or the other as they like.
 */
export function sameName(a: string, b: string): boolean {
  const bare = (text: string) =>
    tidyName(text).replace(/\s/gu, '').replaceAll('’', "'").toLowerCase()
  return bare(a) === bare(b)
}
