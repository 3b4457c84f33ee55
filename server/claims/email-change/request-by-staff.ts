import { asActor, type Db, type Tx } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { isId, newId } from '../../kernel/ids'
import { Problem } from '../../kernel/problem'
import { appendEntry } from '../../ledger/append-entry'
import type { Limits } from '../../limits'
import { addIntent } from '../../outbox/add-intent'
import type { Vault } from '../../vault/vault'
import type { Person } from '../../web/person'
import { allowsChange } from '../changes/change-kinds'
import { addText } from './change-texts'
import type { IdentifiedBy, LostReason } from './staff-codes'
import * as store from './staff.store'

interface Deps {
  db: Db
  clock: Clock
  config: { limits: Limits }
}

/** What whoever wants to start a change for a claimant needs to know first. */
export interface Starting {
  claim: store.ClaimRow
  /** the claim's address can be changed in this state */
  allowed: boolean
  /** this person has opened the claim to check who asks, not long ago */
  checked: boolean
  /** one that is under way already */
  openId: string | null
  /** somebody else could approve */
  second: boolean
}

const minuteMs = 60 * 1000
const dayMs = 24 * 60 * minuteMs

/** @throws Problem('not_found') */
export async function findStarting(deps: Deps, person: Person, claimId: string): Promise<Starting> {
  if (!isId(claimId)) throw new Problem('not_found')
  return asActor(deps.db, person.id, async (tx) => {
    const claim = await store.selectClaim(tx, claimId)
    if (!claim) throw new Problem('not_found')
    return {
      claim,
      allowed: allowsChange(claim.state, 'change_email'),
      checked: await hasChecked(tx, deps, person, claimId),
      openId: (await store.selectOpenOf(tx, claimId))?.id ?? null,
      second: await store.hasSecond(tx, person.id),
    }
  })
}

/**
 * Starts a change of address for somebody who lost their mailbox, by a person who has just opened their
 * claim to check who asks. The worker tells the old mailbox and asks the new one; another person approves.
 * @param email as `normaliseEmail` gives it
 * @returns the id of the change, or null when the person has not opened the claim, or it is over
 * @throws Problem('not_found')
 */
export async function requestByStaff(
  deps: Deps & { vault: Pick<Vault, 'sealText'> },
  person: Person,
  claimId: string,
  asked: { email: string; reason: LostReason; identifiedBy: IdentifiedBy; note: string },
): Promise<string | null> {
  const { db, clock, config } = deps
  if (!isId(claimId)) throw new Problem('not_found')
  const { email, reason, identifiedBy, note } = asked
  const now = clock.now()
  const id = newId(now.getTime())
  return asActor(db, person.id, async (tx) => {
    const claim = await store.selectClaim(tx, claimId, { lock: true })
    if (!claim) throw new Problem('not_found')
    if (!allowsChange(claim.state, 'change_email')) return null
    if (!(await hasChecked(tx, deps, person, claimId))) return null
    const expiresAt = new Date(now.getTime() + config.limits.emailChangeStaffDays * dayMs)
    await store.insertChange(tx, {
      id,
      claimId,
      personId: person.id,
      reason,
      identifiedBy,
      now,
      expiresAt,
    })
    await addText(tx, deps, { id, claimId }, { kind: 'new', text: email })
    const noteHash = await addText(tx, deps, { id, claimId }, { kind: 'note', text: note })
    await appendEntry(tx, now, {
      kind: 'claim.email_change_requested',
      claimId,
      private: {
        change: id,
        person: person.id,
        why: reason,
        identified: identifiedBy,
        note: noteHash,
      },
    })
    await addIntent(tx, 'start-email-change', { emailChangeId: id })
    return id
  })
}

function hasChecked(
  tx: Tx,
  { clock, config }: Deps,
  { id: personId }: Person,
  claimId: string,
): Promise<boolean> {
  const { emailChangeIdentityMinutes } = config.limits
  const since = new Date(clock.now().getTime() - emailChangeIdentityMinutes * minuteMs)
  return store.hasOpened(tx, { claimId, personId, purpose: 'identity_check' }, since)
}
