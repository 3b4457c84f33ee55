import { z } from 'zod'

const seen = z.uuid().nullable()
const boxed = z.union([
  z.strictObject({ token: z.string(), seen }),
  z.strictObject({ code: z.string(), seen }),
])

/**
 * What was presented to confirm a claim: the token of a mailed link, or six digits. `seen` is the pack that
 * stood on the page with the button; another one, or none, is not confirmed with it.
 */
export type Presented = z.infer<typeof boxed>

/** The text that is sealed to the worker. */
export function confirmationText(presented: Presented): string {
  return JSON.stringify(presented)
}

export function readConfirmation(text: string): Presented {
  return boxed.parse(JSON.parse(text))
}
