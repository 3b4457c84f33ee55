import { createHash, randomBytes } from 'node:crypto'
import { decrypt, encrypt } from './cipher'

/** A short text about a claim, under a data key of its own; the key belongs in a table of its own. */
export interface SealedText {
  /** format byte, nonce, AES-256-GCM ciphertext, tag */
  ciphertext: Buffer
  /** SHA-256 of the ciphertext, 32 bytes; the entry that records the text commits to it */
  sha256: Buffer
  /** the data key, wrapped under the vault key */
  wrapped: Buffer
}

/** Where a text stands: it opens nowhere else. */
export interface TextPlace {
  table: string
  claimId: string
  /** of its row */
  id: string
}

const placeOf = ({ table, claimId, id }: TextPlace) => ({
  table,
  claim: claimId,
  field: id,
  version: 1,
})

const keyPlaceOf = (place: TextPlace) => placeOf({ ...place, table: `${place.table} key` })

export function sealText(vaultKey: Buffer, place: TextPlace, text: string): SealedText {
  const dataKey = randomBytes(32)
  const ciphertext = encrypt(dataKey, placeOf(place), Buffer.from(text))
  const wrapped = encrypt(vaultKey, keyPlaceOf(place), dataKey)
  dataKey.fill(0)
  return { ciphertext, sha256: createHash('sha256').update(ciphertext).digest(), wrapped }
}

/** @throws Error when the text was changed, or stands where it was not sealed */
export function openText(vaultKey: Buffer, place: TextPlace, sealed: SealedText): string {
  const hash = createHash('sha256').update(sealed.ciphertext).digest()
  if (!hash.equals(sealed.sha256)) throw new Error('A sealed text does not match its hash.')
  const dataKey = decrypt(vaultKey, keyPlaceOf(place), sealed.wrapped)
  return decrypt(dataKey, placeOf(place), sealed.ciphertext).toString('utf8')
}
