import { openNote, parseCheckpoint, type LogKey } from '../tree/checkpoint'
import {
  consistencyProof,
  inclusionProof,
  isConsistent,
  rootOfInclusion,
  sameBytes,
  treeReader,
  type ReadTile,
} from '../tree/proofs'
import { parseTlogProof } from '../tree/tlog-proof'
import { checkSignature, leafHash, nodeHash, sha256 } from './primitives'

/** The ledger as it is published today: from the database, or in a browser by HTTP. */
export interface PublishedLedger {
  /** the newest signed checkpoint, word for word */
  readNote: () => Promise<string>
  readTile: ReadTile
}

/**
 * `reopened`: it goes on under another name and is no continuation of what the receipt was made from (a
 * restore lost entries), but the receipt's own entry has kept its place.
 */
export type Today = 'right' | 'wrong' | 'reopened'

/**
 * Whether today's ledger is the one of the receipt, only longer: the tree of the receipt's checkpoint is
 * the beginning of today's, and the entry stands where it stood. For a receipt that is right in itself.
 * @throws when the ledger cannot be read: then nothing is known
 */
export async function compareToday(
  { entry, proof }: { entry: string; proof: string },
  keys: readonly LogKey[],
  ledger: PublishedLedger,
): Promise<Today> {
  const own = parseTlogProof(proof)
  const then = own && parseCheckpoint(own.note)
  if (!own || !then) throw new Error('this is no proof')
  const note = await ledger.readNote()
  // A page of somebody else, such as a hotel's sign-in, is no ledger that has changed.
  if (!parseCheckpoint(note)) throw new Error('this is no checkpoint')
  const today = openNote(note, keys, { sha256, checkSignature })
  if (!today || own.index >= today.size) return 'wrong'

  const tree = treeReader(today.size, ledger.readTile, nodeHash)
  const root = rootOfInclusion(
    {
      index: own.index,
      size: today.size,
      leaf: leafHash(new TextEncoder().encode(entry)),
      proof: await inclusionProof(tree, own.index),
    },
    nodeHash,
  )
  if (!root || !sameBytes(root, today.root)) return 'wrong'
  const continues =
    then.size <= today.size &&
    isConsistent(then, today, await consistencyProof(tree, then.size), nodeHash)
  if (continues) return 'right'
  return then.origin === today.origin ? 'wrong' : 'reopened'
}
