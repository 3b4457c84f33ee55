/**
 * Text as people send it, made safe to keep: composed (NFC), without control, zero-width and
 * direction characters, which hide in copied text and break papers later. Normalising what is
 * normalised changes nothing, so that what was kept can be checked again as if it had been typed.
 */

// Joiners and variation selectors stay: emoji, some scripts and Hanja need them. Whatever else nobody
// sees goes: controls, halves of surrogate pairs, soft hyphens, fillers, direction marks, tags.
const hidden =
  /(?!\n)[\p{Cc}\p{Cs}]|(?![\u200c\u200d\p{Variation_Selector}])\p{Default_Ignorable_Code_Point}/gu
const lineEnds = /\r\n?|[\v\f\u0085\u2028\u2029]/gu

/** One line: every run of white space becomes one space. */
export function oneLine(raw: string): string {
  return severalLines(raw).replace(/\s+/gu, ' ')
}

/** Several lines, line ends as `\n`, no white space at either end. */
export function severalLines(raw: string): string {
  return raw
    .replace(lineEnds, '\n')
    .replace(/\t/gu, ' ')
    .replace(hidden, '')
    .normalize('NFC')
    .trim()
}

/** Length as a person counts it closely enough: code points, so 뷁 and 😀 are one each. */
export function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}
