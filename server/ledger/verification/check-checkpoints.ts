import type { Tx } from '../../db/connections'
import type { CheckpointFile } from '../checkpoint-file'
import { selectOrigins, type OriginRow } from '../ledger.store'
import { checkSignature } from './check-signature'
import { openNote, parseCheckpoint, type Checkpoint } from '../tree/checkpoint'
import { rootOf, sha256, type Frontier } from '../tree/merkle-root'
import type { Finding } from './finding'
import { signedSizes, type SignedSize } from './signed-sizes'

export interface CheckpointCheck {
  /**
   * Holds what was signed for this size against the tree that has grown to it. Call for each size; for most
   * nothing was signed, and there is nothing to wait for.
   */
  atSize: (tree: Frontier) => Promise<void> | undefined
  /** After the last entry: what was signed beyond it. */
  end: (size: number) => Promise<{ checkpoints: number; notes: string[] }>
}

interface Name {
  row: OriginRow
  /** size at which the next name took over; what was signed beyond it is lost, and known to be */
  until: number
  sizes: AsyncGenerator<SignedSize>
  next: IteratorResult<SignedSize, void>
  /** sizes that the file lacks; one is no fault while nothing larger is in it */
  unfiled: number[]
}

/** Reads every checkpoint there is, in the database and in the file, while the tree is rebuilt. */
export async function checkCheckpoints(
  tx: Tx,
  {
    file,
    publicKeys,
    report,
  }: { file: CheckpointFile; publicKeys: Buffer[]; report: (finding: Finding) => void },
): Promise<CheckpointCheck> {
  const origins = await selectOrigins(tx)
  const names: Name[] = []
  for (const [at, row] of origins.entries()) {
    if (!publicKeys.some((key) => key.equals(row.public_key))) {
      report({ kind: 'origin_unknown', id: row.origin })
    }
    const sizes = signedSizes(tx, file, row)
    const until = origins[at + 1]?.from_size ?? Infinity
    names.push({ row, until, sizes, next: await sizes.next(), unfiled: [] })
  }
  let checkpoints = 0
  let goodUntil = 0
  let isBroken = false

  const reportUnfiled = ({ unfiled }: Name) => {
    if (unfiled.length === 0) return
    report({ kind: 'checkpoint_missing', detail: `in the file, of ${unfiled[0]} entries` })
    unfiled.length = 0
  }

  /** The checkpoints of a size that the ledger really signed. */
  const genuine = (name: Name, { size, stored, filed }: SignedSize): Checkpoint[] => {
    checkpoints += 1
    const key = { origin: name.row.origin, publicKey: name.row.public_key }
    const notes = [stored, filed].filter((note) => note !== null)
    const opened = notes.map((note) => openNote(note, [key], { sha256, checkSignature }))
    const good = opened.filter((one) => one?.size === size) as Checkpoint[]
    const detail = `of ${size} entries`
    if (good.length < notes.length) report({ kind: 'checkpoint_forged', detail })
    if (filed === null) name.unfiled.push(size)
    else reportUnfiled(name)
    return good
  }

  const compare = (found: SignedSize, signed: Checkpoint[], tree: Frontier): void => {
    if (found.stored === null) {
      report({ kind: 'checkpoint_missing', detail: `in the database, of ${found.size} entries` })
    }
    const root = rootOf(tree)
    if (signed.every((one) => root.equals(one.root))) {
      if (signed.length > 0) goodUntil = found.size
    } else if (!isBroken) {
      // Once the tree is another one, all later checkpoints differ.
      isBroken = true
      report({ kind: 'tree_changed', range: [goodUntil, found.size - 1] })
    }
  }

  const isDue = ({ next, until }: Name, size: number) =>
    !next.done && next.value.size <= Math.min(size, until)

  const compareDue = async (tree: Frontier): Promise<void> => {
    for (const name of names) {
      while (!name.next.done && isDue(name, tree.size)) {
        const found = name.next.value
        name.next = await name.sizes.next()
        compare(found, genuine(name, found), tree)
      }
    }
  }

  return {
    atSize(tree) {
      return names.some((name) => isDue(name, tree.size)) ? compareDue(tree) : undefined
    },

    async end(size) {
      const notes: string[] = []
      const last = await file.last()
      const under = last && parseCheckpoint(last.note)
      if (under && !names.some(({ row }) => row.origin === under.origin)) {
        const detail = `the last checkpoint in the file is one of ${under.size} as ${under.origin}`
        report({ kind: 'entries_lost', index: size, detail })
      }
      for (const name of names) {
        // The sequencer files a checkpoint before it signs the next.
        if (name.unfiled.length > 1) reportUnfiled(name)
        let largest = -1
        while (!name.next.done) {
          const found = name.next.value
          for (const one of genuine(name, found)) largest = one.size
          name.next = await name.sizes.next()
        }
        if (largest === -1) continue
        if (name.until === Infinity) {
          const detail = `a tree of ${largest} was signed, ${size} are there`
          report({ kind: 'entries_lost', index: size, detail })
        } else {
          const lost = largest - name.until
          notes.push(`${lost} entries signed as ${name.row.origin} were lost in a restore.`)
        }
      }
      return { checkpoints, notes }
    },
  }
}
