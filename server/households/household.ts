import { createHash } from 'node:crypto'
import { z } from 'zod'

/** How the person of a form is related to whoever fills it in: "my …". */
export const relations = [
  'spouse',
  'child',
  'parent',
  'sibling',
  'grandparent',
  'grandchild',
  'other',
] as const
export type Relation = (typeof relations)[number]

/**
 * `self`: another case of the same person; `member`: somebody else of the household; `heir`: of a person who has
 * died, by whoever inherits.
 */
export const householdRoles = ['self', 'member', 'heir'] as const
export type HouseholdRole = (typeof householdRoles)[number]

/** What is sealed with a claim of how its person belongs to a household. */
export const sealedHousehold = z.object({
  role: z.enum(householdRoles),
  /** number of the claim that whoever filled the form in filed before */
  filer: z.string(),
  relation: z.enum(relations).optional(),
  /** `link`: went on from a link in a mailbox of their own; `device`: signed in the browser of that person */
  how: z.enum(['link', 'device']).optional(),
  /** who inherits, and signs */
  heir: z.string().optional(),
})
export type SealedHousehold = z.infer<typeof sealedHousehold>

/** The same in a draft, with the ids that go into the open. */
export interface DraftHousehold extends SealedHousehold {
  id: string
  /** the claim by which the household began */
  founder: string
  /** It waits for the mailbox that it was made for: whoever filled it in signs nothing there. */
  handOverTo?: string
}

/**
 * The id of the household that begins with this claim: opaque, and the same however often and wherever it is
 * begun, so that nobody has to lock anything to agree on it. UUID of version 8 (RFC 9562).
 */
export function householdIdOf(founder: string): string {
  const bytes = createHash('sha256').update(`joinder household ${founder}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}

/** A household as people name it to each other: eight characters of its id. */
export function householdNumber(id: string): string {
  return `H-${id.replaceAll('-', '').slice(0, 8).toUpperCase()}`
}

/** The part of a draft's household that is sealed with the claim. */
export function sealedPart({ role, filer, relation, how, heir }: DraftHousehold): SealedHousehold {
  return {
    role,
    filer,
    ...(relation && { relation }),
    ...(how && { how }),
    ...(heir !== undefined && { heir }),
  }
}
