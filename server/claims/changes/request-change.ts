import type { Db } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { newId } from '../../kernel/ids'
import { appendEntry } from '../../ledger/append-entry'
import { addIntent } from '../../outbox/add-intent'
import type { Sealer } from '../../vault/sealer'
import type { ChangeContent, ChangeKind } from './change-kinds'
import * as store from './changes.store'

const dayMs = 24 * 60 * 60 * 1000

/**
 * Asks the worker for a change of a claim that is open in this browser. What was typed is sealed together
 * with the browser's secret, which the worker checks: nothing on this surface can read either again.
 * @returns the id of what was asked, or null when too much was asked for this claim today
 */
export async function requestChange<Kind extends ChangeKind>(
  deps: {
    db: Db
    clock: Clock
    sealer: Sealer
    config: { limits: { changesPerDay: number } }
  },
  asked: { claimId: string; secret: string; kind: Kind; content: ChangeContent<Kind> },
): Promise<string | null> {
  const { db, clock, sealer, config } = deps
  const { claimId, secret, kind, content } = asked
  const now = clock.now()
  const since = new Date(now.getTime() - dayMs)
  const earlier = await store.countChanges(db, { claimId }, since)
  if (earlier >= config.limits.changesPerDay) return null
  const id = newId(now.getTime())
  const box = sealer.sealToWorker('claim_change', id, JSON.stringify({ secret, kind, content }))
  await db.transaction(async (tx) => {
    await store.insertChange(tx, { id, claimId, kind, box, now })
    await appendEntry(tx, now, {
      kind: 'change.requested',
      claimId,
      private: { change: id, what: kind },
    })
    await addIntent(tx, 'apply-change', { changeId: id })
  })
  return id
}
