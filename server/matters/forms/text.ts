/**
 * Text as people send it, made safe to keep: composed (NFC), without control, zero-width and
 * direction characters, which hide in copied text and break papers later.
 */

// Joiners stay: emoji and some scripts need them. Everything else here is invisible.
const hidden = /[\p{Cc}\p{Cs}\u200b\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu
const hiddenExceptNewline =
  /(?!\n)[\p{Cc}\p{Cs}\u200b\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu

/** One line: every run of white space becomes one space. */
export function oneLine(raw: string): string {
  return raw.normalize('NFC').replace(/\s+/gu, ' ').replace(hidden, '').trim()
}

/** Several lines, line ends as `\n`, no white space at either end. */
export function severalLines(raw: string): string {
  return raw
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, ' ')
    .replace(hiddenExceptNewline, '')
    .trim()
}

/** Length as a person counts it closely enough: code points, so 뷁 and 😀 are one each. */
export function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}
