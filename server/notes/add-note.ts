import type { ClaimState } from '../claims/claim-state'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId, newId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import type { Vault } from '../vault/vault'
import type { Person } from '../web/person'
import * as store from './notes.store'
import { notesTable } from './read-notes'

const over: readonly ClaimState[] = ['expired', 'withdrawn', 'erased']

/** Whether anything is noted about a claim in this state: of one that has ended nobody could read it again. */
export function mayNote(state: ClaimState): boolean {
  return !over.includes(state)
}

/**
 * The claim that a note is to be about, and how many there are.
 * @throws Problem('not_found' | 'conflict')
 */
export async function findNotable(
  db: Db,
  person: Person,
  claimId: string,
): Promise<{ claim: store.ClaimOfNotes; count: number }> {
  if (!isId(claimId)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const claim = await store.selectClaim(tx, claimId)
    if (!claim) throw new Problem('not_found')
    if (!mayNote(claim.state)) throw new Problem('conflict', { claim: claim.id })
    return { claim, count: await store.countNotes(tx, claimId) }
  })
}

/**
 * Notes something about a claim for colleagues, sealed under a key of its own; the entry commits to its
 * ciphertext. Nothing changes it afterwards: a correction is another note.
 * @throws Problem('not_found' | 'conflict')
 */
export async function addNote(
  { db, clock, vault }: { db: Db; clock: Clock; vault: Pick<Vault, 'sealText'> },
  person: Person,
  { claimId, text }: { claimId: string; text: string },
): Promise<void> {
  const { claim } = await findNotable(db, person, claimId)
  const now = clock.now()
  const id = newId(now.getTime())
  const sealed = vault.sealText({ table: notesTable, claimId: claim.id, id }, text)
  await asActor(db, person.id, async (tx) => {
    await store.insertNote(tx, { id, claimId: claim.id, personId: person.id, at: now }, sealed)
    await appendEntry(tx, now, {
      kind: 'note.added',
      claimId: claim.id,
      private: { person: person.id, note: id, text: sealed.sha256.toString('hex') },
    })
  })
}
