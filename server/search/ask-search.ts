import { asActor, type Db, type Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import type { Limits } from '../limits'
import { findByNumber } from '../moderation/list-queue'
import { addIntent } from '../outbox/add-intent'
import type { Sealer } from '../vault/sealer'
import type { Looked, Vault } from '../vault/vault'
import type { Person } from '../web/person'
import * as store from './search.store'

export { searchReasons, type SearchReason } from './search.store'

/** The name of the table, to which the reason is bound. */
export const searchTable = 'claim_searches'

interface AskDeps {
  db: Db
  clock: Clock
  config: { limits: Pick<Limits, 'searchesPerHour'> }
}

const hourMs = 60 * 60 * 1000

/**
 * Asks the worker for the claims of somebody who telephones: nothing here can compute a blind index. What was
 * typed is sealed to it, and deleted with its answer; why, in words, is sealed under a key of its own.
 * @returns the id of the search, or null when this person has searched too often
 */
export async function askSearch(
  {
    db,
    clock,
    config,
    sealer,
    vault,
  }: AskDeps & { sealer: Sealer; vault: Pick<Vault, 'sealText'> },
  person: Person,
  { looked, reason, why }: { looked: Looked; reason: store.SearchReason; why: string },
): Promise<string | null> {
  const now = clock.now()
  const id = newId(now.getTime())
  return asActor(db, person.id, async (tx) => {
    if (!(await maySearch(tx, now, person, config.limits))) return null
    const sealed = vault.sealText({ table: searchTable, claimId: id, id }, why)
    const box = sealer.sealToWorker('search', id, JSON.stringify(looked))
    const { kind } = looked
    await store.insertSearch(tx, { id, personId: person.id, kind, reason, box, at: now }, sealed)
    await appendEntry(tx, now, {
      kind: 'claim.searched',
      private: {
        person: person.id,
        search: id,
        by: kind,
        reason,
        why: sealed.sha256.toString('hex'),
      },
    })
    await addIntent(tx, 'answer-search', { searchId: id })
    return id
  })
}

/**
 * Looks for a claim by the number on its receipt, which says nothing of anybody: no opening, but counted and
 * recorded like every search, so that who tries numbers is seen.
 * @returns the id of the claim, null when there is none; or that this person has searched too often
 */
export async function searchByNumber(
  { db, clock, config }: AskDeps,
  person: Person,
  typed: string,
): Promise<{ claimId: string | null } | 'too_many'> {
  const found = await findByNumber(db, person, typed)
  const now = clock.now()
  const id = newId(now.getTime())
  const hits = found === null ? 0 : 1
  const counted = await asActor(db, person.id, async (tx) => {
    if (!(await maySearch(tx, now, person, config.limits))) return false
    await store.insertNumberSearch(tx, { id, personId: person.id, hits, at: now })
    await appendEntry(tx, now, {
      kind: 'claim.searched',
      private: { person: person.id, search: id, by: 'number', hits },
    })
    return true
  })
  return counted ? { claimId: found } : 'too_many'
}

/** Whether this person may search once more now; held until the transaction ends. */
async function maySearch(
  tx: Tx,
  now: Date,
  person: Person,
  { searchesPerHour }: AskDeps['config']['limits'],
): Promise<boolean> {
  await store.holdSearches(tx, person.id)
  // All since then, also those that were asked later and came to the lock before this one.
  const since = new Date(now.getTime() - hourMs)
  return (await store.countSearches(tx, person.id, { since })) < searchesPerHour
}
