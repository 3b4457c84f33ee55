import { renewMessageCopies } from '../vault/claimant-copies'
import * as store from './messages.store'
import { readOwnMessages, type OwnDeps } from './read-own-messages'

/**
 * Makes anew what everyone who has a claim open right now sees of its messages. Asked for by a trigger, in
 * the transaction of each message (migrations/0013). It is an opening, which has the record of who looked
 * made anew and nothing else; where no copy lacks a message there is none, so that it is harmless to repeat.
 */
export async function renewMessages(deps: OwnDeps, claimId: string, run: string): Promise<void> {
  const { db } = deps
  const count = (await store.countMessages(db, [claimId])).get(claimId) ?? 0
  if (!(await store.isCopyBehind(db, claimId, count))) return
  const read = await readOwnMessages(deps, [claimId], { job: 'renew-messages', run })
  await db.transaction((tx) => renewMessageCopies(tx, claimId, read.get(claimId)!))
}

/** Finds copies that lack a message all the same. */
export async function renewMessagesBehind({
  db,
  config,
}: {
  db: OwnDeps['db']
  config: { limits: { sweepRows: number } }
}): Promise<void> {
  await db.transaction((tx) => store.renewBehind(tx, config.limits.sweepRows))
}
