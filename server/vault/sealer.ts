import { createHash, randomBytes } from 'node:crypto'
import { encrypt } from './cipher'
import { sealDocument, type DocumentRef, type SealedDocument } from './documents'
import { decodeKey } from './keys'
import { sealTo } from './sealed-box'

export type { DocumentRef, SealedDocument } from './documents'

export interface SealedRecord {
  /** format byte, nonce, AES-256-GCM ciphertext, tag */
  ciphertext: Buffer
  /** SHA-256 of the ciphertext, 32 bytes; the filing entry commits to it */
  sha256: Buffer
  /** the data key, sealed to the intake key together with the claim and version it is for */
  box: Buffer
}

/** What is sealed to the worker outside of claims, and so what a box may be opened as. */
export type WorkerPurpose =
  | 'correct_email'
  // the mailed link or code that confirms a claim and what was signed with it
  | 'confirmation'
  | 'batch_passphrase'
  | 'continue_filing'
  // what a claimant types or presents to see their own claims
  | 'access_email'
  | 'access_code'
  | 'access_token'
  // what a claimant asks to change of their own claim
  | 'claim_change'
  // the mailed link or code that confirms, or stops, a change of address
  | 'email_change'
  // a document's key with the secret of the browser it came from; that secret again, to take it back
  | 'evidence'
  | 'evidence_removal'
  // what a member of staff looks for a claim by
  | 'search'
  // what a claimant signs in their own page, or a guardian under their link
  | 'signing'
  // ID and PIN of a notice, as somebody typed them
  | 'notice_check'

/** One version of what a claimant answered. */
export interface ClaimVersion {
  claimId: string
  version: number
  answers: object
}

/** What was signed for a claim: JSON as it is kept, byte for byte. */
export interface SignedPack {
  packId: string
  claimId: string
  content: object
}

export interface Sealer {
  /** Seals a version of a claim's answers. Nothing in this process can open it again. */
  sealClaim(claim: ClaimVersion): SealedRecord
  /** Seals what was signed, like answers; the box holds the data key with the pack's id. */
  sealPack(pack: SignedPack): SealedRecord
  /** Seals a text to the worker, bound to a purpose and the id of the row it stands in. */
  sealToWorker(purpose: WorkerPurpose, id: string, text: string): Buffer
  /** Encrypts a document under a key of its own, which is sealed to the worker with what is told of it. */
  sealDocument(ref: DocumentRef, bytes: Buffer, about: object): SealedDocument
}

/** The place of a claim's answers, the additional data of their encryption. */
export function recordPlace(claimId: string, version: number) {
  return { table: 'sealed_records', claim: claimId, field: 'answers', version }
}

/** `dataKey ‖ claimId ‖ version`: 32 bytes, 36 characters, 4 bytes big-endian. */
export function packDataKey(dataKey: Buffer, claimId: string, version: number): Buffer {
  const tail = Buffer.alloc(4)
  tail.writeUInt32BE(version)
  return Buffer.concat([dataKey, Buffer.from(claimId, 'ascii'), tail])
}

/** The place of what was signed, or of the paper made of it. */
export function packPlace(claimId: string, packId: string, field: 'content' | 'paper') {
  return {
    table: field === 'paper' ? 'papers' : 'authority_packs',
    claim: claimId,
    field: `${field} ${packId}`,
    version: 1,
  }
}

export function workerHeader(purpose: WorkerPurpose, id: string): string {
  return `${purpose} ${id} `
}

/** A version's answers under a fresh data key, and the SHA-256 of the ciphertext; the caller wraps the key and wipes it. */
export function encryptAnswers({ claimId, version, answers }: ClaimVersion) {
  const dataKey = randomBytes(32)
  const plaintext = Buffer.from(JSON.stringify(answers))
  const ciphertext = encrypt(dataKey, recordPlace(claimId, version), plaintext)
  const sha256 = createHash('sha256').update(ciphertext).digest()
  return { dataKey, ciphertext, sha256 }
}

/** The same for what was signed. */
export function encryptPack({ packId, claimId, content }: SignedPack) {
  const dataKey = randomBytes(32)
  const plaintext = Buffer.from(JSON.stringify(content))
  const ciphertext = encrypt(dataKey, packPlace(claimId, packId, 'content'), plaintext)
  const sha256 = createHash('sha256').update(ciphertext).digest()
  return { dataKey, ciphertext, sha256 }
}

/** The sealing half of the vault: it needs the intake public key and nothing else. */
export function createSealer(keys: { intakePublicKey?: string | undefined }): Sealer {
  const intakeKey = decodeKey('INTAKE_PUBLIC_KEY', keys.intakePublicKey)
  return {
    sealClaim(claim) {
      const { dataKey, ciphertext, sha256 } = encryptAnswers(claim)
      const box = sealTo(intakeKey, packDataKey(dataKey, claim.claimId, claim.version))
      dataKey.fill(0)
      return { ciphertext, sha256, box }
    },
    sealPack(pack) {
      const { dataKey, ciphertext, sha256 } = encryptPack(pack)
      const box = sealTo(intakeKey, packDataKey(dataKey, pack.packId, 1))
      dataKey.fill(0)
      return { ciphertext, sha256, box }
    },
    sealToWorker(purpose, id, text) {
      return sealTo(intakeKey, Buffer.from(workerHeader(purpose, id) + text))
    },
    sealDocument(ref, bytes, about) {
      const seal = (text: string) =>
        sealTo(intakeKey, Buffer.from(workerHeader('evidence', ref.id) + text))
      return sealDocument(seal, ref, bytes, about)
    },
  }
}
