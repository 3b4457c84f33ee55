import type { Tx } from '../db/connections'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import type { Vault } from '../vault/vault'
import * as store from './messages.store'

export type { About, Desk } from './messages.store'

/** The name of the table, to which its texts are bound. */
export const messagesTable = 'messages'

/**
 * Adds a message to the thread of a claim, in the caller's transaction, sealed under a key of its own. The
 * entry commits to its ciphertext.
 * @param from the member of staff who writes, or null: the claimant
 * @returns the id of the message
 */
export async function addMessage(
  tx: Tx,
  now: Date,
  { vault }: { vault: Pick<Vault, 'sealText'> },
  message: {
    claimId: string
    from: { personId: string } | null
    desk: store.Desk
    about: store.About
    text: string
  },
): Promise<string> {
  const { claimId, from, desk, about } = message
  const id = newId(now.getTime())
  const sealed = vault.sealText({ table: messagesTable, claimId, id }, message.text)
  const author = from === null ? 'claimant' : 'staff'
  const personId = from?.personId ?? null
  await store.insertMessage(tx, { id, claimId, author, personId, desk, about, at: now }, sealed)
  await appendEntry(tx, now, {
    kind: 'message.sent',
    claimId,
    private: {
      message: id,
      author,
      person: personId,
      desk,
      about,
      text: sealed.sha256.toString('hex'),
    },
  })
  return id
}
