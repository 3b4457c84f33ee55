import { z } from 'zod'
import { sameName } from '../matters/forms/name'
import { containsResidentNumber } from '../matters/forms/resident-number'
import { lengthOf, oneLine } from '../matters/forms/text'
import type { Translate } from '../web/languages'
import type { PackSignature } from './pack-content'

export const signingFields = {
  /** hash of the documents as the page showed them */
  shown: 'shown',
  read: 'read_to_end',
  typed: 'signature',
  /** strokes as JSON, written by the page's script */
  drawn: 'signature_drawn',
} as const

/** As it was sent, to be shown again. */
export interface TypedSigning {
  read: boolean
  typed: string
  drawn: string
}

export type SigningResult =
  | { ok: true; signature: PackSignature; shown: string }
  | { ok: false; errors: Record<string, string>; typed: TypedSigning }

const longestSignature = 80

export interface SignatureLimits {
  signatureBytes: number
  signatureMinPoints: number
  signatureMinLength: number
}

/** Width of the field that the lengths of limits.ts are measured on. */
const fieldWidth = 600

/**
 * Whether strokes are more than a dot or a slip of the pen: so many points, and so long a line in all. A cross
 * is a signature, and so is a single line across the field; what it looks like is nobody's business.
 */
export function isDrawn(
  { width, strokes }: Extract<PackSignature, { kind: 'drawn' }>,
  { signatureMinPoints, signatureMinLength }: SignatureLimits,
): boolean {
  let points = 0
  let length = 0
  for (const stroke of strokes) {
    points += stroke.length / 2
    for (let at = 2; at + 1 < stroke.length; at += 2) {
      length += Math.hypot(stroke[at]! - stroke[at - 2]!, stroke[at + 1]! - stroke[at - 1]!)
    }
  }
  return points >= signatureMinPoints && (length * fieldWidth) / width >= signatureMinLength
}

/** A pen on a small field: whole numbers, a little outside at most. */
const side = z.number().int().min(50).max(4000)
const drawing = z
  .strictObject({
    width: side,
    height: side,
    strokes: z
      .array(z.array(z.number().int().min(-100).max(4100)).min(2).max(20_000))
      .min(1)
      .max(500),
  })
  .refine(({ strokes }) => strokes.every((one) => one.length % 2 === 0))

/** What was typed and drawn; in place of a resident registration number what is wrong. */
export function typedSigning(
  body: Record<string, unknown>,
  t: Translate,
  { signatureBytes }: { signatureBytes: number },
): { typed: TypedSigning; errors: Record<string, string> } {
  const text = (name: string, most: number) => {
    const value = body[name]
    return typeof value === 'string' ? value.slice(0, most) : ''
  }
  const typed = {
    read: body[signingFields.read] === 'yes',
    typed: text(signingFields.typed, 500),
    drawn: text(signingFields.drawn, signatureBytes + 1),
  }
  if (!containsResidentNumber(typed.typed)) return { typed, errors: {} }
  return {
    typed: { ...typed, typed: '' },
    errors: { [signingFields.typed]: t('matters:field.resident_number') },
  }
}

/**
 * A signature as sent: a drawing where there is one, of which nothing is asked but that it is more than a
 * dot; else the name, typed as it stands in the documents. And that the documents were read to the end.
 */
export function parseSigning(
  body: Record<string, unknown>,
  { name, t, limits }: { name: string; t: Translate; limits: SignatureLimits },
): SigningResult {
  const { typed, errors } = typedSigning(body, t, limits)
  if (!typed.read) errors[signingFields.read] = t('authority:sign.notRead')
  const signature = errors[signingFields.typed] ? undefined : signatureIn(typed, limits)
  const text = oneLine(typed.typed)
  if (signature === 'unreadable') errors[signingFields.typed] = t('authority:sign.drawnTooLarge')
  else if (signature?.kind === 'drawn' && !isDrawn(signature, limits)) {
    errors[signingFields.typed] = t('authority:sign.drawnTooLittle')
  } else if (!signature && !errors[signingFields.typed]) {
    errors[signingFields.typed] = t('authority:sign.missing')
  } else if (
    signature?.kind === 'typed' &&
    (lengthOf(text) > longestSignature || !sameName(text, name))
  ) {
    errors[signingFields.typed] = t('authority:sign.differs', { name })
  }
  if (Object.keys(errors).length > 0 || !signature || signature === 'unreadable') {
    return { ok: false, errors, typed }
  }
  const shown = body[signingFields.shown]
  return { ok: true, signature, shown: typeof shown === 'string' ? shown.slice(0, 64) : '' }
}

function signatureIn(
  { typed, drawn }: TypedSigning,
  { signatureBytes }: { signatureBytes: number },
): PackSignature | 'unreadable' | undefined {
  if (drawn !== '') {
    if (drawn.length > signatureBytes) return 'unreadable'
    const parsed = drawing.safeParse(json(drawn))
    return parsed.success ? { kind: 'drawn', ...parsed.data } : 'unreadable'
  }
  const text = oneLine(typed)
  return text === '' ? undefined : { kind: 'typed', text }
}

/** A drawing as the page's script wrote it. */
export function writeDrawing(signature: PackSignature): string {
  if (signature.kind === 'typed') return ''
  const { width, height, strokes } = signature
  return JSON.stringify({ width, height, strokes })
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
