import { createHash, randomBytes } from 'node:crypto'
import { encrypt } from './cipher'
import { decodeKey } from './keys'
import { sealTo } from './sealed-box'

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

/** One version of what a claimant answered. */
export interface ClaimVersion {
  claimId: string
  version: number
  answers: object
}

export interface Sealer {
  /** Seals a version of a claim's answers. Nothing in this process can open it again. */
  sealClaim(claim: ClaimVersion): SealedRecord
  /** Seals a short text to the worker, bound to a purpose and the id of the row it stands in. */
  sealToWorker(purpose: WorkerPurpose, id: string, text: string): Buffer
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
    sealToWorker(purpose, id, text) {
      return sealTo(intakeKey, Buffer.from(workerHeader(purpose, id) + text))
    },
  }
}
