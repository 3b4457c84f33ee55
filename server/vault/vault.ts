import { createHash } from 'node:crypto'
import type { Db, Tx } from '../db/connections'
import { asActor } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { Problem } from '../kernel/problem'
import { blindIndexes, emailIndex, type BlindIndex, type PersonFields } from './blind-index'
import { decrypt, encrypt } from './cipher'
import { decodeKey } from './keys'
import { openPacks, openPaper, sealPackForVault, sealPaper, type OpenedPack } from './packs'
import { recordOpening, type Actor, type OpeningLimits, type Purpose } from './record-opening'
import { openSealed } from './sealed-box'
import {
  encryptAnswers,
  packDataKey,
  recordPlace,
  workerHeader,
  type ClaimVersion,
  type SignedPack,
  type WorkerPurpose,
} from './sealer'

export type { OpenedPack } from './packs'
export type { BlindIndex, PersonFields } from './blind-index'
export type Answers = Record<string, unknown>

export interface OpenedClaim {
  version: number
  answers: Answers
}

/** An opening that has been recorded; reads its claims piece by piece, and no other. */
export interface Opening {
  read(claimIds: string[]): Promise<Map<string, OpenedClaim>>
  /** Reads the paper of a pack of one of its claims, as PDF. */
  readPaper(claimId: string, packId: string): Promise<Buffer>
}

/** An opening by the worker, which also reads what was signed. */
export interface WorkerOpening extends Opening {
  /** What was signed for these claims, oldest first. */
  readPacks(claimIds: string[]): Promise<OpenedPack[]>
}

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
  /** Records one opening of many claims, to be read in pieces of constant memory. */
  beginOpening(claimIds: string[], by: { actor: Actor; purpose: Purpose }): Promise<Opening>
}

/** What only the worker may do besides. */
export interface WorkerVault extends Vault {
  beginOpening(claimIds: string[], by: { actor: Actor; purpose: Purpose }): Promise<WorkerOpening>
  /**
   * Opens a claim that arrived under the intake key, on the record, with what was signed with it, and wraps
   * their data keys under the vault key. Harmless to repeat.
   */
  admit(claimId: string, run: string): Promise<OpenedClaim & { packs: OpenedPack[] }>
  /** Seals what was signed under the vault key; the caller stores it. */
  sealPack(pack: SignedPack): { ciphertext: Buffer; sha256: Buffer; wrapped: Buffer }
  /** Encrypts a finished paper; `sha256` is that of the PDF. */
  sealPaper(
    claimId: string,
    packId: string,
    pdf: Buffer,
  ): { ciphertext: Buffer; sha256: Buffer; wrapped: Buffer }
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
    return {
      async read(wanted) {
        if (wanted.some((id) => !recorded.has(id))) {
          throw new Error('A claim was read that its opening does not name.')
        }
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
      async readPaper(claimId, packId) {
        if (!recorded.has(claimId)) {
          throw new Error('A paper was read of a claim that its opening does not name.')
        }
        const work = (tx: Db | Tx) => openPaper(tx, vaultKey, claimId, packId)
        return actor.kind === 'person' ? asActor(deps.db, actor.personId, work) : work(deps.db)
      },
    }
  }

  return {
    beginOpening,
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

  const vault = createVault(deps, keys)
  const readPacks = (claimIds: string[]) =>
    openPacks(deps.db, vaultKey, claimIds, (box, packId) => {
      const plain = openSealed(intakePublicKey, intakeSecretKey, box)
      const dataKey = plain.subarray(0, 32)
      if (!plain.equals(packDataKey(dataKey, packId, 1))) {
        throw new Error('A data key was sealed for another pack.')
      }
      return dataKey
    })

  return {
    ...vault,

    async beginOpening(claimIds, by) {
      const opening = await vault.beginOpening(claimIds, by)
      const recorded = new Set(claimIds)
      return {
        ...opening,
        async readPacks(wanted) {
          if (wanted.some((id) => !recorded.has(id))) {
            throw new Error('A pack was read of a claim that its opening does not name.')
          }
          return readPacks(wanted)
        },
      }
    },

    sealPack: (pack) => sealPackForVault(vaultKey, pack),
    sealPaper: (claimId, packId, pdf) => sealPaper(vaultKey, claimId, packId, pdf),

    async admit(claimId, run) {
      await recordOpening(deps.db, deps.clock.now(), deps.limits, {
        claimIds: [claimId],
        actor: { kind: 'job', job: 'screen-claim', run },
        purpose: 'screening',
      })
      const [record] = await load(deps.db, [claimId])
      if (!record) throw new Problem('not_found')
      const packs = await readPacks([claimId])
      if (record.wrapped_by === 'vault') {
        return { ...openRecord(unwrap(vaultKey, record), record), packs }
      }
      const dataKey = openIntakeBox(record)
      const opened = openRecord(dataKey, record)
      await deps
        .db('wrapped_keys')
        .where({ claim_id: claimId, version: record.version, wrapped_by: 'intake' })
        .update({ wrapped_by: 'vault', wrapped: wrap(claimId, record.version, dataKey) })
      return { ...opened, packs }
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
