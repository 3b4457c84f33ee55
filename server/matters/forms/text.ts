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

/** Full-width letters, digits and signs, as Korean keyboards write them, made plain; nothing else changes. */
export function halfWidth(text: string): string {
  return text
    .replace(/[\uff01-\uff5e]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0))
    .replaceAll('\u3000', ' ')
}

/** What keyboards and copied text have in place of a hyphen: dashes of every length and the minus sign. */
export const dashes = /[\u2010-\u2015\u2212]/g

/** Length as a person counts it closely enough: code points, so 뷁 and 😀 are one each. */
export function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}
