import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { GivenConsent } from '../claims/claim-content'
import type { SealedHousehold } from '../households/household'
import { canonicalJson } from '../ledger/canonical-json'
import type { Block } from '../matters/document-template'
import type { BothTexts, Lang } from '../matters/form-schema'
import type { MatterDocument } from '../matters/matter-file'

/** Where the person signs, as far as it matters: 28 U.S.C. 1746 has a text for each. */
export const places = ['inside', 'outside'] as const
export type Place = (typeof places)[number]

/**
 * A signature: the name, typed, or the strokes of a pen on a field of `width` by `height`, each a list
 * of x and y in turn. Both are of equal standing.
 */
export type PackSignature =
  | { kind: 'typed'; text: string }
  | { kind: 'drawn'; width: number; height: number; strokes: number[][] }

/** One language of a document as it stood on the page. */
export interface ShownText {
  language: Lang
  title: string
  blocks: Block[]
}

export interface SignedDocument {
  id: string
  version: number
  kind: MatterDocument['kind']
  /** the text that binds */
  binding: ShownText
  /** shown below it to a reader of the other language */
  translation: ShownText | null
}

export type SignedConsent = GivenConsent & { title: BothTexts }

/**
 * What was shown and signed, and by whom: the part of a pack that stands on the paper. The entry of its
 * confirmation commits to the SHA-256 of its canonical JSON (RFC 8785); `nonce`, 32 random bytes in hex,
 * keeps that hash from telling anything to those who have not got the rest.
 */
export interface PackCore {
  format: 'joinder-pack'
  v: 1
  pack: string
  claim: string
  /** claim number */
  number: string
  /** slug and name of the matter */
  matter: string
  case: BothTexts
  firm: { id: string; name: BothTexts }
  /** `of`: the name of the claimant that a guardian signs for, and of whoever has died and an heir signs for */
  signer:
    { role: 'claimant'; name: string; of?: string } | { role: 'guardian'; name: string; of: string }
  /** of a claim that somebody else of the household filled in: how its person came to sign */
  household?: SealedHousehold
  documents: SignedDocument[]
  /** all that were asked, with version and moment, by the words they stood under */
  consents: SignedConsent[]
  signature: PackSignature
  place: Place | null
  /** of the pages the person read */
  language: Lang
  /** ISO, UTC */
  signedAt: string
  /** the matter's, in which the documents say the day and the paper the moment; Korea's where it is not said */
  timeZone?: string
  nonce: string
}

/** What is sealed: where the signature came from stays inside. */
export interface PackContent {
  core: PackCore
  /** network address */
  address: string
  /** what the browser said it is */
  device: string
}

const packContent = z.object({
  core: z.custom<PackCore>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      (value as PackCore).format === 'joinder-pack' &&
      (value as PackCore).v === 1,
  ),
  address: z.string(),
  device: z.string(),
})

/** The content of an opened pack; throws when it was sealed as something else. */
export function readPackContent(opened: Record<string, unknown>): PackContent {
  return packContent.parse(opened)
}

/** SHA-256 of the canonical JSON: 32 bytes. */
export function hashOf(value: PackCore | SignedDocument[]): Buffer {
  return createHash('sha256').update(canonicalJson(value)).digest()
}

/** What is signed in a pack, by id and version, sorted, as its row has it: `fee_agreement@1,power_of_attorney@1`. */
export function documentsIn({ documents }: PackCore): string {
  const ids = documents.map(({ id, version }) => `${id}@${version}`).sort()
  return ids.join(',') || consentsOnly
}

/** The zone in which a pack says when it was signed. */
export function zoneOf({ timeZone = 'Asia/Seoul' }: PackCore): string {
  return timeZone
}

/** What a pack is of that holds consents and no document: those to another firm than before. */
export const consentsOnly = 'consents'
