import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import { findMatter } from '../matters/list-matters'
import { findByNumber } from '../moderation/list-queue'
import type { Person } from '../web/person'
import { holdReasons, insertHold, selectHolds, type ListedHold } from './holds.store'

export { holdReasons, type ListedHold } from './holds.store'

export interface HoldDeps {
  db: Db
  clock: Clock
}

/** As the form shows them. */
export const holdFields = ['what', 'matter', 'number', 'reason'] as const
export type HoldField = (typeof holdFields)[number]

/** What was typed into the form, by field. */
export type TypedHold = Record<HoldField, string>

/**
 * Keeps all of a case, or one claim, from expiring, being erased and being destroyed. One administrator's act:
 * waiting for another could cost what is to be kept.
 * @returns the field that cannot be taken, or `held` when there is a hold on it
 */
export async function setHold(
  { db, clock }: HoldDeps,
  person: Person,
  typed: TypedHold,
): Promise<'set' | 'held' | HoldField> {
  const { what } = typed
  if (what !== 'matter' && what !== 'claim') return 'what'
  const matter = what === 'matter' ? await findMatter(db, typed.matter) : null
  if (what === 'matter' && !matter) return 'matter'
  const claimId = what === 'claim' ? await findByNumber(db, person, typed.number) : null
  if (what === 'claim' && claimId === null) return 'number'
  const reason = holdReasons.find((one) => one === typed.reason)
  if (!reason) return 'reason'
  return asActor(db, person.id, async (tx) => {
    const now = clock.now()
    const id = newId(now.getTime())
    const of = { matter_id: matter?.id ?? null, claim_id: claimId }
    const set = { id, ...of, reason, set_by: person.id, set_at: now }
    if (!(await insertHold(tx, set))) return 'held'
    await appendEntry(tx, now, {
      kind: 'hold.set',
      private: { hold: id, of: claimId ?? matter!.id, what, why: reason, by: person.id },
    })
    return 'set'
  })
}

/** Holds that stand, then those that were lifted. */
export async function listHolds(db: Db, person: Person, limit: number): Promise<ListedHold[]> {
  return asActor(db, person.id, (tx) => selectHolds(tx, limit))
}
