import { sha256 } from '../ledger/receipts/primitives'
import { parseCheckpoint, verifierKey } from '../ledger/tree/checkpoint'
import { parseTlogProof } from '../ledger/tree/tlog-proof'
import type { LedgerSigner } from '../vault/ledger-signer'

/** The key that signed the checkpoint in a proof, in one line (signed-note). Throws for what is no proof. */
export function keyLine(proof: string, { publicKey }: Pick<LedgerSigner, 'publicKey'>): string {
  const origin = parseCheckpoint(parseTlogProof(proof)?.note ?? '')?.origin
  if (origin === undefined) throw new Error('a proof holds no checkpoint')
  return verifierKey({ origin, publicKey: new Uint8Array(publicKey) }, sha256)
}
