import { z } from 'zod'
import type { GivenConsent } from '../claims/claim-content'
import type { DraftSigning } from './draft-signing'
import { places } from './pack-content'

/** What is sealed to the worker when somebody signs after the filing. */
const signingBox = z.strictObject({
  /** the cookie's secret of whoever has the claim open, or the token of a guardian's link */
  secret: z.string(),
  signed: z.custom<DraftSigning>((value) => typeof value === 'object' && value !== null),
  place: z.enum(places).nullable(),
  consents: z.array(z.custom<GivenConsent>((value) => typeof value === 'object' && value !== null)),
})
export type SigningBox = z.infer<typeof signingBox>

export function writeSigningBox(box: SigningBox): string {
  return JSON.stringify(box)
}

/** @throws ZodError or SyntaxError for what no page of ours has sealed */
export function readSigningBox(text: string): SigningBox {
  return signingBox.parse(JSON.parse(text))
}
