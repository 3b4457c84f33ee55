import { addNeeds } from '../claims/needs/add-needs'
import type { ReminderLimits } from '../claims/reminders/plan-reminders'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { listMatters } from '../matters/list-matters'
import * as store from './authority-worker.store'
import { documentsKey } from './fill-documents'
import { arePapersComplete } from './papers-complete'
import { papersNeed } from './supersede-changed'

/**
 * Notes of confirmed claims whose papers are not those of today that signing them is what they lack: because
 * documents or firm are others now, or what was signed was never confirmed. One that only waits for its
 * guardian lacks that alone. Harmless to repeat.
 * @returns how many it noted; as many as `sweepRows` means there may be more
 */
export async function askForPapers(deps: {
  db: Db
  clock: Clock
  config: { limits: ReminderLimits & { sweepRows: number } }
}): Promise<number> {
  const { db, clock, config } = deps
  let left = config.limits.sweepRows
  for (const matter of await listMatters(db)) {
    const documents = documentsKey(matter)
    if (documents === '' || left === 0) continue
    const today = { matterId: matter.id, firmId: matter.firm.id, documents }
    const found = await store.selectWithoutPapers(db, today, left)
    for (const claimId of found) {
      await db.transaction(async (tx) => {
        const now = clock.now()
        // Under the claim's lock, as a paper that is made meets the need: neither misses the other.
        const claim = await store.lockSigningClaim(tx, claimId)
        if (!claim || !store.signingStates.includes(claim.state)) return
        if (await arePapersComplete(tx, claimId, matter)) return
        await addNeeds(tx, now, config.limits, {
          claimId,
          by: null,
          wanted: [{ kind: 'signature', ref: papersNeed, required: true, dueAt: null }],
        })
      })
    }
    left -= found.length
  }
  return config.limits.sweepRows - left
}
