import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from './append-entry'
import { checkpointFile, type CheckpointFile, type FiledCheckpoint } from './checkpoint-file'
import * as store from './ledger.store'
import { isNameOf, nextName } from './origin-names'
import { parseCheckpoint } from './tree/checkpoint'
import { describeFinding } from './verification/finding'
import { verifyLedger } from './verification/verify-ledger'

const rowsAtOnce = 1_000

export interface RecoverDeps {
  /** as joinder_worker */
  db: Db
  clock: Clock
  /** the key to sign with from now on, 32 bytes */
  publicKey: Buffer
  /** all keys that count, retired ones too */
  publicKeys: Buffer[]
  config: { ledgerOrigin: string; ledgerCheckpoints: string }
}

export type Recovered =
  | { outcome: 'nothing_wrong' }
  /** the ledger goes on under another name; `lost` entries that were signed are gone */
  | { outcome: 'opened'; origin: string; size: number; lost: number }
  | { outcome: 'file_written'; checkpoints: number }
  /** what is wrong is no loss by a restore: no name must be opened over it */
  | { outcome: 'refused'; why: string }

/**
 * After a restore: the database knows less than was signed. Signing on under the same name would be two
 * different histories under one name, so a new name is opened that begins with what is there; the last
 * checkpoint of the old one stays published beside it, and whoever holds a receipt of a lost entry can
 * still prove it. The same for a changed key or LEDGER_ORIGIN.
 *
 * `newFile` is for a checkpoint file that is gone and has no copy: it is written anew from the database,
 * which from then on is believed about the past.
 */
export async function recoverLedger(
  deps: RecoverDeps,
  { newFile = false }: { newFile?: boolean } = {},
): Promise<Recovered> {
  const file = checkpointFile(deps.config.ledgerCheckpoints)
  const last = await file.last()
  const { findings } = await verifyLedger({
    db: deps.db,
    checkpoints: deps.config.ledgerCheckpoints,
    publicKeys: deps.publicKeys,
  })
  const expected = last === null && newFile ? 'checkpoint_missing' : 'entries_lost'
  const other = findings.find(({ kind }) => kind !== expected)
  if (other) return { outcome: 'refused', why: describeFinding(other) }

  return deps.db.transaction(async (tx) => {
    const head = await store.lockHead(tx)
    if (!head) return { outcome: 'refused', why: 'the worker is placing entries; stop it first' }
    const known = await store.selectOrigins(tx)
    const newest = known.at(-1)
    if (last === null && newFile) return writeFile(tx, deps, file, known)
    if (!newest && last === null) return { outcome: 'nothing_wrong' }
    if (newest && goesOn(newest, known, deps, { size: head.size, last })) {
      return { outcome: 'nothing_wrong' }
    }
    return open(tx, deps, { size: head.size, known, last, file })
  })
}

/** True when the sequencer can go on under the newest name. */
function goesOn(
  newest: store.OriginRow,
  known: store.OriginRow[],
  { publicKey, config }: RecoverDeps,
  { size, last }: { size: number; last: FiledCheckpoint | null },
): boolean {
  const filed = last && parseCheckpoint(last.note)
  const lost =
    filed !== null &&
    (filed.origin === newest.origin
      ? filed.size > size
      : !known.some(({ origin }) => origin === filed.origin))
  return (
    !lost && isNameOf(newest.origin, config.ledgerOrigin) && newest.public_key.equals(publicKey)
  )
}

async function open(
  tx: Tx,
  { clock, publicKey, config }: RecoverDeps,
  {
    size,
    known,
    last,
    file,
  }: {
    size: number
    known: store.OriginRow[]
    last: FiledCheckpoint | null
    file: CheckpointFile
  },
): Promise<Recovered> {
  const now = clock.now()
  const origin = nextName(config.ledgerOrigin, await namesEverUsed(known, file))
  const signed = last ? (parseCheckpoint(last.note)?.size ?? 0) : 0
  const lost = Math.max(0, signed - size)
  await store.insertOrigin(tx, {
    id: (known.at(-1)?.id ?? 0) + 1,
    origin,
    public_key: publicKey,
    opened_at: now,
    from_size: size,
    previous: last?.note ?? null,
  })
  await appendEntry(tx, now, {
    kind: 'ledger.recovered',
    private: { from: known.at(-1)?.origin ?? null, to: origin, size, lost },
  })
  return { outcome: 'opened', origin, size, lost }
}

/** The file may know names that a restored database does not. */
async function namesEverUsed(known: store.OriginRow[], file: CheckpointFile): Promise<Set<string>> {
  const names = new Set(known.map(({ origin }) => origin))
  for await (const { note } of file.read()) {
    const checkpoint = parseCheckpoint(note)
    if (checkpoint) names.add(checkpoint.origin)
  }
  return names
}

async function writeFile(
  tx: Tx,
  { clock }: RecoverDeps,
  file: CheckpointFile,
  known: store.OriginRow[],
): Promise<Recovered> {
  let checkpoints = 0
  for (const { id, public_key: publicKey } of known) {
    const key = publicKey.toString('base64url')
    for (let size = -1; ;) {
      const rows = await store.selectCheckpointsAfter(tx, { originId: id, size, limit: rowsAtOnce })
      if (rows.length === 0) break
      await file.append(rows.map(({ note }) => ({ key, note })))
      checkpoints += rows.length
      size = rows.at(-1)!.size
    }
  }
  await appendEntry(tx, clock.now(), { kind: 'ledger.recovered', private: { file: checkpoints } })
  return { outcome: 'file_written', checkpoints }
}
