import { listAdministrators } from '../accounts/list-staff'
import { asActor, type Db, type Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { addIntent } from '../outbox/add-intent'
import type { Person } from '../web/person'
import { tellAsker } from './settle-approval'
import { lockApproval, selectApproval, updateApproval, type ApprovalRow } from './approvals.store'
import { readParams } from './read-params'

export interface DecideDeps {
  db: Db
  clock: Clock
}

/**
 * `decided`: done, on the record. `late`: somebody decided it before, it was taken back, or its time is over.
 * `self`: it is one's own. `altered`: it is not what the page showed. In all but the first nothing was changed.
 */
export type Decided = 'decided' | 'late' | 'self' | 'altered'

/**
 * An administrator approves or refuses what somebody else asked for. `shown` is the hash, hex, of what the
 * page showed. What is approved is carried out by the worker right after the commit.
 * @throws Problem('not_found' | 'not_allowed')
 */
export async function decideApproval(
  { db, clock }: DecideDeps,
  person: Pick<Person, 'id'>,
  id: string,
  given: { decision: 'approved' | 'refused'; shown: string },
): Promise<Decided> {
  return change(db, person, id, async (tx, approval) => {
    if (approval.asked_by === person.id) return 'self'
    const now = clock.now()
    const administrators = await listAdministrators(tx)
    if (!administrators.some((one) => one.id === person.id)) throw new Problem('not_allowed')
    if (approval.solo_due_at === null && approval.expires_at <= now) return 'late'
    const sha256 = approval.params_sha256.toString('hex')
    if (given.shown !== sha256 || !readParams(approval)) return 'altered'
    const { decision } = given
    await updateApproval(tx, id, {
      state: decision,
      decided_by: person.id,
      decided_at: now,
      ...(decision === 'refused' && { closed_at: now }),
    })
    await appendEntry(tx, now, {
      kind: decision === 'approved' ? 'approval.approved' : 'approval.refused',
      private: { approval: id, what: approval.kind, by: person.id, params: sha256 },
    })
    if (decision === 'refused') await tellAsker(tx, approval, now)
    return 'decided'
  })
}

/**
 * Whoever asked takes it back, before it is decided or, where nobody else could, before its time comes.
 * @throws Problem('not_found')
 */
export async function withdrawApproval(
  { db, clock }: DecideDeps,
  person: Pick<Person, 'id'>,
  id: string,
): Promise<Decided> {
  return change(db, person, id, async (tx, approval) => {
    if (approval.asked_by !== person.id) throw new Problem('not_allowed')
    const now = clock.now()
    await updateApproval(tx, id, { state: 'withdrawn', closed_at: now })
    await appendEntry(tx, now, {
      kind: 'approval.withdrawn',
      private: { approval: id, what: approval.kind, by: person.id },
    })
    return 'decided'
  })
}

/** Runs `work` on a request that waits, and asks the worker to do what follows from it. */
async function change(
  db: Db,
  person: Pick<Person, 'id'>,
  id: string,
  work: (tx: Tx, approval: ApprovalRow) => Promise<Decided>,
): Promise<Decided> {
  if (!isId(id)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    // The policy shows no other to whoever wants to change it.
    const approval = await lockApproval(tx, id)
    if (!approval) {
      if (await selectApproval(tx, id)) return 'late'
      throw new Problem('not_found')
    }
    const outcome = await work(tx, approval)
    if (outcome === 'decided') await addIntent(tx, 'settle-approval', { approvalId: id })
    return outcome
  })
}
