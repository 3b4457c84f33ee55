import { asActor, type Db, type Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { queueMail } from '../mail/queue-mail'
import type { Vault } from '../vault/vault'
import type { Person } from '../web/person'
import { addMessage } from './add-message'
import { deskOf } from './list-threads'
import * as store from './messages.store'
import { mayWrite } from './read-thread'

/** `stale`: somebody has written meanwhile, a colleague or the claimant; nothing was done. */
export type Answered = 'done' | 'stale'

interface Asked {
  claimId: string
  /** id of the newest message that the page knew of; empty: there was none */
  seen: string
}

/**
 * Writes to a claimant for the desk of this person, which answers what waits there, and mails the claimant
 * that there is something to read: no word of it.
 * @throws Problem('not_found' | 'conflict')
 */
export async function answerThread(
  { db, clock, vault }: { db: Db; clock: Clock; vault: Pick<Vault, 'sealText'> },
  person: Person,
  { text, ...asked }: Asked & { text: string },
): Promise<Answered> {
  return atThread(db, person, asked, async (tx, claim) => {
    const now = clock.now()
    const messageId = await addMessage(
      tx,
      now,
      { vault },
      {
        claimId: claim.id,
        from: { personId: person.id },
        desk: deskOf(person),
        about: 'answer',
        text,
      },
    )
    await queueMail(tx, {
      template: 'message-answered',
      claimId: claim.id,
      subjectId: messageId,
      language: claim.language,
      at: now,
    })
  })
}

/**
 * Says that what waits needs no answer: a thank-you, or what was answered elsewhere. Nobody is mailed.
 * @throws Problem('not_found' | 'conflict')
 */
export async function closeThread(
  { db, clock }: { db: Db; clock: Clock },
  person: Person,
  asked: Asked,
): Promise<Answered> {
  return atThread(db, person, asked, async (tx, claim, thread) => {
    if (!thread || thread.waiting_since === null) return
    await store.closeThread(tx, claim.id, thread.desk)
    await appendEntry(tx, clock.now(), {
      kind: 'message.closed',
      claimId: claim.id,
      private: { person: person.id, desk: thread.desk, message: thread.last_id },
    })
  })
}

/** Works on a thread that is as the page showed it, held until the transaction ends. */
async function atThread(
  db: Db,
  person: Person,
  { claimId, seen }: Asked,
  work: (tx: Tx, claim: store.ClaimOfThread, thread: store.ThreadRow | undefined) => Promise<void>,
): Promise<Answered> {
  if (!isId(claimId)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const claim = await store.selectClaim(tx, claimId)
    if (!claim) throw new Problem('not_found')
    if (!mayWrite(claim.state)) throw new Problem('conflict', { claim: claim.id })
    const thread = await store.lockThread(tx, claimId, deskOf(person))
    if (!thread && person.role === 'counsel') throw new Problem('not_found')
    if ((thread?.last_id ?? '') !== seen) return 'stale'
    await work(tx, claim, thread)
    return 'done'
  })
}
