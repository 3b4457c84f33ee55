import { createHash } from 'node:crypto'
import type { Db, Tx } from '../db/connections'
import { asActor } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import {
  blindIndexes,
  emailIndex,
  lookedIndexes,
  type BlindIndex,
  type Looked,
  type PersonFields,
} from './blind-index'
import { decrypt, encrypt } from './cipher'
import {
  openArrived,
  readAbout,
  readPart,
  sealView,
  type ArrivedDocument,
  type DocumentPart,
  type DocumentRef,
  type Encrypted,
  type WrappedKey,
} from './documents'
import { decodeKey } from './keys'
import { openPacks, openPaper, sealPackForVault, sealPaper, type OpenedPack } from './packs'
import {
  assertHeld,
  recordOpening,
  type Actor,
  type OpeningLimits,
  type Purpose,
} from './record-opening'
import { openSealed } from './sealed-box'
import { openText, sealText, type SealedText, type TextPlace } from './sealed-texts'
import {
  encryptAnswers,
  packDataKey,
  recordPlace,
  workerHeader,
  type ClaimVersion,
  type SignedPack,
  type WorkerPurpose,
} from './sealer'
import {
  load,
  loadAbouts,
  loadDocumentKey,
  loadVersions,
  wrapPlace,
  type StoredRecord,
} from './stored-records'

export type { OpenedPack } from './packs'
export type { BlindIndex, Looked, PersonFields } from './blind-index'
export type { SealedText, TextPlace } from './sealed-texts'
export type { DocumentPart, DocumentRef, Encrypted, WrappedKey } from './documents'
export type Answers = Record<string, unknown>

export interface OpenedClaim {
  version: number
  answers: Answers
}

/** An opening that has been recorded; reads its claims piece by piece, with their documents, and no other. */
export interface Opening extends DocumentOpening {
  read(claimIds: string[]): Promise<Map<string, OpenedClaim>>
  /** Reads the paper of a pack of one of its claims, as PDF. */
  readPaper(claimId: string, packId: string): Promise<Buffer>
  /** Decrypts texts about one of its claims. @returns by id; throws when one was changed or moved */
  readTexts(of: TextsOf, texts: StoredText[]): Map<string, string>
}

/** The table that texts stand in, and the claim that they are about. */
export interface TextsOf {
  table: string
  claimId: string
}

export type StoredText = SealedText & { id: string }

/** What of an opening reads documents. */
export interface DocumentOpening {
  /** the entry that recorded it */
  id: string
  /** What is known of the admitted documents of a claim, by id: their names as received, their hashes. */
  documents(claimId: string): Promise<Map<string, unknown>>
  /**
   * The plaintext of one object of a document; `page` counts from 1.
   * @throws Problem('not_found') when its key is gone; Error when a byte or its place differs
   */
  part(ref: DocumentRef, part: DocumentPart, page: number, ciphertext: Buffer): Promise<Buffer>
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
  /**
   * Records who reads it, then decrypts why somebody was looked for: a text of the staff that belongs to no
   * claim, sealed with the search in place of one.
   */
  readReason(table: string, searchId: string, text: SealedText, personId: string): Promise<string>
  /** Records one opening of many claims, to be read in pieces of constant memory. */
  beginOpening(claimIds: string[], by: { actor: Actor; purpose: Purpose }): Promise<Opening>
  /**
   * Goes on reading the documents of a claim under an opening that this person recorded a little while ago.
   * @throws Problem('not_found') when there is no such opening, or it is older than `openingHoldsMinutes`
   */
  resumeOpening(openingId: string, claimId: string, personId: string): Promise<DocumentOpening>
}

/** A document that waits at the door: what is told of it, and how to look into it, on the record. */
export interface DocumentAtDoor extends Omit<ArrivedDocument, 'decrypt'> {
  /** @throws Error when the ciphertext was not made with this key for this document */
  read(ciphertext: Buffer, run: string): Promise<Buffer>
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
  /** the blind indexes of whom somebody looks for */
  lookedIndexes(looked: Looked): BlindIndex[]
  /**
   * Records, in the caller's transaction, that a person looked for claims and found these, or none: an opening
   * like any other, though nothing is decrypted. The answer is given after its commit.
   * @returns the id of the entry
   * @throws Problem('budget_exceeded'), which the caller's transaction has recorded when it commits
   */
  recordSearch(
    tx: Tx,
    now: Date,
    search: { claimIds: string[]; personId: string; facts: Record<string, string> },
  ): Promise<string>
  /** Opens what Sealer.sealToWorker sealed; throws when purpose or id differ. */
  openFromWorkerBox(purpose: WorkerPurpose, id: string, box: Buffer): string
  /** Opens the box of a document that arrived; reads nothing of the document itself. @throws Error when it is another's */
  openDocumentBox(ref: DocumentRef, box: Buffer): DocumentAtDoor
  /** Encrypts the pages of a view under a key of its own. */
  sealView(ref: DocumentRef, pages: Buffer[]): { key: WrappedKey; pages: Encrypted[] }
  /** Writes a further version of a claim's answers in the caller's transaction; returns the SHA-256 of its ciphertext. */
  sealNextVersion(tx: Tx, now: Date, next: ClaimVersion): Promise<Buffer>
}

export interface VaultDeps {
  /** a small pool of its own, so that an opening never waits behind the site's other queries */
  db: Db
  clock: Clock
  limits: OpeningLimits & { openingHoldsMinutes: number }
}

const notNamed = () => new Error('A claim was read that its opening does not name.')

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
    const id = await recordOpening(deps.db, deps.clock.now(), deps.limits, { claimIds, ...by })
    const recorded = new Set(claimIds)
    const { actor } = by
    const refuseOthers = (wanted: string[]) => {
      if (wanted.some((one) => !recorded.has(one))) throw notNamed()
    }
    return {
      ...documentsUnder(id, recorded, actor),
      readTexts(of, texts) {
        refuseOthers([of.claimId])
        return new Map(texts.map((one) => [one.id, openText(vaultKey, { ...of, id: one.id }, one)]))
      },
      async read(wanted) {
        refuseOthers(wanted)
        const records = await as(actor, (tx) => load(tx, wanted))
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

  function as<T>(actor: Actor, work: (tx: Db | Tx) => Promise<T>): Promise<T> {
    return actor.kind === 'person' ? asActor(deps.db, actor.personId, work) : work(deps.db)
  }

  function documentsUnder(id: string, named: ReadonlySet<string>, actor: Actor): DocumentOpening {
    return {
      id,
      async documents(claimId) {
        if (!named.has(claimId)) throw notNamed()
        const rows = await as(actor, (tx) => loadAbouts(tx, claimId))
        return new Map(
          rows.map(({ id: one, about, wrapped }) => [
            one,
            readAbout(vaultKey, { id: one, claimId }, { part: 'original', wrapped }, about),
          ]),
        )
      },
      async part(ref, part, page, ciphertext) {
        if (!named.has(ref.claimId)) throw notNamed()
        const key = await as(actor, (tx) => loadDocumentKey(tx, ref, part))
        if (!key) throw new Problem('not_found')
        return readPart(vaultKey, ref, key, page, ciphertext)
      },
    }
  }

  return {
    beginOpening,
    async openVersions(claimId, by) {
      await recordOpening(deps.db, deps.clock.now(), deps.limits, { claimIds: [claimId], ...by })
      const records = await as(by.actor, (tx) => loadVersions(tx, claimId))
      if (records.length === 0) throw new Problem('not_found')
      return records.map((record) => openRecord(unwrap(vaultKey, record), record))
    },
    sealText: (place, text) => sealText(vaultKey, place, text),
    async readReason(table, searchId, text, personId) {
      await asActor(deps.db, personId, (tx) =>
        appendEntry(tx, deps.clock.now(), {
          kind: 'search.reason_read',
          private: { person: personId, search: searchId },
        }),
      )
      return openText(vaultKey, { table, claimId: searchId, id: searchId }, text)
    },
    async openTexts(of, texts, by) {
      const opening = await beginOpening([of.claimId], by)
      return opening.readTexts(of, texts)
    },
    async resumeOpening(openingId, claimId, personId) {
      const since = new Date(deps.clock.now().getTime() - deps.limits.openingHoldsMinutes * 60_000)
      await assertHeld(deps.db, { openingId, claimId, personId, since })
      return documentsUnder(openingId, new Set([claimId]), { kind: 'person', personId })
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
    lookedIndexes: (looked) => lookedIndexes(indexKey, looked),
    recordSearch: (tx, now, { claimIds, personId, facts }) =>
      recordOpening(tx, now, deps.limits, {
        claimIds,
        actor: { kind: 'person', personId },
        purpose: 'search',
        facts,
      }),

    openFromWorkerBox(purpose, id, box) {
      const text = openSealed(intakePublicKey, intakeSecretKey, box).toString('utf8')
      const header = workerHeader(purpose, id)
      if (!text.startsWith(header)) throw new Error('A box was sealed for another purpose.')
      return text.slice(header.length)
    },

    openDocumentBox(ref, box) {
      const text = openSealed(intakePublicKey, intakeSecretKey, box).toString('utf8')
      const header = workerHeader('evidence', ref.id)
      if (!text.startsWith(header)) throw new Error('A box was sealed for another document.')
      const arrived = openArrived(vaultKey, ref, text.slice(header.length))
      return {
        about: arrived.about,
        keep: (about) => arrived.keep(about),
        async read(ciphertext, run) {
          await recordOpening(deps.db, deps.clock.now(), deps.limits, {
            claimIds: [ref.claimId],
            actor: { kind: 'job', job: 'admit-document', run },
            purpose: 'document_check',
          })
          return arrived.decrypt(ciphertext)
        },
      }
    },

    sealView: (ref, pages) => sealView(vaultKey, ref, pages),

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
