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
  updateBatch,
  type BatchRow,
} from './batches.store'
import { findBatch } from './list-batches'
import { newPassphrase } from './passphrase'

export interface RequestDeps {
  db: Db
  clock: Clock
  sealer: Sealer
}

export type Requested =
  /** the passphrase exists in this answer and, sealed to the worker, in one row: nowhere else */
  | { outcome: 'requested'; number: number; edition: number; passphrase: string }
  /** the same form was sent before; its passphrase was shown then */
  | { outcome: 'repeated' }
  | { outcome: 'nothing_new' | 'in_the_making' }

/**
 * Counsel asks for a batch of the accepted claims that their firm has not received. `batchId` comes
 * from the form, so that the same form sent twice is one batch.
 * @throws Problem('not_found') when the matter is not one of their firm
 */
export async function requestBatch(
  deps: RequestDeps,
  person: { id: string; firmId: string | null },
  asked: { batchId: string; matterId: string },
): Promise<Requested> {
  const now = deps.clock.now()
  const { batchId, matterId } = asked
  try {
    return await asActor(deps.db, person.id, async (tx): Promise<Requested> => {
      if (await selectBatch(tx, batchId)) return { outcome: 'repeated' }
      const matter = await findMatterById(tx, matterId)
      if (!matter || matter.firm.id !== person.firmId) throw new Problem('not_found')
      if (await isInTheMaking(tx, matterId)) return { outcome: 'in_the_making' }
      const waiting = await countToDeliver(tx, [matterId], 1)
      if (!waiting.get(matterId)) return { outcome: 'nothing_new' }

      const batch = {
        id: batchId,
        matter_id: matterId,
        firm_id: matter.firm.id,
        number: await nextNumber(tx, matterId),
        requested_by: person.id,
        requested_at: now,
      }
      await insertBatch(tx, batch)
      return askWorker(tx, deps.sealer, now, person.id, { ...batch, edition: 1 })
    })
  } catch (error) {
    const constraint = uniqueViolation(error)
    // Somebody was faster, between our look and our insert.
    if (constraint === 'batches_pkey') return { outcome: 'repeated' }
    if (constraint !== null) return { outcome: 'in_the_making' }
    throw error
  }
}

/** A new passphrase, sealed to the worker, and the job that uses it, on the record. */
async function askWorker(
  tx: Tx,
  sealer: Sealer,
  now: Date,
  personId: string,
  batch: Pick<BatchRow, 'id' | 'matter_id' | 'firm_id' | 'number' | 'edition'>,
): Promise<Extract<Requested, { outcome: 'requested' }>> {
  const { id, number, edition } = batch
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
    },
  })
  await addIntent(tx, 'build-batch', { batchId: id })
  return { outcome: 'requested', number, edition, passphrase }
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
  asked: { batchId: string; edition: number },
): Promise<Requested> {
  const now = deps.clock.now()
  const { batch } = await findBatch(deps.db, person, asked.batchId)
  if (batch.firm_id !== person.firmId) throw new Problem('not_found')
  try {
    return await asActor(deps.db, person.id, async (tx): Promise<Requested> => {
      const row = await lockBatch(tx, batch.id)
      if (row?.state !== 'complete' || row.edition !== asked.edition) return { outcome: 'repeated' }
      await updateBatch(tx, batch.id, {
        state: 'requested',
        reissue_by: person.id,
        reissue_at: now,
        touched_at: now,
      })
      return askWorker(tx, deps.sealer, now, person.id, { ...row, edition: row.edition + 1 })
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
