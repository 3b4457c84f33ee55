import { z } from 'zod'
import { sealedHousehold } from '../households/household'
import type { Answers } from '../matters/form-schema'

/**
 * What a sealed record holds: everything the claimant sent, and nothing else. `Sealer.sealClaim` seals
 * it, the vault gives it back; staff, batches and jobs read the answers by question id.
 */
const claimContent = z.object({
  /** normalised answers by question id; which question has which role is in the claim's form */
  answers: z.custom<Answers>((value) => typeof value === 'object' && value !== null),
  /** every consent that was asked, also the optional ones that were not given */
  consents: z.array(
    z.object({
      id: z.string(),
      version: z.number(),
      given: z.boolean(),
      at: z.string(),
      /** id of the firm that was named as the recipient */
      firm: z.string().optional(),
    }),
  ),
  /**
   * the name of who signed, as typed, or as it stands in the claim where a signature was drawn; the version of
   * the statement above it and the moment it was sent (ISO, UTC)
   */
  signature: z.object({ text: z.string(), statementVersion: z.number(), at: z.string() }),
  /** the notice whose PIN the person knew, and the worker's own word for it */
  notice: z.object({ id: z.string(), ticket: z.string() }).optional(),
  /** the language of the pages the person read, and of every mail and paper after */
  language: z.enum(['ko', 'en']),
  form: z.object({ matter: z.string(), version: z.number() }),
  /** how the person belongs to a household in which several file, and who signs for one who has died */
  household: sealedHousehold.optional(),
})

export type ClaimContent = z.infer<typeof claimContent>
export type GivenConsent = ClaimContent['consents'][number]
export type Signature = ClaimContent['signature']

/** The content of an opened record; throws when it was sealed as something else. */
export function readClaimContent(opened: Record<string, unknown>): ClaimContent {
  return claimContent.parse(opened)
}
