import { approvalReasons } from '../approvals/kinds'
import { hashClaims, requestApproval, type NamedClaim } from '../approvals/request-approval'
import { asActor, type Db, type Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { findMatterById } from '../matters/list-matters'
import { addIntent } from '../outbox/add-intent'
import type { Sealer } from '../vault/sealer'
import type { Person } from '../web/person'
import {
  countToDeliver,
  insertBatch,
  insertPassphrase,
  isInTheMaking,
  lockBatch,
  nextNumber,
  selectBatch,
  selectBatchClaims,
  selectToDeliver,
  updateBatch,
  type BatchRow,
} from './batches.store'
import { findBatch } from './list-batches'
import { newPassphrase } from './passphrase'

export interface RequestDeps {
  db: Db
  clock: Clock
  sealer: Sealer
  config: {
    limits: { approvalHours: number; exportClaimsAlone: number; batchMaxClaims: number }
  }
}

export type Requested =
  /** the passphrase exists in this answer and, sealed to the worker, in one row: nowhere else */
  | {
      outcome: 'requested'
      number: number
      edition: number
      passphrase: string
      /** of so many claims that an administrator has to agree first: their request */
      approvalId: string | null
    }
  /** the same form was sent before; its passphrase was shown then */
  | { outcome: 'repeated' }
  | { outcome: 'nothing_new' | 'in_the_making' }
  /** an administrator has to agree, and why it is wanted was not said yet */
  | { outcome: 'reason' }

/**
 * Counsel asks for a batch of the accepted claims that their firm has not received. `batchId` comes
 * from the form, so that the same form sent twice is one batch.
 * @throws Problem('not_found') when the matter is not one of their firm
 */
export async function requestBatch(
  deps: RequestDeps,
  person: { id: string; firmId: string | null },
  asked: { batchId: string; matterId: string; reason?: string | undefined },
): Promise<Requested> {
  const now = deps.clock.now()
  const { batchId, matterId } = asked
  try {
    return await asActor(deps.db, person.id, async (tx): Promise<Requested> => {
      if (await selectBatch(tx, batchId)) return { outcome: 'repeated' }
      const matter = await findMatterById(tx, matterId)
      if (!matter || matter.firm.id !== person.firmId) throw new Problem('not_found')
      if (await isInTheMaking(tx, matterId)) return { outcome: 'in_the_making' }
      const { exportClaimsAlone, batchMaxClaims } = deps.config.limits
      const counted = await countToDeliver(tx, [matterId], exportClaimsAlone + 1)
      const waiting = counted.get(matterId) ?? 0
      if (waiting === 0) return { outcome: 'nothing_new' }
      const large = waiting > exportClaimsAlone
      if (large && !isReason(asked.reason)) return { outcome: 'reason' }

      const about = {
        id: batchId,
        matter_id: matterId,
        firm_id: matter.firm.id,
        number: await nextNumber(tx, matterId),
        edition: 1,
      }
      const claims = large
        ? await selectToDeliver(tx, { matterId, firmId: matter.firm.id, most: batchMaxClaims })
        : null
      const approvalId = claims && (await askApproval(tx, deps, person.id, about, asked, claims))
      const { edition: _, ...batch } = about
      await insertBatch(tx, {
        ...batch,
        requested_by: person.id,
        requested_at: now,
        approval_id: approvalId,
      })
      return askWorker(tx, deps.sealer, now, person.id, { ...about, approval_id: approvalId })
    })
  } catch (error) {
    const constraint = uniqueViolation(error)
    // Somebody was faster, between our look and our insert.
    if (constraint === 'batches_pkey') return { outcome: 'repeated' }
    if (constraint !== null) return { outcome: 'in_the_making' }
    throw error
  }
}

type About = Pick<BatchRow, 'id' | 'matter_id' | 'firm_id' | 'number' | 'edition'>

/** Asks an administrator to agree that the firm gets exactly these claims. */
function askApproval(
  tx: Tx,
  { clock, config }: RequestDeps,
  by: string,
  batch: About,
  { reason }: { reason?: string | undefined },
  claims: readonly NamedClaim[],
): Promise<string> {
  const { approvalHours } = config.limits
  return requestApproval(
    tx,
    { now: clock.now(), approvalHours, by },
    {
      kind: 'export',
      object: `${batch.id} ${batch.edition}`,
      firmId: batch.firm_id,
      reason: reason ?? '',
      claims,
      params: {
        batch: batch.id,
        matter: batch.matter_id,
        number: batch.number,
        edition: batch.edition,
        claims: claims.length,
        claimsSha256: hashClaims(claims),
      },
    },
  )
}

function isReason(reason: string | undefined): boolean {
  return reason !== undefined && approvalReasons.export.includes(reason)
}

/** A new passphrase, sealed to the worker, and, unless somebody has to agree first, the job that uses it; on the record. */
async function askWorker(
  tx: Tx,
  sealer: Sealer,
  now: Date,
  personId: string,
  batch: About & Pick<BatchRow, 'approval_id'>,
): Promise<Extract<Requested, { outcome: 'requested' }>> {
  const { id, number, edition, approval_id: approvalId } = batch
  const passphrase = newPassphrase()
  await insertPassphrase(tx, id, sealer.sealToWorker('batch_passphrase', id, passphrase))
  await appendEntry(tx, now, {
    kind: 'batch.requested',
    private: {
      batch: id,
      matter: batch.matter_id,
      firm: batch.firm_id,
      person: personId,
      number,
      edition,
      ...(approvalId !== null && { approval: approvalId }),
    },
  })
  if (approvalId === null) await addIntent(tx, 'build-batch', { batchId: id })
  return { outcome: 'requested', number, edition, passphrase, approvalId }
}

/**
 * Counsel asks for the claims of a complete batch of their firm once more, in a new file under a new
 * passphrase, because the old one is lost. The batch keeps its number, its claims and, until the new file
 * is there, its old one. `edition` is the one that the page showed: the same form sent twice asks once.
 * @throws Problem('not_found') when it is not a batch of their firm
 */
export async function reissueBatch(
  deps: RequestDeps,
  person: Person,
  asked: { batchId: string; edition: number; reason?: string | undefined },
): Promise<Requested> {
  const now = deps.clock.now()
  const { batch } = await findBatch(deps.db, person, asked.batchId)
  if (batch.firm_id !== person.firmId) throw new Problem('not_found')
  try {
    return await asActor(deps.db, person.id, async (tx): Promise<Requested> => {
      const row = await lockBatch(tx, batch.id)
      if (row?.state !== 'complete' || row.edition !== asked.edition) return { outcome: 'repeated' }
      const claims = await selectBatchClaims(tx, batch.id)
      const large = claims.length > deps.config.limits.exportClaimsAlone
      if (large && !isReason(asked.reason)) return { outcome: 'reason' }
      const next = { ...row, edition: row.edition + 1 }
      const approvalId = large ? await askApproval(tx, deps, person.id, next, asked, claims) : null
      await updateBatch(tx, batch.id, {
        state: 'requested',
        reissue_by: person.id,
        reissue_at: now,
        touched_at: now,
        approval_id: approvalId,
      })
      return askWorker(tx, deps.sealer, now, person.id, { ...next, approval_id: approvalId })
    })
  } catch (error) {
    // The matter has another batch in the making.
    if (uniqueViolation(error) !== null) return { outcome: 'in_the_making' }
    throw error
  }
}

function uniqueViolation(error: unknown): string | null {
  const { code, constraint } = (error ?? {}) as { code?: unknown; constraint?: unknown }
  if (code !== '23505' || typeof constraint !== 'string') return null
  return constraint.startsWith('batches_') ? constraint : null
}
