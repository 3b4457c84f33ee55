import type { LookedCopy } from '../claims/access/copy-content'
import type { FiledAs } from '../matters/filed-as'
import type { MessagesCopy } from '../messages/read-own-messages'

/**
 * Copy `data`: what is kept of a person in one claim, to read and to take elsewhere: of documents the list, of signed papers
 * nothing; both can be had on the page of the claim.
 * All moments ISO, UTC; words in the language of the claim.
 */
export interface DataCopy {
  format: 'joinder-data/1'
  language: 'ko' | 'en'
  madeAt: string
  claim: {
    number: string
    matter: string
    firm: string
    state: string
    filedAt: string
    /** missing in copies made before it was told */
    filedAs?: FiledAs
  }
  /** every version that was ever sent, the one in force first */
  versions: DataVersion[]
  /** what was written with the people of the case, the oldest first */
  messages: MessagesCopy['messages']
  /** what staff noted about the claim, the oldest first, by role; missing in copies made before there were notes */
  notes?: { at: string; role: string; text: string | null }[]
  /** what was uploaded and is there; SHA-256 of the original as received, hex */
  documents: { name: string; sha256: string }[]
  mails: { kind: string; state: string; at: string }[]
  looked: LookedCopy
}

export interface DataVersion {
  version: number
  answers: { question: string; answer: string }[]
  consents: { title: string; version: number; given: boolean; at: string }[]
  signature: { text: string; at: string }
}
