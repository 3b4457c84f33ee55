import { parseCheckpoint } from '../tree/checkpoint'
import { inclusionProof, treeReader, type ReadTile } from '../tree/proofs'
import { formatTlogProof } from '../tree/tlog-proof'
import { nodeHash } from './primitives'

/**
 * The proof that entry `index` is in the tree of a signed checkpoint, made from the published tiles: on
 * the server from the database, in a browser by HTTP.
 * @returns a C2SP tlog-proof
 * @throws RangeError when the checkpoint is older than the entry
 */
export async function proveEntry(
  { note, index }: { note: string; index: number },
  readTile: ReadTile,
): Promise<string> {
  const checkpoint = parseCheckpoint(note)
  if (!checkpoint) throw new Error('this is no checkpoint')
  const tree = treeReader(checkpoint.size, readTile, nodeHash)
  return formatTlogProof({ index, hashes: await inclusionProof(tree, index), note })
}
