import { z } from 'zod'
import { staffReasons } from '../evidence/document'
import type { Role } from '../web/person'

const id = z.uuid()
const claim = { claim: id, number: z.string() }

/**
 * What needs two people, and what exactly a request of each kind names. What is carried out is read from
 * here and from nothing else. Adding one means a line here and in the database's list, its reasons, its
 * words in `approvals.json`, and a handler in the catalogue of the jobs.
 */
export const approvalKinds = {
  /** a new administrator */
  invite: z.strictObject({ email: z.string(), name: z.string(), language: z.enum(['ko', 'en']) }),
  /** an administrator who was ended comes back */
  return: z.strictObject({ person: id }),
  /** somebody becomes an administrator */
  role: z.strictObject({ person: id, from: z.string() }),
  /** an administrator's account wakes */
  wake: z.strictObject({ person: id }),
  /** another person's second factors are taken away, so that they set up new ones */
  factors: z.strictObject({ person: id }),
  /** people of a firm may sign in from more places */
  network_add: z.strictObject({ firm: z.string(), network: z.string() }),
  network_remove: z.strictObject({ firm: z.string(), network: z.string() }),
  /** a delivery of many claims; `claimsSha256` is over the ids and versions that it may hold */
  export: z.strictObject({
    batch: id,
    matter: id,
    number: z.number(),
    edition: z.number(),
    claims: z.number(),
    claimsSha256: z.string(),
  }),
  /** the list of all signed papers of a case, for whoever asked and for `approvalHours` */
  index: z.strictObject({ matter: id, claims: z.number() }),
  /** one more erasure after many */
  erase: z.strictObject({ request: id, ...claim }),
  /** a document of one more claim destroyed after many */
  destroy: z.strictObject({ document: id, ...claim, why: z.enum(staffReasons) }),
  /** what a hold keeps may go again; of a whole case (`matter`) or of one claim (`number`) */
  hold_lift: z.strictObject({ hold: id, matter: id.nullable(), number: z.string().nullable() }),
} as const

export type ApprovalKind = keyof typeof approvalKinds
export type Params<Kind extends ApprovalKind> = z.infer<(typeof approvalKinds)[Kind]>

const staffing = ['new_duties', 'stands_in', 'returns', 'mistake_before'] as const

/** Why somebody asks: codes, worded under `approvals:reason.<code>`, because free text would stand here unsealed. */
export const approvalReasons: Record<ApprovalKind, readonly [string, ...string[]]> = {
  invite: staffing,
  return: staffing,
  role: staffing,
  wake: staffing,
  factors: ['lost_device', 'changed_device', 'taken_over'],
  network_add: ['new_office', 'changed_provider', 'mistake_before'],
  network_remove: ['new_office', 'changed_provider', 'mistake_before'],
  export: ['delivery_due', 'court_date', 'passphrase_lost'],
  index: ['delivery_due', 'court_date'],
  erase: ['asked_by_many', 'case_over', 'mistake_before'],
  destroy: ['asked_by_many', 'case_over', 'mistake_before'],
  hold_lift: ['case_over', 'duty_over', 'mistake_before'],
}

const staff: readonly Role[] = ['administrator', 'moderator']

/** Whether somebody of this role may ask for it, and still may when it is carried out; the database's policy says the same. */
export function mayAsk(kind: ApprovalKind, role: Role): boolean {
  if (kind === 'export') return role === 'counsel'
  if (kind === 'index') return true
  return kind === 'erase' || kind === 'destroy' ? staff.includes(role) : role === 'administrator'
}

export function isApprovalKind(kind: string): kind is ApprovalKind {
  return Object.hasOwn(approvalKinds, kind)
}
