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

/** Whether two people wrote the same name: spaces and capitals may differ, because everyone writes their own both ways. */
export function sameName(a: string, b: string): boolean {
  const bare = (text: string) => text.normalize('NFC').replace(/\s/gu, '').toLowerCase()
  return bare(a) === bare(b)
}
