import { createHash, randomBytes } from 'node:crypto'
import { tellAdministrators } from '../accounts/tell-administrators'
import type { Tx } from '../db/connections'
import { newId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { canonicalJson } from '../ledger/canonical-json'
import { addIntent } from '../outbox/add-intent'
import { insertApproval, insertNamedClaims, selectOpenId, type NamedClaim } from './approvals.store'
import { approvalKinds, approvalReasons, type ApprovalKind, type Params } from './kinds'

export type { NamedClaim } from './approvals.store'

const hourMs = 3600_000

export interface ApprovalWish<Kind extends ApprovalKind> {
  kind: Kind
  /** what it acts on: while one request about it is open, a second one is that one */
  object: string
  params: Params<Kind>
  /** one of `approvalReasons[kind]` */
  reason: string
  /** the firm whose people see it too */
  firmId?: string
  /** the claims that a delivery may hold; their hash stands in `params` */
  claims?: readonly NamedClaim[]
}

/**
 * Asks for another person's approval, in the transaction of whoever asks: names exactly what is to be done
 * and writes to the administrators who can decide. Where nobody else can, the worker starts the long way.
 * @returns the id of the request, or of the one that is open about the same object
 * @throws Problem('invalid') for a reason that the kind does not have
 */
export async function requestApproval<Kind extends ApprovalKind>(
  tx: Tx,
  deps: { now: Date; approvalHours: number; by: string },
  wish: ApprovalWish<Kind>,
): Promise<string> {
  const { kind, object, reason } = wish
  const { now, by } = deps
  if (!approvalReasons[kind].includes(reason)) throw new Problem('invalid')
  // The nonce keeps what the ledger has of it, a hash, from being guessed.
  const params = canonicalJson({
    ...approvalKinds[kind].parse(wish.params),
    nonce: randomBytes(16).toString('hex'),
  })
  const sha256 = hashParams(params)
  const id = newId(now.getTime())
  const added = await insertApproval(tx, {
    id,
    kind,
    object,
    firm_id: wish.firmId ?? null,
    params,
    params_sha256: sha256,
    reason,
    asked_by: by,
    asked_at: now,
    expires_at: new Date(now.getTime() + deps.approvalHours * hourMs),
  })
  if (!added) {
    const open = await selectOpenId(tx, kind, object)
    if (open === undefined) throw new Problem('conflict')
    return open
  }
  if (wish.claims) await insertNamedClaims(tx, id, wish.claims)
  await appendEntry(tx, now, {
    kind: 'approval.asked',
    private: { approval: id, what: kind, why: reason, by, params: sha256.toString('hex') },
  })
  await tellAdministrators(tx, { template: 'approval-asked', subjectId: id, at: now }, { but: by })
  await addIntent(tx, 'settle-approval', { approvalId: id })
  return id
}

/** What came of an act that one person may do alone, or not. */
export type Acted =
  | { outcome: 'done' }
  /** another person has to agree, and why it is wanted was not said yet */
  | { outcome: 'reason'; kind: ApprovalKind }
  | { outcome: 'asked'; approvalId: string }

/** Asks for approval, or for the reason while there is none that the kind has. */
export async function needsTwo<Kind extends ApprovalKind>(
  tx: Tx,
  deps: { now: Date; approvalHours: number; by: string },
  wish: Omit<ApprovalWish<Kind>, 'reason'> & { reason: string | undefined },
): Promise<Exclude<Acted, { outcome: 'done' }>> {
  const { kind, reason } = wish
  if (reason === undefined || !approvalReasons[kind].includes(reason)) {
    return { outcome: 'reason', kind }
  }
  const approvalId = await requestApproval(tx, deps, { ...wish, reason } as ApprovalWish<Kind>)
  return { outcome: 'asked', approvalId }
}

/** SHA-256 over the canonical parameters as they are stored. */
export function hashParams(params: string): Buffer {
  return createHash('sha256').update(params).digest()
}

/** SHA-256, hex, over ids and versions of claims in the order of their ids. */
export function hashClaims(claims: readonly NamedClaim[]): string {
  const lines = claims.map((one) => `${one.claim_id} ${one.version}\n`)
  return createHash('sha256').update(lines.toSorted().join('')).digest('hex')
}
