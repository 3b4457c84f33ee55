import { createHash } from 'node:crypto'
import { z } from 'zod'
import { holderOf, type Holder } from '../claims/access/holder-of'
import { meetNeed } from '../claims/needs/meet-need'
import type { ClamdAddress } from '../config'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import type { Limits } from '../limits'
import { addIntent } from '../outbox/add-intent'
import type { DocumentAtDoor, WorkerVault } from '../vault/vault'
import { checkDocument } from './check-document'
import { destroyDocument } from './destroy-document'
import {
  fits,
  takesDocuments,
  type DocumentType,
  type ToldOfDocument,
  type ViewProblem,
} from './document'
import { lockReceived, selectClaimState } from './evidence.store'
import * as store from './evidence-worker.store'
import type { Parse } from './parser/parse-document'
import { scanDocument } from './scan-document'
import { StorageMissing, type Storage } from './storage/storage'

export interface DocumentDeps {
  db: Db
  clock: Clock
  vault: WorkerVault
  storage: Storage
  parse: Parse
  config: { limits: Limits; clamd: ClamdAddress | null }
}

/** Why a document is turned away that somebody had no right to send, or that is not what was sent. */
type Refused = 'not_holder' | 'closed' | 'broken' | 'not_taken' | 'too_many' | 'too_much'

const toldShape = z.object({ secret: z.string(), name: z.string(), sha256: z.string() })

/**
 * Lets a document in that arrived: first asks whether the secret it came with allows that, then reads back
 * from the store what was written there, checks it once more, has it scanned, and only then does the
 * claimant's page list it. Harmless to repeat; what cannot be asked (scanner, store) is tried again.
 */
export async function admitDocument(
  deps: DocumentDeps,
  evidenceId: string,
  run: string,
): Promise<void> {
  const document = await store.selectDocument(deps.db, evidenceId)
  if (!document?.box) return
  const opened = openBox(deps, document, document.box)
  if (!opened) return refuse(deps, document, 'broken')
  if (document.state === 'arrived' && !(await letThrough(deps, document, opened.told))) return
  const looked = await lookInto(deps, document, opened, run)
  if (looked === 'not_taken') return refuse(deps, document, looked)
  if (typeof looked === 'string') {
    const ref = { id: document.id, claimId: document.claim_id }
    await deps.db.transaction((tx) =>
      destroyDocument(tx, deps.clock.now(), ref, { reason: looked, person: null }),
    )
    return
  }
  const full = await receive(deps, document, opened, looked)
  if (full !== null) await refuse(deps, document, full)
}

interface Opened {
  door: DocumentAtDoor
  told: ToldOfDocument
}

function openBox(
  { vault }: DocumentDeps,
  { id, claim_id: claimId }: store.WorkerDocument,
  box: Buffer,
): Opened | null {
  try {
    const door = vault.openDocumentBox({ id, claimId }, box)
    return { door, told: toldShape.parse(door.about) }
  } catch {
    return null
  }
}

/** Asked once, right after it came: whoever closes their browser a minute later has still sent it. */
async function letThrough(
  deps: DocumentDeps,
  document: store.WorkerDocument,
  { secret }: ToldOfDocument,
): Promise<boolean> {
  const { db, clock } = deps
  const { id, claim_id: claimId } = document
  const holder = await holderOf(db, secret, claimId, clock.now())
  const state = await selectClaimState(db, claimId)
  const may = holder !== null && maySend(holder, document.kind)
  if (!may || state === null || !takesDocuments(state)) {
    await refuse(deps, document, may ? 'closed' : 'not_holder')
    return false
  }
  return db.transaction(async (tx) => {
    if (!(await store.lockInState(tx, id, 'arrived'))) return false
    await store.markChecking(tx, id)
    return true
  })
}

/** Whoever holds the link to one task sends what it asks for, and nothing else. */
function maySend(holder: Holder, kind: string): boolean {
  if (holder.kind === 'owner') return true
  return holder.need.kind === 'document' && holder.need.ref === kind
}

interface Looked {
  type: DocumentType
  bytes: number
  sha256: string
  problem: ViewProblem | null
}

async function lookInto(
  deps: DocumentDeps,
  document: store.WorkerDocument,
  { door, told }: Opened,
  run: string,
): Promise<Looked | 'lost' | 'not_taken' | 'malware' | 'resident_number'> {
  const { limits, clamd } = deps.config
  let bytes: Buffer
  try {
    bytes = await door.read(await deps.storage.get(document.object_id), run)
  } catch (error) {
    if (error instanceof StorageMissing || isForged(error)) return 'lost'
    throw error
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== told.sha256) return 'lost'
  // Once more: the surface that took it in could have been taken over.
  const checked = await checkDocument({ name: told.name, bytes }, limits)
  if (!checked.ok) return 'not_taken'
  if (clamd && (await scanDocument(clamd, bytes, limits.scannerMs)) === 'infected') return 'malware'
  const { type } = checked
  const searched = type === 'pdf' ? await deps.parse({ task: 'search', type }, bytes) : null
  if (searched && 'found' in searched && searched.found) return 'resident_number'
  const problem = searched && 'problem' in searched ? searched.problem : null
  return { type, bytes: bytes.length, sha256, problem: type === 'heic' ? 'heic' : problem }
}

/** Of the cipher: it was not made with this key for this place. */
function isForged(error: unknown): boolean {
  const { message } = error as Error
  return /unable to authenticate|Not a ciphertext/.test(message)
}

/** @returns why not, when the claim holds as much as it may: counted with what documents really weigh */
async function receive(
  { db, clock, config }: DocumentDeps,
  { id, claim_id: claimId, kind }: store.WorkerDocument,
  { door, told }: Opened,
  { type, bytes, sha256, problem }: Looked,
): Promise<'too_many' | 'too_much' | null> {
  const now = clock.now()
  const { key, about } = door.keep({ name: told.name, sha256 })
  return db.transaction(async (tx) => {
    const held = await lockReceived(tx, claimId)
    if (!(await store.lockInState(tx, id, 'checking'))) return null
    const full = fits(held, bytes, config.limits)
    if (full !== null) return full
    await store.insertKey(tx, id, key)
    await store.receive(tx, id, {
      about,
      type,
      bytes,
      received_at: now,
      view: problem ? 'failed' : 'waiting',
      view_problem: problem,
    })
    await appendEntry(tx, now, {
      kind: 'evidence.added',
      claimId,
      private: { evidence: id, sha256, bytes, says: kind, type },
    })
    await meetNeed(tx, now, { claimId, kind: 'document', ref: kind })
    if (!problem) await addIntent(tx, 'view-document', { evidenceId: id })
    return null
  })
}

/** Nobody's: the row goes, and the file after it. */
async function refuse(
  { db, clock }: DocumentDeps,
  { id, claim_id: claimId }: store.WorkerDocument,
  why: Refused,
): Promise<void> {
  await db.transaction(async (tx) => {
    for (const objectId of await store.deleteDocument(tx, id)) {
      await addIntent(tx, 'erase-object', { objectId })
    }
    await appendEntry(tx, clock.now(), {
      kind: 'evidence.refused',
      claimId,
      private: { evidence: id, why },
    })
  })
}
