import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { findMatterById } from '../matters/list-matters'
import { addIntent } from '../outbox/add-intent'
import type { Sealer } from '../vault/sealer'
import {
  countToDeliver,
  insertBatch,
  insertPassphrase,
  isInTheMaking,
  nextNumber,
  selectBatch,
} from './batches.store'
import { newPassphrase } from './passphrase'

export interface RequestDeps {
  db: Db
  clock: Clock
  sealer: Sealer
}

export type Requested =
  /** the passphrase exists in this answer and, sealed to the worker, in one row: nowhere else */
  | { outcome: 'requested'; number: number; passphrase: string }
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

      const passphrase = newPassphrase()
      const number = await nextNumber(tx, matterId)
      await insertBatch(tx, {
        id: batchId,
        matter_id: matterId,
        firm_id: matter.firm.id,
        number,
        requested_by: person.id,
        requested_at: now,
      })
      const box = deps.sealer.sealToWorker('batch_passphrase', batchId, passphrase)
      await insertPassphrase(tx, batchId, box)
      await appendEntry(tx, now, {
        kind: 'batch.requested',
        private: {
          batch: batchId,
          matter: matterId,
          firm: matter.firm.id,
          person: person.id,
          number,
        },
      })
      await addIntent(tx, 'build-batch', { batchId })
      return { outcome: 'requested', number, passphrase }
    })
  } catch (error) {
    const constraint = uniqueViolation(error)
    // Somebody was faster, between our look and our insert.
    if (constraint === 'batches_pkey') return { outcome: 'repeated' }
    if (constraint !== null) return { outcome: 'in_the_making' }
    throw error
  }
}

function uniqueViolation(error: unknown): string | null {
  const { code, constraint } = (error ?? {}) as { code?: unknown; constraint?: unknown }
  if (code !== '23505' || typeof constraint !== 'string') return null
  return constraint.startsWith('batches_') ? constraint : null
}
