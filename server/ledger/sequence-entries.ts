import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import type { LedgerSigner } from '../vault/ledger-signer'
import { checkpointFile, type CheckpointFile } from './checkpoint-file'
import { countEntries } from './count-entries'
import * as store from './ledger.store'
import { isNameOf } from './origin-names'
import { checkpointText, parseCheckpoint, signedNote } from './tree/checkpoint'
import { addLeaf, leafHash, rootOf, sha256, type Frontier } from './tree/merkle-root'
import { growingTiles } from './tree/tile-growth'

export interface SequenceDeps {
  db: Db
  clock: Clock
  signer: LedgerSigner
  config: {
    ledgerOrigin: string
    ledgerCheckpoints: string
    limits: { sequencerBatchEntries: number }
  }
}

/**
 * Thrown when signing on would hide that history was lost or changed. Nothing is placed until an
 * operator has looked; filing goes on. The message is one sentence for them.
 */
export class LedgerStopped extends Error {
  override name = 'LedgerStopped'
}

const filedAtOnce = 1_000

/**
 * One round of the sequencer: gives the entries that wait their place in the tree, grows the tiles and
 * signs a checkpoint, all in one transaction. The work is in proportion to the entries it places and
 * never to those that are there already. Whoever appends waits for none of it: only other sequencers
 * want the head's lock, and they pass by.
 *
 * Lines reach the checkpoint file under that same lock, so they are in order whichever process writes
 * them: before anything is signed, those that the file lacks, and then, in a step of its own after the
 * commit, the one just signed.
 * @returns how many entries it placed
 * @throws LedgerStopped
 */
export async function sequenceEntries(deps: SequenceDeps): Promise<number> {
  const { placed, signed } = await deps.db.transaction(async (tx) => {
    const opened = await openHead(tx, deps)
    if (!opened) return { placed: 0, signed: false }
    const { head, origin, newest } = opened
    const entries = await store.takePending(tx, deps.config.limits.sequencerBatchEntries)
    if (entries.length === 0 && newest) return { placed: 0, signed: false }
    if (entries.length > 0) await place(tx, head, entries)
    await sign(tx, deps, origin, head)
    return { placed: entries.length, signed: true }
  })
  if (signed) await deps.db.transaction((tx) => openHead(tx, deps))
  return placed
}

/**
 * Takes the head's lock, sees that the ledger may go on from there, and brings the checkpoint file up to
 * date. Nothing while another process is at it.
 */
async function openHead(tx: Tx, deps: SequenceDeps) {
  const file = checkpointFile(deps.config.ledgerCheckpoints)
  const head = await store.lockHead(tx)
  if (!head) return undefined
  const origin = await currentOrigin(tx, deps, file, head)
  const newest = await store.selectNewestCheckpoint(tx, origin.id)
  assertHeadSigned(head, origin, newest)
  await bringUp(tx, file, origin, head)
  return { head, origin, newest }
}

/** The name to sign under. The first round of a new database opens it. */
async function currentOrigin(
  tx: Tx,
  { signer, clock, config }: SequenceDeps,
  file: CheckpointFile,
  head: Frontier,
): Promise<store.OriginRow> {
  const known = await store.selectNewestOrigin(tx)
  if (!known) {
    if (head.size > 0 || (await file.last()) !== null) {
      throw new LedgerStopped(
        'The checkpoint file tells of a ledger that this database does not hold.',
      )
    }
    const opened: store.OriginRow = {
      id: 1,
      origin: config.ledgerOrigin,
      public_key: signer.publicKey,
      opened_at: clock.now(),
      from_size: 0,
      previous: null,
    }
    await store.insertOrigin(tx, opened)
    return opened
  }
  if (!isNameOf(known.origin, config.ledgerOrigin)) {
    throw new LedgerStopped(
      `LEDGER_ORIGIN is ${config.ledgerOrigin}, but this ledger is signed as ${known.origin}.`,
    )
  }
  if (!known.public_key.equals(signer.publicKey)) {
    throw new LedgerStopped('LEDGER_KEY is not the key that this ledger is signed with.')
  }
  return known
}

/** What is added next must continue the tree that was signed last, and no other. */
function assertHeadSigned(
  head: Frontier,
  origin: store.OriginRow,
  newest: store.CheckpointRow | undefined,
): void {
  const signed = newest && parseCheckpoint(newest.note)
  const fits = newest
    ? signed?.size === head.size && rootOf(head).equals(signed.root)
    : origin.from_size === head.size
  if (!fits) throw new LedgerStopped('The head of the tree is not what was signed last.')
}

/** Appends what the file lacks. A file that knows more than the database means that history was lost. */
async function bringUp(
  tx: Tx,
  file: CheckpointFile,
  origin: store.OriginRow,
  head: Frontier,
): Promise<void> {
  const last = await file.last()
  const filed = last && parseCheckpoint(last.note)
  const underThisName = filed?.origin === origin.origin
  if (filed && underThisName && filed.size > head.size) {
    throw new LedgerStopped(
      `The database's ledger has ${head.size} entries, but a checkpoint of ${filed.size} was signed: entries are lost.`,
    )
  }
  if (filed && underThisName && filed.size === head.size && !rootOf(head).equals(filed.root)) {
    throw new LedgerStopped('The tree is not the one of the last checkpoint in the file.')
  }
  if (filed && !underThisName) {
    const names = (await store.selectOrigins(tx)).map((row) => row.origin)
    if (!names.includes(filed.origin)) {
      throw new LedgerStopped(`The checkpoint file is of another ledger, ${filed.origin}.`)
    }
  }
  const missing = await store.selectCheckpointsAfter(tx, {
    originId: origin.id,
    size: filed && underThisName ? filed.size : -1,
    limit: filedAtOnce,
  })
  // Only the very first checkpoint of a ledger may find no file.
  if (!filed && (origin.id > 1 || missing.length > 1)) {
    throw new LedgerStopped('The checkpoint file is gone.')
  }
  if (missing.length === 0) return
  const key = origin.public_key.toString('base64url')
  await file.append(missing.map(({ note }) => ({ key, note })))
}

/** Adds the entries to the tree: their leaves, what the tiles grow by, the counts, the head (in place). */
async function place(tx: Tx, head: Frontier, entries: store.PendingEntry[]): Promise<void> {
  const first = head.size
  const leaves = entries.map(({ id, entry }) => ({ id, leafHash: leafHash(Buffer.from(entry)) }))
  const tiles = growingTiles()
  for (const leaf of leaves) addLeaf(head, leaf.leafHash, tiles.add)
  await store.insertLeaves(tx, first, leaves)
  await store.growTiles(tx, tiles.take())
  await store.addCounts(tx, countEntries(entries.map(({ entry }) => entry)))
  await store.updateHead(tx, head)
}

async function sign(
  tx: Tx,
  { signer, clock }: SequenceDeps,
  { id, origin, public_key: publicKey }: store.OriginRow,
  head: Frontier,
): Promise<void> {
  const text = checkpointText({ origin, size: head.size, root: rootOf(head) })
  await store.insertCheckpoint(tx, {
    origin_id: id,
    size: head.size,
    note: signedNote(text, { origin, publicKey }, { sha256, sign: signer.sign }),
    signed_at: clock.now(),
  })
}
