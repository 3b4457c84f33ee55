import type { ClaimState } from '../claims/claim-state'
import { asActor, type Db } from '../db/connections'
import { listFirms } from '../firms/list-firms'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { findMatterById } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import type { Opening, Vault } from '../vault/vault'
import type { Person } from '../web/person'
import { messagesTable } from './add-message'
import { deskOf } from './list-threads'
import * as store from './messages.store'
import { isThere } from './read-own-messages'

export type { ThreadRow } from './messages.store'

/** A message as the people of the case see it. */
export interface ShownMessage {
  id: string
  at: Date
  about: store.About
  /** null: the claimant's */
  from: { name: string; role: string; firm: { ko: string; en: string } | null } | null
  /** null once it was destroyed */
  text: string | null
}

export interface FoundThread {
  claim: store.ClaimOfThread
  matter: Matter
  /** with the desk of whoever asks; null: nobody has written yet */
  thread: store.ThreadRow | null
}

const over: readonly ClaimState[] = ['expired', 'erased']

/** Whether anything can still be read or written about a claim in this state. */
export function mayWrite(state: ClaimState): boolean {
  return !over.includes(state)
}

/** How far the threads about a claim are, without a word of what they say. */
export function findThreads(db: Db, person: Person, claimId: string): Promise<store.ThreadRow[]> {
  return asActor(db, person.id, (tx) => store.selectThreads(tx, claimId))
}

/**
 * The thread of this person's desk about a claim, without a word of what it says. Counsel is told of claims
 * whose people have written to them, and of no other.
 * @throws Problem('not_found')
 */
export async function findThread(db: Db, person: Person, claimId: string): Promise<FoundThread> {
  if (!isId(claimId)) throw new Problem('not_found')
  const found = await asActor(db, person.id, async (tx) => {
    const claim = await store.selectClaim(tx, claimId)
    const threads = await store.selectThreads(tx, claimId)
    return claim && { claim, thread: threads.find(({ desk }) => desk === deskOf(person)) ?? null }
  })
  if (!found || (person.role === 'counsel' && !found.thread)) throw new Problem('not_found')
  const matter = await findMatterById(db, found.claim.matter_id)
  if (!matter) throw new Error('a claim names a matter that is not stored')
  return { ...found, matter }
}

/**
 * Opens a thread for a person: an opening of the claim, on the record and within their budget, that reads
 * the messages of their desk and nothing else.
 * @throws Problem('conflict' | 'not_found' | 'budget_exceeded')
 */
export async function openThread(
  { db, vault, most }: { db: Db; vault: Pick<Vault, 'beginOpening'>; most: number },
  person: Person,
  { claim, thread }: FoundThread,
): Promise<ShownMessage[]> {
  if (!mayWrite(claim.state)) throw new Problem('conflict', { claim: claim.id })
  if (!thread) return []
  const opening = await vault.beginOpening([claim.id], {
    actor: { kind: 'person', personId: person.id },
    purpose: 'messages',
  })
  return readThread({ db, opening, most }, person, claim.id)
}

/** The same as part of an opening that is on the record already. `most` is the most of messages. */
export async function readThread(
  { db, opening, most }: { db: Db; opening: Pick<Opening, 'readTexts'>; most: number },
  person: Person,
  claimId: string,
): Promise<ShownMessage[]> {
  const rows = await asActor(db, person.id, (tx) => store.selectMessages(tx, claimId, most))
  const texts = opening.readTexts({ table: messagesTable, claimId }, rows.filter(isThere))
  const firms = new Map((await listFirms(db)).map(({ id, content }) => [id, content.name]))
  return rows.map((row) => ({
    id: row.id,
    at: row.created_at,
    about: row.about,
    from:
      row.author === 'claimant'
        ? null
        : {
            name: row.name ?? '',
            role: row.role ?? 'unknown',
            firm: firms.get(row.firm_id ?? '') ?? null,
          },
    text: texts.get(row.id) ?? null,
  }))
}
