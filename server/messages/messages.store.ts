import type { Tx } from '../db/connections'
import type { SealedText } from '../vault/vault'

/** The tables of this feature: messages, message_keys. */

export interface NewMessage {
  id: string
  claimId: string
  author: 'claimant' | 'staff'
  personId: string | null
  desk: Desk
  about: About
  at: Date
}

/** Who of the case writes with the claimant. */
export type Desk = 'moderators' | 'counsel'
export type About = 'question' | 'answer' | 'appeal' | 'deficiency' | 'erasure'

export async function insertMessage(tx: Tx, message: NewMessage, text: SealedText): Promise<void> {
  await tx('messages').insert({
    id: message.id,
    claim_id: message.claimId,
    author: message.author,
    person_id: message.personId,
    desk: message.desk,
    about: message.about,
    ciphertext: text.ciphertext,
    sha256: text.sha256,
    created_at: message.at,
  })
  await tx('message_keys').insert({ message_id: message.id, wrapped: text.wrapped })
}
