import type { Db } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { renewCopies } from '../../vault/claimant-copies'
import * as store from './access-worker.store'
import { findWhoLooked } from './who-looked'

/**
 * Makes anew what everyone who has a claim open right now sees of who looked. Asked for by triggers, in the
 * transaction of each opening, delivery, download and change of state (migrations/0009), rather than each
 * time the page is opened: so the page is complete when it is opened and need not wait, no verb can
 * forget it, and a claim that nobody has open costs nothing. Making it anew reads only the ledger: were it
 * an opening itself, each would ask for the next.
 */
export async function renewWhoLooked(
  { db, clock, config }: { db: Db; clock: Clock; config: { limits: { historyRows: number } } },
  claimId: string,
): Promise<void> {
  await db.transaction((tx) =>
    renewCopies(tx, { kind: 'looked', claimId }, () =>
      findWhoLooked(tx, clock.now(), claimId, config.limits.historyRows),
    ),
  )
}

/** Finds copies that lack an opening all the same. */
export async function renewIncompleteCopies({
  db,
  config,
}: {
  db: Db
  config: { limits: { sweepRows: number } }
}): Promise<void> {
  await db.transaction((tx) => store.renewIncomplete(tx, config.limits.sweepRows))
}
