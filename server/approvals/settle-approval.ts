import { findActive, listStaff } from '../accounts/list-staff'
import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import { queueMail } from '../mail/queue-mail'
import {
  lockApproval,
  selectApproval,
  selectLonely,
  updateApproval,
  type ApprovalRow,
} from './approvals.store'
import { mayAsk, type ApprovalKind, type Params } from './kinds'
import { readParams } from './read-params'

/** Why what was approved came to nothing; worded under `approvals:outcome.<code>`. */
export type VoidReason = 'altered' | 'changed' | 'asker_left'

/** Thrown where what was approved is not what is there any more. */
export class NotAsApproved extends Error {
  readonly code: VoidReason

  constructor(code: VoidReason = 'changed') {
    super(code)
    this.code = code
  }
}

export interface Approved {
  id: string
  now: Date
  /** whoever asked: what is done is done in their name */
  by: string
}

/** What a feature does with an approval of its kind. */
export interface ApprovalHandler<Kind extends ApprovalKind> {
  /**
   * Does what was approved, in the transaction that closes the approval, with the login of the worker.
   * @throws NotAsApproved when that is not possible any more
   */
  carryOut: (tx: Tx, params: Params<Kind>, approved: Approved) => Promise<void>
  /** Nothing came of it: gives up what waited for it. May run again. */
  giveUp?: (approval: { id: string; outcome: string | null }, params: Params<Kind>) => Promise<void>
}

export type ApprovalHandlers = { [Kind in ApprovalKind]: ApprovalHandler<Kind> }

export interface SettleDeps {
  db: Db
  clock: Clock
  config: { limits: { soloApprovalHours: number; sweepRows: number } }
}

const over: readonly ApprovalRow['state'][] = ['refused', 'withdrawn', 'expired', 'void']

/**
 * Does what follows from the state of a request: carries it out, once; gives up what waited for it; or, where
 * nobody could decide it, starts the long way. Harmless to repeat.
 */
export async function settleApproval(
  deps: SettleDeps,
  handlers: ApprovalHandlers,
  id: string,
): Promise<void> {
  const approval = await selectApproval(deps.db, id)
  if (!approval) throw new Error('an approval that is not stored')
  if (approval.state === 'waiting') return startAlone(deps, id)
  if (approval.state === 'approved') await carryOut(deps, handlers, id)
  const after = await selectApproval(deps.db, id)
  if (after && over.includes(after.state)) {
    const named = readParams(after)
    if (!named) return
    // One kind, its own parameters: the compiler cannot follow a union through the table of handlers.
    const { giveUp } = handlers[named.kind] as ApprovalHandler<ApprovalKind>
    await giveUp?.(after, named.params)
  }
}

/**
 * Nobody but who asked could decide: it waits `soloApprovalHours` instead, and all staff hear of it now. Whoever
 * asked can stop it until then, and any administrator who joins meanwhile.
 */
export async function startAlone(deps: SettleDeps, id: string): Promise<void> {
  const { db, clock, config } = deps
  await db.transaction(async (tx) => {
    const approval = await lockApproval(tx, id)
    if (approval?.state !== 'waiting' || approval.solo_due_at !== null) return
    if (!(await selectLonely(tx, { limit: 1, id })).includes(id)) return
    const now = clock.now()
    const due = new Date(now.getTime() + config.limits.soloApprovalHours * 3600_000)
    await updateApproval(tx, id, { solo_due_at: due })
    await appendEntry(tx, now, {
      kind: 'approval.solo_started',
      private: {
        approval: id,
        what: approval.kind,
        by: approval.asked_by,
        params: approval.params_sha256.toString('hex'),
        due: due.toISOString(),
      },
    })
    for (const { id: personId, language } of await listStaff(tx)) {
      await queueMail(tx, { template: 'approval-solo', personId, subjectId: id, language, at: now })
    }
  })
}

async function carryOut(deps: SettleDeps, handlers: ApprovalHandlers, id: string): Promise<void> {
  const { db, clock } = deps
  await db.transaction(async (tx) => {
    const approval = await lockApproval(tx, id)
    if (approval?.state !== 'approved') return
    const now = clock.now()
    const { kind, asked_by: by, decided_by: decidedBy } = approval
    const why = await attempt(tx, handlers, approval, now)
    await updateApproval(tx, id, {
      state: why === null ? 'carried_out' : 'void',
      outcome: why,
      closed_at: now,
    })
    await appendEntry(tx, now, {
      kind: why === null ? 'approval.carried_out' : 'approval.void',
      private: {
        approval: id,
        what: kind,
        by,
        decided: decidedBy,
        params: approval.params_sha256.toString('hex'),
        ...(why !== null && { why }),
      },
    })
    await tellAsker(tx, approval, now)
  })
}

/** Null when it was done; else why not, with nothing done. */
async function attempt(
  tx: Tx,
  handlers: ApprovalHandlers,
  approval: ApprovalRow,
  now: Date,
): Promise<VoidReason | null> {
  const named = readParams(approval)
  if (!named) return 'altered'
  const { id, asked_by: by } = approval
  const asker = await findActive(tx, by)
  if (!asker || !mayAsk(named.kind, asker.role)) return 'asker_left'
  try {
    // A savepoint: what a handler did before it found out is undone.
    await tx.transaction(async (inner) => {
      // So that the history of rights names who asked.
      await inner.raw(`select set_config('joinder.actor', ?, true)`, [by])
      const { carryOut: act } = handlers[named.kind] as ApprovalHandler<ApprovalKind>
      await act(inner, named.params, { id, now, by })
    })
    return null
  } catch (error) {
    if (error instanceof NotAsApproved) return error.code
    throw error
  }
}

/** Mails whoever asked what came of it; those who left get nothing. */
export async function tellAsker(tx: Tx, approval: ApprovalRow, now: Date): Promise<void> {
  const { id, asked_by: personId } = approval
  const asker = await findActive(tx, personId)
  if (!asker) return
  const { language } = asker
  await queueMail(tx, { template: 'approval-over', personId, subjectId: id, language, at: now })
}
