import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import * as store from './claims.store'

export interface Given {
  id: string
  /** null while the worker has not answered */
  outcome: 'confirmed' | 'address' | 'refused' | null
  claim: { id: string; number: string; matterId: string } | null
  /** it takes longer than anybody should watch a page for */
  long: boolean
}

interface FindDeps {
  db: Db
  clock: Clock
  config: { limits: { accessWaitMaxSeconds: number } }
}

/** What came of a link that was pressed or a code that was typed; null for what is no such thing. */
export async function findConfirmation(
  { db, clock, config }: FindDeps,
  id: unknown,
): Promise<Given | null> {
  const row = isId(id) ? await store.selectConfirmation(db, id) : undefined
  if (!row) return null
  const claim =
    row.claim_id === null ? undefined : await store.selectClaim(db, { id: row.claim_id })
  const waitedMs = clock.now().getTime() - row.created_at.getTime()
  return {
    id: row.id,
    outcome: row.outcome,
    claim: claim ? { id: claim.id, number: claim.number, matterId: claim.matter_id } : null,
    long: waitedMs > config.limits.accessWaitMaxSeconds * 1000,
  }
}
