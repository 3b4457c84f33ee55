import type { Tx } from '../db/connections'
import { appendEntry, type EntryKind } from '../ledger/append-entry'
import { addIntent } from '../outbox/add-intent'
import * as store from './approvals.store'
import { startAlone, tellAsker, type SettleDeps } from './settle-approval'

/**
 * Looks after requests as time goes by: those that nobody answered expire, those that nobody could answer
 * start the long way, and those that nobody stopped on it are carried out. For the upkeep.
 */
export async function tendApprovals(deps: SettleDeps): Promise<void> {
  const { db, clock, config } = deps
  const { sweepRows: limit } = config.limits
  const now = clock.now()
  for (const id of await store.selectLonely(db, { limit })) await startAlone(deps, id)
  for (const id of await store.selectLate(db, now, limit)) {
    await db.transaction((tx) => close(tx, id, now, 'expired', 'approval.expired'))
  }
  for (const id of await store.selectSoloDue(db, now, limit)) {
    await db.transaction(async (tx) => {
      const approval = await store.lockApproval(tx, id)
      if (approval?.state !== 'waiting' || !approval.solo_due_at) return
      await store.updateApproval(tx, id, { state: 'approved', decided_at: now })
      await appendEntry(tx, now, {
        kind: 'approval.approved',
        private: {
          approval: id,
          what: approval.kind,
          by: null,
          alone: true,
          params: approval.params_sha256.toString('hex'),
        },
      })
      await addIntent(tx, 'settle-approval', { approvalId: id })
    })
  }
}

/** Hands over again what was decided long ago and not carried out: its job was lost. */
export async function redriveApprovals({
  db,
  clock,
  config,
}: SettleDeps & { config: { limits: { redriveMs: number } } }): Promise<void> {
  const before = new Date(clock.now().getTime() - config.limits.redriveMs)
  await db.transaction(async (tx) => {
    for (const id of await store.selectUnsettled(tx, before, config.limits.sweepRows)) {
      await addIntent(tx, 'settle-approval', { approvalId: id })
    }
  })
}

/** Takes back all that somebody asked for who was ended, and what waited for it. Harmless to repeat. */
export async function withdrawApprovalsOf(
  { db, clock }: Pick<SettleDeps, 'db' | 'clock'>,
  personId: string,
): Promise<void> {
  const now = clock.now()
  for (const id of await store.selectOpenOf(db, personId)) {
    await db.transaction((tx) => close(tx, id, now, 'withdrawn', 'approval.withdrawn'))
  }
}

async function close(
  tx: Tx,
  id: string,
  now: Date,
  state: 'expired' | 'withdrawn',
  kind: EntryKind,
): Promise<void> {
  const approval = await store.lockApproval(tx, id)
  if (approval?.state !== 'waiting') return
  await store.updateApproval(tx, id, { state, closed_at: now })
  await appendEntry(tx, now, { kind, private: { approval: id, what: approval.kind } })
  await tellAsker(tx, approval, now)
  await addIntent(tx, 'settle-approval', { approvalId: id })
}
