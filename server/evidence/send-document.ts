import { createHash, randomUUID } from 'node:crypto'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import type { Limits } from '../limits'
import { addIntent } from '../outbox/add-intent'
import type { Sealer } from '../vault/sealer'
import type { Log } from '../web/log'
import { checkDocument, type Refusal } from './check-document'
import { fits, takesDocuments, type DocumentKind, type ToldOfDocument } from './document'
import { documentName } from './document-name'
import * as store from './evidence.store'
import type { Storage } from './storage/storage'

export interface SendDeps {
  db: Db
  clock: Clock
  log: Log
  sealer: Sealer
  storage: Storage
  config: { limits: Limits }
}

/**
 * By what somebody sends documents for a claim. The worker asks again, of the secret alone, whether it
 * allows that (claims/access/holder-of.ts); until it has, the document counts for nothing.
 */
export interface Door {
  claimId: string
  secret: string
}

export interface SentFile {
  /** as the browser names it */
  name: string
  kind: DocumentKind
  bytes: Buffer
}

export type Sent = { ok: true; id: string } | { ok: false; refusal: Refusal }

/**
 * Takes a document in: checked in memory, encrypted under a key of its own, stored, and only then a row
 * that the worker is asked about. From here on this process cannot open it again.
 * @throws Problem('unavailable') when the store takes nothing
 */
export async function sendDocument(deps: SendDeps, door: Door, file: SentFile): Promise<Sent> {
  const { db, clock, sealer, storage, config } = deps
  const { limits } = config
  const name = documentName(file.name, limits.documentNameChars)
  const checked = await checkDocument({ name: file.name, bytes: file.bytes }, limits)
  if (!checked.ok) return checked
  const early = await roomFor(deps, door.claimId, file.bytes.length)
  if (early !== null) return { ok: false, refusal: early }

  const now = clock.now()
  const ref = { id: newId(now.getTime()), claimId: door.claimId }
  const told: ToldOfDocument = {
    secret: door.secret,
    name,
    sha256: createHash('sha256').update(file.bytes).digest('hex'),
  }
  const { ciphertext, sha256, box } = sealer.sealDocument(ref, file.bytes, told)
  // Not a time-ordered id: names in the store tell nothing, not even when.
  const objectId = randomUUID()
  await put(deps, objectId, ciphertext)

  const refusal = await db.transaction(async (tx): Promise<Refusal | null> => {
    const full = fits(await store.lockFilled(tx, door.claimId), file.bytes.length, limits)
    if (full !== null) return full
    await store.insertDocument(tx, {
      ...ref,
      kind: file.kind,
      type: checked.type,
      bytes: file.bytes.length,
      box,
      objectId,
      sha256,
      now,
    })
    await appendEntry(tx, now, {
      kind: 'evidence.sent',
      claimId: door.claimId,
      private: { evidence: ref.id, sealed: sha256.toString('hex'), bytes: file.bytes.length },
    })
    await addIntent(tx, 'admit-document', { evidenceId: ref.id })
    return null
  })
  if (refusal === null) return { ok: true, id: ref.id }
  // Without a row it is noise under a random name; if this fails, the next sweep finds it.
  await storage.remove(objectId).catch(() => {})
  return { ok: false, refusal }
}

/** Whether a claim takes one more document of this size; asked again when it is there. */
export async function roomFor(
  { db, config }: Pick<SendDeps, 'db' | 'config'>,
  claimId: string,
  bytes: number,
): Promise<Refusal | null> {
  const state = await store.selectClaimState(db, claimId)
  if (state === null || !takesDocuments(state)) return 'closed'
  return fits(await store.selectFilled(db, claimId), bytes, config.limits)
}

async function put({ storage, log }: SendDeps, id: string, ciphertext: Buffer): Promise<void> {
  try {
    await storage.put(id, ciphertext)
  } catch (err) {
    log.error({ err }, 'a document could not be stored')
    throw new Problem('unavailable')
  }
}
