import { createHash } from 'node:crypto'
import type { Db, Tx } from '../db/connections'
import { asActor } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { Problem } from '../kernel/problem'
import { blindIndexes, emailIndex, type BlindIndex, type PersonFields } from './blind-index'
import { decrypt, encrypt } from './cipher'
import { decodeKey } from './keys'
import { recordOpening, type Actor, type OpeningLimits, type Purpose } from './record-opening'
import { openSealed } from './sealed-box'
import { openText, sealText, type SealedText, type TextPlace } from './sealed-texts'
import {
  encryptAnswers,
  packDataKey,
  recordPlace,
  workerHeader,
  type ClaimVersion,
  type WorkerPurpose,
} from './sealer'

export type { BlindIndex, PersonFields } from './blind-index'
export type { SealedText, TextPlace } from './sealed-texts'
export type Answers = Record<string, unknown>

export interface OpenedClaim {
  version: number
  answers: Answers
}

/** An opening that has been recorded; reads its claims piece by piece, and no other. */
export interface Opening {
  read(claimIds: string[]): Promise<Map<string, OpenedClaim>>
  /** Decrypts texts about one of its claims. @returns by id; throws when one was changed or moved */
  readTexts(of: TextsOf, texts: StoredText[]): Map<string, string>
}

/** The table that texts stand in, and the claim that they are about. */
export interface TextsOf {
  table: string
  claimId: string
}

export type StoredText = SealedText & { id: string }

/** What the staff surface may do: open claims that were screened, each time on the record. */
export interface Vault {
  /**
   * Records the opening, then decrypts the versions in force.
   * @throws Problem('not_found' | 'budget_exceeded'); Error when a record was changed or moved
   */
  open(
    claimIds: string[],
    by: { actor: Actor; purpose: Purpose },
  ): Promise<Map<string, OpenedClaim>>
  /** Records the opening, then decrypts every version that was ever in force, the first one first. */
  openVersions(claimId: string, by: { actor: Actor; purpose: Purpose }): Promise<OpenedClaim[]>
  /** Seals a short text about a claim: a message, a note. */
  sealText(place: TextPlace, text: string): SealedText
  /**
   * Records the opening of the claim that the texts are about, then decrypts them.
   * @returns by id
   * @throws Problem('not_found' | 'budget_exceeded'); Error when a text was changed or moved
   */
  openTexts(
    of: TextsOf,
    texts: StoredText[],
    by: { actor: Actor; purpose: Purpose },
  ): Promise<Map<string, string>>
  /** Records one opening of many claims, to be read in pieces of constant memory. */
  beginOpening(claimIds: string[], by: { actor: Actor; purpose: Purpose }): Promise<Opening>
}

/** What only the worker may do besides. */
export interface WorkerVault extends Vault {
  /**
   * Opens a claim that arrived under the intake key, on the record, and wraps its data key under the
   * vault key. Harmless to repeat.
   */
  admit(claimId: string, run: string): Promise<OpenedClaim>
  blindIndexes(person: PersonFields): BlindIndex[]
  /** the blind index of an address alone, 32 bytes */
  emailIndex(email: string): Buffer
  /** Opens what Sealer.sealToWorker sealed; throws when purpose or id differ. */
  openFromWorkerBox(purpose: WorkerPurpose, id: string, box: Buffer): string
  /** Writes a further version of a claim's answers in the caller's transaction; returns the SHA-256 of its ciphertext. */
  sealNextVersion(tx: Tx, now: Date, next: ClaimVersion): Promise<Buffer>
}

export interface VaultDeps {
  /** a small pool of its own, so that an opening never waits behind the site's other queries */
  db: Db
  clock: Clock
  limits: OpeningLimits
}

interface StoredRecord {
  claim_id: string
  version: number
  ciphertext: Buffer
  sha256: Buffer
  wrapped_by: 'intake' | 'vault'
  wrapped: Buffer
}

function wrapPlace(claimId: string, version: number) {
  return { table: 'wrapped_keys', claim: claimId, field: 'data_key', version }
}

async function load(tx: Db | Tx, claimIds: string[]): Promise<StoredRecord[]> {
  const found = await tx.raw(
    `select r.claim_id, r.version, r.ciphertext, r.sha256, k.wrapped_by, k.wrapped
     from claims c
     join sealed_records r on r.claim_id = c.id and r.version = c.version
     join wrapped_keys k on k.claim_id = r.claim_id and k.version = r.version
     where c.id = any(?::uuid[])`,
    [claimIds],
  )
  return found.rows as StoredRecord[]
}

async function loadVersions(tx: Db | Tx, claimId: string): Promise<StoredRecord[]> {
  const found = await tx.raw(
    `select r.claim_id, r.version, r.ciphertext, r.sha256, k.wrapped_by, k.wrapped
     from sealed_records r
     join wrapped_keys k on k.claim_id = r.claim_id and k.version = r.version
     where r.claim_id = ? order by r.version`,
    [claimId],
  )
  return found.rows as StoredRecord[]
}

/** The data key of a screened record. @throws Problem('conflict') before that: only the worker can read it then */
function unwrap(vaultKey: Buffer, record: StoredRecord): Buffer {
  if (record.wrapped_by !== 'vault') throw new Problem('conflict', { claim: record.claim_id })
  return decrypt(vaultKey, wrapPlace(record.claim_id, record.version), record.wrapped)
}

function openRecord(dataKey: Buffer, record: StoredRecord): OpenedClaim {
  const hash = createHash('sha256').update(record.ciphertext).digest()
  if (!hash.equals(record.sha256)) throw new Error('A sealed record does not match its hash.')
  const place = recordPlace(record.claim_id, record.version)
  const answers = JSON.parse(decrypt(dataKey, place, record.ciphertext).toString('utf8'))
  return { version: record.version, answers: answers as Answers }
}

/** The vault of the staff surface: it holds the vault key and cannot open what has not been screened. */
export function createVault(deps: VaultDeps, keys: { vaultKey?: string | undefined }): Vault {
  const vaultKey = decodeKey('VAULT_KEY', keys.vaultKey)

  const beginOpening: Vault['beginOpening'] = async (claimIds, by) => {
    await recordOpening(deps.db, deps.clock.now(), deps.limits, { claimIds, ...by })
    const recorded = new Set(claimIds)
    const { actor } = by
    const refuseOthers = (wanted: string[]) => {
      if (wanted.every((id) => recorded.has(id))) return
      throw new Error('A claim was read that its opening does not name.')
    }
    return {
      readTexts(of, texts) {
        refuseOthers([of.claimId])
        return new Map(texts.map((one) => [one.id, openText(vaultKey, { ...of, id: one.id }, one)]))
      },
      async read(wanted) {
        refuseOthers(wanted)
        const records =
          actor.kind === 'person'
            ? await asActor(deps.db, actor.personId, (tx) => load(tx, wanted))
            : await load(deps.db, wanted)
        // Row-level policies can hide what the opening names: that is a refusal, not an empty claim.
        if (records.length !== new Set(wanted).size) throw new Problem('not_found')
        return new Map(
          records.map((record) => [record.claim_id, openRecord(unwrap(vaultKey, record), record)]),
        )
      },
    }
  }

  return {
    beginOpening,
    async openVersions(claimId, by) {
      await recordOpening(deps.db, deps.clock.now(), deps.limits, { claimIds: [claimId], ...by })
      const { actor } = by
      const records =
        actor.kind === 'person'
          ? await asActor(deps.db, actor.personId, (tx) => loadVersions(tx, claimId))
          : await loadVersions(deps.db, claimId)
      if (records.length === 0) throw new Problem('not_found')
      return records.map((record) => openRecord(unwrap(vaultKey, record), record))
    },
    sealText: (place, text) => sealText(vaultKey, place, text),
    async openTexts(of, texts, by) {
      const opening = await beginOpening([of.claimId], by)
      return opening.readTexts(of, texts)
    },
    async open(claimIds, by) {
      const opening = await beginOpening(claimIds, by)
      return opening.read(claimIds)
    },
  }
}

/** The vault of the worker: the only one that opens what arrives. */
export function createWorkerVault(
  deps: VaultDeps,
  keys: {
    vaultKey?: string | undefined
    intakePublicKey?: string | undefined
    intakeSecretKey?: string | undefined
    indexKey?: string | undefined
  },
): WorkerVault {
  const vaultKey = decodeKey('VAULT_KEY', keys.vaultKey)
  const intakePublicKey = decodeKey('INTAKE_PUBLIC_KEY', keys.intakePublicKey)
  const intakeSecretKey = decodeKey('INTAKE_SECRET_KEY', keys.intakeSecretKey)
  const indexKey = decodeKey('INDEX_KEY', keys.indexKey)

  function openIntakeBox(record: StoredRecord): Buffer {
    const plain = openSealed(intakePublicKey, intakeSecretKey, record.wrapped)
    const dataKey = plain.subarray(0, 32)
    const expected = packDataKey(dataKey, record.claim_id, record.version)
    if (!plain.equals(expected)) throw new Error('A data key was sealed for another claim.')
    return dataKey
  }

  const wrap = (claimId: string, version: number, dataKey: Buffer): Buffer =>
    encrypt(vaultKey, wrapPlace(claimId, version), dataKey)

  return {
    ...createVault(deps, keys),

    async admit(claimId, run) {
      await recordOpening(deps.db, deps.clock.now(), deps.limits, {
        claimIds: [claimId],
        actor: { kind: 'job', job: 'screen-claim', run },
        purpose: 'screening',
      })
      const [record] = await load(deps.db, [claimId])
      if (!record) throw new Problem('not_found')
      if (record.wrapped_by === 'vault') return openRecord(unwrap(vaultKey, record), record)
      const dataKey = openIntakeBox(record)
      const opened = openRecord(dataKey, record)
      await deps
        .db('wrapped_keys')
        .where({ claim_id: claimId, version: record.version, wrapped_by: 'intake' })
        .update({ wrapped_by: 'vault', wrapped: wrap(claimId, record.version, dataKey) })
      return opened
    },

    blindIndexes: (person) => blindIndexes(indexKey, person),
    emailIndex: (email) => emailIndex(indexKey, email),

    openFromWorkerBox(purpose, id, box) {
      const text = openSealed(intakePublicKey, intakeSecretKey, box).toString('utf8')
      const header = workerHeader(purpose, id)
      if (!text.startsWith(header)) throw new Error('A box was sealed for another purpose.')
      return text.slice(header.length)
    },

    async sealNextVersion(tx, now, next) {
      const { claimId, version } = next
      const { dataKey, ciphertext, sha256 } = encryptAnswers(next)
      await tx('sealed_records').insert({
        claim_id: claimId,
        version,
        ciphertext,
        sha256,
        created_at: now,
      })
      await tx('wrapped_keys').insert({
        claim_id: claimId,
        version,
        wrapped_by: 'vault',
        wrapped: wrap(claimId, version, dataKey),
      })
      dataKey.fill(0)
      return sha256
    },
  }
}
