import type { Tx } from '../db/connections'
import { oneLine } from '../matters/forms/text'
import { selectAccount } from './accounts.store'

/** Who signs with a typed name: the active account, if that name is its own; null otherwise. */
export async function findSigner(
  tx: Tx,
  id: string,
  typedName: string,
): Promise<{ name: string } | null> {
  const signer = await selectAccount(tx, { id, state: 'active' })
  const plain = (name: string) => oneLine(name).normalize('NFC')
  return signer && plain(typedName) === plain(signer.name) ? { name: signer.name } : null
}
