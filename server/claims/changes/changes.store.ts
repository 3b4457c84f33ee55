import type { Db, Tx } from '../../db/connections'
import { redrive } from '../../outbox/redrive'
import type { Refusal } from './change-kinds'

/** What people asked to change of their claims. What they typed is sealed: no query here reads it but the worker's. */

export interface ChangeRow {
  id: string
  claim_id: string
  kind: string
  created_at: Date
  handled_at: Date | null
  outcome: 'done' | 'refused' | null
  reason: Refusal | null
}

const columns = ['id', 'claim_id', 'kind', 'created_at', 'handled_at', 'outcome', 'reason'] as const

export async function insertChange(
  tx: Tx,
  change: { id: string; claimId: string; kind: string; box: Buffer; now: Date },
): Promise<void> {
  await tx('claim_changes').insert({
    id: change.id,
    claim_id: change.claimId,
    kind: change.kind,
    box: change.box,
    created_at: change.now,
  })
}

export async function selectChange(db: Db, id: string): Promise<ChangeRow | undefined> {
  return db('claim_changes')
    .where({ id })
    .first<ChangeRow | undefined>(...columns)
}

/** The newest of one kind that was asked for of a claim since then. */
export async function selectNewestOf(
  db: Db,
  { claimId, kind }: { claimId: string; kind: string },
  since: Date,
): Promise<ChangeRow | undefined> {
  return db('claim_changes')
    .where({ claim_id: claimId, kind })
    .where('created_at', '>', since)
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .first<ChangeRow | undefined>(...columns)
}

/** Changes asked for of a claim, or done, since then: of one kind or of all. */
export async function countChanges(
  db: Db | Tx,
  asked: { claimId: string; kind?: string; outcome?: 'done' },
  since: Date | null,
): Promise<number> {
  const { claimId, kind, outcome } = asked
  const rows = db('claim_changes').where({ claim_id: claimId })
  if (kind !== undefined) void rows.where({ kind })
  if (outcome !== undefined) void rows.where({ outcome })
  if (since !== null) void rows.whereRaw('greatest(created_at, handled_at) > ?', [since])
  const found = await rows.count<{ count: number }[]>()
  return found[0]!.count
}

/** The worker's: with what was sealed. */
export async function selectBoxed(
  db: Db,
  id: string,
): Promise<(ChangeRow & { box: Buffer | null }) | undefined> {
  return db('claim_changes')
    .where({ id })
    .first<(ChangeRow & { box: Buffer | null }) | undefined>(...columns, 'box')
}

/** What was typed goes with the handling. */
export async function markHandled(
  tx: Tx,
  id: string,
  now: Date,
  refusal: Refusal | null,
): Promise<void> {
  await tx('claim_changes')
    .where({ id })
    .update({
      handled_at: now,
      box: null,
      outcome: refusal === null ? 'done' : 'refused',
      reason: refusal,
    })
}

/** Asks again, in the outbox, for changes whose job was lost before `before`. */
export async function redriveChanges(tx: Tx, before: Date, limit: number): Promise<void> {
  await redrive(tx, { table: 'claim_changes', job: 'apply-change', key: 'changeId' }, before, limit)
}
