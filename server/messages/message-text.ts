import { containsResidentNumber } from '../matters/forms/resident-number'
import { lengthOf, severalLines } from '../matters/forms/text'

export type ParsedText =
  { ok: true; text: string } | { ok: false; error: 'missing' | 'long' | 'resident_number' }

/**
 * The text of a message as it is kept, or why it is refused. Where a resident registration number stands,
 * what was typed is neither kept nor shown again.
 * @param mostChars longest text, in characters
 */
export function parseText(raw: unknown, mostChars: number): ParsedText {
  if (typeof raw !== 'string') return { ok: false, error: 'missing' }
  if (containsResidentNumber(raw)) return { ok: false, error: 'resident_number' }
  const text = severalLines(raw)
  if (text === '') return { ok: false, error: 'missing' }
  return lengthOf(text) > mostChars ? { ok: false, error: 'long' } : { ok: true, text }
}
