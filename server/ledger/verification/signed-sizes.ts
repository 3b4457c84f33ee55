import type { Tx } from '../../db/connections'
import type { CheckpointFile } from '../checkpoint-file'
import { selectCheckpointsAfter, type OriginRow } from '../ledger.store'
import { parseCheckpoint } from '../tree/checkpoint'

/** Everything that was signed under one name for one size of the tree. */
export interface SignedSize {
  size: number
  /** as the database keeps it */
  stored: string | null
  /** as the file outside the database keeps it */
  filed: string | null
}

/** Note and size, smallest first. */
type Notes = AsyncGenerator<{ size: number; note: string }>

const pieceRows = 2_000

async function* storedNotes(tx: Tx, originId: number): Notes {
  let size = -1
  for (;;) {
    const rows = await selectCheckpointsAfter(tx, { originId, size, limit: pieceRows })
    for (const row of rows) yield row
    if (rows.length < pieceRows) return
    size = rows.at(-1)!.size
  }
}

/** A line whose note cannot be read comes as size -1, so that it is not passed over. */
async function* filedNotes(file: CheckpointFile, origin: string): Notes {
  for await (const { note } of file.read()) {
    const checkpoint = parseCheckpoint(note)
    if (!checkpoint) yield { size: -1, note }
    else if (checkpoint.origin === origin) yield { size: checkpoint.size, note }
  }
}

/**
 * What was signed under one name, size by size, from the database and the file side by side, in
 * constant memory. A file whose lines are out of order is read as it stands.
 */
export async function* signedSizes(
  tx: Tx,
  file: CheckpointFile,
  { id, origin }: Pick<OriginRow, 'id' | 'origin'>,
): AsyncGenerator<SignedSize> {
  const [stored, filed] = [storedNotes(tx, id), filedNotes(file, origin)]
  let [one, other] = [await stored.next(), await filed.next()]
  while (!one.done || !other.done) {
    const size = Math.min(
      one.done ? Infinity : one.value.size,
      other.done ? Infinity : other.value.size,
    )
    const found: SignedSize = { size, stored: null, filed: null }
    if (!one.done && one.value.size === size) {
      found.stored = one.value.note
      one = await stored.next()
    }
    if (!other.done && other.value.size === size) {
      found.filed = other.value.note
      other = await filed.next()
    }
    yield found
  }
}
