import { createHash } from 'node:crypto'
import { findApprovedExport } from '../approvals/find-approved'
import { hashClaims } from '../approvals/request-approval'
import { findAuthorityFacts } from '../authority/authority-facts'
import { documentsKey } from '../authority/fill-documents'
import { readClaimContent } from '../claims/claim-content'
import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { findHouseholdNumbers } from '../households/find-household'
import { appendEntry } from '../ledger/append-entry'
import { leafHash, merkleRoot } from '../ledger/tree/merkle-root'
import { queueMail } from '../mail/queue-mail'
import type { ClaimForm } from '../matters/form-schema'
import { findClaimForm, findMatterById } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { allowsHousehold } from '../matters/tracks'
import { findConfirmedNotices } from '../notices/claim-notice'
import type { Opening, Vault, WorkerVault } from '../vault/vault'
import { checkArchive, writeArchive } from './archive'
import { beginFile, hashFile, removeFiles, type UnfinishedFile } from './batch-files'
import {
  countStillAccepted,
  deletePassphrase,
  lockBatch,
  moveBatchClaims,
  replaceBatchClaims,
  selectBatchClaims,
  selectClaims,
  selectFormVersions,
  selectPassphrase,
  selectRequester,
  takeClaims,
  updateBatch,
  type BatchClaim,
  type BatchRow,
} from './batches.store'
import { claimColumns, type ClaimRow, type Column } from './claim-columns'
import { editionOf } from './edition'
import { failBatch, type BatchFailure } from './fail-batch'
import { byteOrderMark, csvLines } from './format-csv'
import { manifestOf, type Manifest } from './manifest'

export interface BuildDeps {
  db: Db
  vault: Pick<WorkerVault, 'openFromWorkerBox'> & {
    beginOpening(...by: Parameters<Vault['beginOpening']>): Promise<Pick<Opening, 'read'>>
  }
  clock: Clock
  config: {
    home: string
    ledgerOrigin: string
    limits: { batchChunkClaims: number; exportClaimsAlone: number }
  }
}

const progressMs = 1_000

/** Thrown when trying again cannot help. */
class HopelessBatch extends Error {
  readonly code: BatchFailure

  constructor(code: BatchFailure) {
    super(code)
    this.code = code
  }
}

/**
 * Builds a requested batch: one opening, read in pieces, written aside, read back, and only then
 * published in one transaction with its entry. Harmless to repeat: a run that died leaves nothing that
 * counts, and the next one starts over; a batch that is complete or has failed is left alone.
 * @param run names this run in the record of who opened what
 * @throws whatever went wrong and may go right the next time
 */
export async function buildBatch(deps: BuildDeps, batchId: string, run: string): Promise<void> {
  try {
    const batch = await reserve(deps, batchId)
    if (batch?.state === 'building') await build(deps, batch, run)
    // A run that died right after its commit may have left the file of the edition before.
    else if (batch) await removeFiles(deps.config.home, batchId, batch.file_sha256)
  } catch (error) {
    if (!(error instanceof HopelessBatch)) throw error
    await failBatch(deps, batchId, error.code)
  }
}

/** Takes the claims, once, and marks the batch as building; as it is when there is nothing to do any more. */
async function reserve(deps: BuildDeps, batchId: string): Promise<BatchRow | undefined> {
  return deps.db.transaction(async (tx) => {
    const batch = await lockBatch(tx, batchId)
    if (!batch || batch.state === 'complete' || batch.state === 'failed') return batch
    await assertRequester(tx, batch)
    const { exportClaimsAlone } = deps.config.limits
    const approved =
      batch.approval_id === null ? null : await findApprovedExport(tx, batch.approval_id, batchId)
    // Its claims were taken when it was approved; until then it waits.
    if (approved === 'waiting') return batch
    if (batch.approval_id !== null && !approved) throw new HopelessBatch('not_approved')
    if (!approved && (await selectBatchClaims(tx, batchId)).length === 0) {
      await takeClaims(tx, batch, exportClaimsAlone)
    }
    const claims = await selectBatchClaims(tx, batchId)
    // Asked here and not only where it is requested: this is where the claims are opened.
    if (approved && hashClaims(claims) !== approved.claimsSha256) {
      throw new HopelessBatch('claims_changed')
    }
    if (!approved && claims.length > exportClaimsAlone) throw new HopelessBatch('not_approved')
    const change = { state: 'building' as const, claim_count: claims.length, done_count: 0 }
    await updateBatch(tx, batchId, { ...change, touched_at: deps.clock.now() })
    return { ...batch, ...change }
  })
}

async function build(deps: BuildDeps, batch: BatchRow, run: string): Promise<void> {
  const { db, config, vault } = deps
  const taken = await selectBatchClaims(db, batch.id)
  if (taken.length === 0) throw new HopelessBatch('nothing_new')
  const box = await selectPassphrase(db, batch.id)
  if (!box) throw new HopelessBatch('passphrase_missing')
  const passphrase = vault.openFromWorkerBox('batch_passphrase', batch.id, box)
  const matter = await findMatterById(db, batch.matter_id)
  if (!matter) throw new HopelessBatch('build_failed')

  const columns = claimColumns({
    forms: await formsOf(db, batch),
    consents: matter.content.consents,
    kind: matter.content.kind,
    lang: matter.content.language,
    timeZone: matter.content.timeZone,
    signs: matter.content.documents.length > 0,
    households: allowsHousehold(matter),
    notices: matter.content.notices !== undefined,
  })
  const file = await beginFile(config.home, batch.id, batch.file_sha256)
  try {
    const ids = taken.map((one) => one.claim_id)
    const opening = await vault.beginOpening(ids, {
      actor: { kind: 'job', job: 'build-batch', run, requestedBy: askedBy(batch) },
      purpose: 'batch',
    })
    const reading: Reading = { deps, batch, matter, columns, opening, taken }
    const written = await writeFile(reading, file, passphrase)
    if (written.claims.length === 0) throw new HopelessBatch('nothing_new')
    await checkArchive(file.path, passphrase, written.manifest)
    await publish(reading, file, written)
  } finally {
    await file.discard()
  }
}

interface Reading {
  deps: BuildDeps
  batch: BatchRow
  matter: Matter
  columns: Column[]
  opening: Pick<Opening, 'read'>
  taken: BatchClaim[]
}

interface Written {
  /** what the file holds, in the order of its rows */
  claims: BatchClaim[]
  manifest: Manifest
}

async function writeFile(
  reading: Reading,
  file: UnfinishedFile,
  passphrase: string,
): Promise<Written> {
  const { deps, batch, matter, columns, taken } = reading
  const madeAt = deps.clock.now()
  const claims: BatchClaim[] = []
  const numbers = createHash('sha256')
  let authorised = 0
  const csv = async function* () {
    yield byteOrderMark
    const language = matter.content.language
    yield csvLines([columns.map((column) => column.label[language])])
    for await (const rows of readRows(reading, claims)) {
      for (const row of rows) numbers.update(`${row.number}\n`)
      authorised += rows.filter(({ authority }) => authority?.complete).length
      yield csvLines(rows.map((row) => columns.map((column) => column.cell(row))))
    }
  }
  const manifest = await writeArchive(file.handle, passphrase, madeAt, csv(), (facts) =>
    manifestOf({
      batch: {
        id: batch.id,
        number: batch.number,
        edition: editionOf(batch),
        requestedBy: askedBy(batch),
      },
      matter,
      madeAt,
      claims: {
        rows: claims.length,
        leftOut: taken.length - claims.length,
        numbersSha256: numbers.digest('hex'),
      },
      authority:
        matter.content.documents.length > 0
          ? { documents: documentsKey(matter).split(','), authorised }
          : null,
      csv: facts,
      columns,
      ledgerOrigin: deps.config.ledgerOrigin,
    }),
  )
  return { claims, manifest }
}

/** The claims in pieces, without those that are no longer accepted; notes in `claims` what it gave. */
async function* readRows(
  { deps, batch, matter, opening, taken }: Reading,
  claims: BatchClaim[],
): AsyncGenerator<ClaimRow[]> {
  const { db, clock, config } = deps
  let told = clock.now().getTime()
  for (let from = 0; from < taken.length; from += config.limits.batchChunkClaims) {
    const chunk = taken
      .slice(from, from + config.limits.batchChunkClaims)
      .map((one) => one.claim_id)
    const facts = await selectClaims(db, batch, chunk)
    const wanted = chunk.filter((id) => facts.get(id)?.state === 'accepted')
    const opened = wanted.length > 0 ? await opening.read(wanted) : new Map()
    const authority =
      matter.content.documents.length > 0 ? await findAuthorityFacts(db, matter, wanted) : new Map()
    const households = await findHouseholdNumbers(db, wanted)
    const confirmed = await findConfirmedNotices(db, wanted)
    yield wanted.map((id) => {
      const fact = facts.get(id)!
      const { version, answers } = opened.get(id)!
      claims.push({ claim_id: id, version })
      return {
        row: claims.length,
        number: fact.number,
        state: fact.state,
        filedAt: fact.filed_at,
        verifiedAt: fact.verified_at,
        formVersion: fact.form_version,
        version,
        earlier: fact.earlier,
        authority: authority.get(id),
        household: households.get(id),
        noticeConfirmed: confirmed.has(id),
        content: readClaimContent(answers),
      }
    })
    const now = clock.now()
    if (now.getTime() - told >= progressMs) {
      told = now.getTime()
      await updateBatch(db, batch.id, { done_count: from + chunk.length, touched_at: now })
    }
  }
}

/** The file under its final name, then everything that says so, in one transaction. */
async function publish(reading: Reading, file: UnfinishedFile, written: Written): Promise<void> {
  const { deps, batch, matter, taken } = reading
  const edition = editionOf(batch)
  const { sha256, bytes } = await hashFile(file.path)
  // Before the transaction, which must not wait for a disk. The name is made of the hash: until the
  // commit nothing points at it, and the next run removes it.
  await file.publish(sha256)
  const now = deps.clock.now()
  const current = await deps.db.transaction(async (tx) => {
    const row = await lockBatch(tx, batch.id)
    if (row?.state !== 'building') return row?.file_sha256 ?? null
    // Again: they may have been ended while it was built.
    const requester = await assertRequester(tx, batch)
    await noteClaims(tx, batch, taken, written.claims)
    await updateBatch(tx, batch.id, {
      state: 'complete',
      edition,
      failure: null,
      downloaded_at: null,
      claim_count: written.claims.length,
      done_count: written.claims.length,
      file_bytes: bytes,
      file_sha256: sha256,
      manifest: JSON.stringify(written.manifest),
      completed_at: now,
      touched_at: now,
    })
    await deletePassphrase(tx, batch.id)
    await appendEntry(tx, now, {
      // The public counts tell of claims that went out, and these went out before.
      kind: edition === 1 ? 'batch.delivered' : 'batch.reissued',
      matter: matter.slug,
      private: {
        batch: batch.id,
        number: batch.number,
        edition,
        firm: batch.firm_id,
        claims: written.claims.length,
        root: rootOf(written.claims),
        file: sha256.toString('hex'),
        csv: written.manifest.file.sha256,
      },
    })
    await queueMail(tx, {
      template: 'batch-ready',
      personId: askedBy(batch),
      subjectId: batch.id,
      language: requester.language,
      at: now,
    })
    return sha256
  })
  // Of two editions, as of two runs, only the one that the row names is kept.
  await removeFiles(deps.config.home, batch.id, current)
}

/** @throws HopelessBatch once the person who waits for it may not receive it any more */
async function assertRequester(tx: Tx, batch: BatchRow): Promise<{ language: 'ko' | 'en' }> {
  const requester = await selectRequester(tx, askedBy(batch))
  if (!requester) throw new HopelessBatch('requester_left')
  return requester
}

/** Who waits for this edition. */
function askedBy({ requested_by: first, reissue_by: again }: BatchRow): string {
  return again ?? first
}

/**
 * Makes `batch_claims` say what the file holds.
 * @throws Error when a claim was withdrawn after it was read: the next run leaves it out
 */
async function noteClaims(
  tx: Tx,
  batch: BatchRow,
  taken: BatchClaim[],
  claims: BatchClaim[],
): Promise<void> {
  const edition = editionOf(batch)
  const same =
    taken.length === claims.length &&
    taken.every((one, at) => {
      const other = claims[at]!
      return one.claim_id === other.claim_id && one.version === other.version
    })
  if (edition > 1) await moveBatchClaims(tx, batch.id, edition, claims)
  else if (!same) await replaceBatchClaims(tx, batch, claims)
  if ((await countStillAccepted(tx, batch.id, edition)) !== claims.length) {
    throw new Error('A claim stopped being accepted while its batch was built.')
  }
}

/** Merkle root over the sorted claim ids, hex: the same as the opening's entry would give for them. */
function rootOf(claims: BatchClaim[]): string {
  const ids = claims.map((one) => one.claim_id).sort()
  return merkleRoot(ids.map((id) => leafHash(Buffer.from(id)))).toString('hex')
}

async function formsOf(db: Db, batch: BatchRow): Promise<Map<number, ClaimForm>> {
  const forms = new Map<number, ClaimForm>()
  for (const version of await selectFormVersions(db, batch.id)) {
    const form = await findClaimForm(db, batch.matter_id, version)
    if (!form) throw new HopelessBatch('build_failed')
    forms.set(version, form)
  }
  return forms
}
