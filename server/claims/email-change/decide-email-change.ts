import { asActor, type Db, type Tx } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { isId } from '../../kernel/ids'
import { Problem } from '../../kernel/problem'
import { appendEntry } from '../../ledger/append-entry'
import { addIntent } from '../../outbox/add-intent'
import type { Vault } from '../../vault/vault'
import { readCursor, writeCursor } from '../../web/cursor'
import type { Person } from '../../web/person'
import { openTexts } from './change-texts'
import type { DeclineReason } from './staff-codes'
import * as store from './staff.store'
import { selectTexts } from './texts.store'

export type { StaffChange } from './staff.store'

interface Deps {
  db: Db
  clock: Clock
}

/** A change that staff started, as whoever looks at it may see it. */
export interface ShownStaffChange {
  change: store.StaffChange
  /** this person has opened note and address since it was started */
  opened: boolean
  /** somebody other than who started it could approve */
  second: boolean
}

/** Changes under way; `second`: somebody but this person could approve one of theirs. */
export async function listEmailChanges(
  db: Db,
  person: Person,
  query: { after?: string | undefined; approved: boolean },
  pageSize: number,
): Promise<{ changes: store.StaffChange[]; second: boolean; next: OpenCursor | null }> {
  const cursor = readCursor(query.after)
  const behind = cursor && { ...cursor, approved: query.approved }
  return asActor(db, person.id, async (tx) => {
    const found = await store.selectOpen(tx, { behind, limit: pageSize + 1 })
    const changes = found.slice(0, pageSize)
    const last = changes.at(-1)
    return {
      changes,
      second: await store.hasSecond(tx, person.id),
      next:
        last && found.length > pageSize
          ? {
              after: writeCursor({ at: last.created_at, id: last.id }),
              approved: last.approved_at !== null,
            }
          : null,
    }
  })
}

/** Where the next page of the list begins: those that are approved stand behind the others. */
export interface OpenCursor {
  after: string
  approved: boolean
}

/** @throws Problem('not_found') */
export async function showEmailChange(
  db: Db,
  person: Person,
  id: string,
): Promise<ShownStaffChange> {
  if (!isId(id)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const change = await store.selectChange(tx, id)
    if (!change) throw new Problem('not_found')
    return {
      change,
      opened: await hasOpened(tx, person, change),
      second: await store.hasSecond(tx, change.requested_by),
    }
  })
}

/**
 * Opens note and new address of a change for a person, on the record as an opening of its claim.
 * @throws Problem('budget_exceeded')
 */
export async function openEmailChange(
  { db, vault }: { db: Db; vault: Pick<Vault, 'openTexts'> },
  person: Person,
  { id, claim_id: claimId }: Pick<store.StaffChange, 'id' | 'claim_id'>,
): Promise<{ new?: string; note?: string }> {
  const rows = await asActor(db, person.id, (tx) => selectTexts(tx, id, ['new', 'note']))
  return openTexts({ vault }, claimId, rows, {
    actor: { kind: 'person', personId: person.id },
    purpose: 'email_change',
  })
}

/** `late`: somebody was faster, or it is over; `unread`: they have not opened it; `self`: it is their own. */
export type Decided = 'decided' | 'late' | 'unread' | 'self'

/**
 * Approves a change that somebody else started, once, however many press at the same moment. That it is
 * somebody else the database checks too.
 * @throws Problem('not_found')
 */
export async function approveEmailChange(
  { db, clock }: Deps,
  person: Person,
  id: string,
): Promise<Decided> {
  if (!isId(id)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const change = await store.selectChange(tx, id)
    if (!change) throw new Problem('not_found')
    if (change.requested_by === person.id) return 'self'
    if (!(await hasOpened(tx, person, change))) return 'unread'
    const now = clock.now()
    if (!(await store.approve(tx, id, person.id, now))) return 'late'
    await appendEntry(tx, now, {
      kind: 'claim.email_change_approved',
      claimId: change.claim_id,
      private: { change: id, person: person.id, requestedBy: change.requested_by },
    })
    // In case that nothing else is waited for; the worker looks.
    await addIntent(tx, 'apply-email-change', { emailChangeId: id })
    return 'decided'
  })
}

/**
 * Ends a change, also one that was approved and waits: whoever looked at it, or who started it by mistake.
 * @throws Problem('not_found')
 */
export async function declineEmailChange(
  { db, clock }: Deps,
  person: Person,
  id: string,
  reason: DeclineReason,
): Promise<Decided> {
  if (!isId(id)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const change = await store.selectChange(tx, id)
    if (!change) throw new Problem('not_found')
    const own = change.requested_by === person.id
    if (!own && !(await hasOpened(tx, person, change))) return 'unread'
    const now = clock.now()
    if (!(await store.decline(tx, id, { personId: person.id, reason, now }))) return 'late'
    await appendEntry(tx, now, {
      kind: 'claim.email_change_declined',
      claimId: change.claim_id,
      private: { change: id, person: person.id, decline: reason },
    })
    return 'decided'
  })
}

function hasOpened(tx: Tx, { id: personId }: Person, change: store.StaffChange): Promise<boolean> {
  const of = { claimId: change.claim_id, personId, purpose: 'email_change' } as const
  return store.hasOpened(tx, of, change.created_at)
}
