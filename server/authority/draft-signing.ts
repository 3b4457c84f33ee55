import type { Lang } from '../matters/form-schema'
import type { PackSignature } from './pack-content'

/** A signature in a draft: counts as long as the documents would read the same. */
export interface DraftSigning {
  /** SHA-256 of the documents as shown, hex */
  shown: string
  signature: PackSignature
  /** ISO, UTC; the date in the documents is that of this moment */
  at: string
  language: Lang
  /** network address, and what the browser said it is */
  address: string
  device: string
}
