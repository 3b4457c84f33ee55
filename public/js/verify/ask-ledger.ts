import { checkReceipt, type CheckedReceipt } from '../../../server/ledger/receipts/check-receipt'
import { compareToday, type Today } from '../../../server/ledger/receipts/compare-today'
import { proveEntry } from '../../../server/ledger/receipts/prove-entry'
import {
  formatReceipt,
  receiptOf,
  type LinkedReceipt,
} from '../../../server/ledger/receipts/receipt'
import type { LogKey } from '../../../server/ledger/tree/checkpoint'
import { formatTlogProof } from '../../../server/ledger/tree/tlog-proof'
import { fetchedLedger } from './fetch-ledger'

// Longer than anything between here and the ledger keeps its checkpoint.
const staleMs = 5_000

/**
 * Asks the published ledger, and asks once more past every copy on the way before it believes a bad
 * answer: a checkpoint that is seconds old, or a tile from before a restore, must frighten nobody.
 */
async function sure<T>(ask: (cache: RequestCache) => Promise<T>, isGood: (answer: T) => boolean) {
  const first = await ask('default')
  if (isGood(first)) return first
  await new Promise((done) => setTimeout(done, staleMs))
  return ask('reload')
}

/** Whether today's ledger continues that of a receipt which is right in itself. */
export async function askToday(
  receipt: { entry: string; proof: string },
  keys: readonly LogKey[],
): Promise<Today | 'unreachable'> {
  try {
    return await sure(
      (cache) => compareToday(receipt, keys, fetchedLedger(cache)),
      (today) => today === 'right',
    )
  } catch {
    return 'unreachable'
  }
}

/** The receipt of a link with the proof that today's ledger gives for it, checked; null when it is out of reach. */
export async function completeLink(
  link: LinkedReceipt & { index: number },
  keys: readonly LogKey[],
): Promise<{ text: string; checked: CheckedReceipt } | null> {
  const complete = async (cache: RequestCache) => {
    const ledger = fetchedLedger(cache)
    const note = await ledger.readNote()
    const { index } = link
    const proof = await proveEntry({ note, index }, ledger.readTile).catch((error: unknown) => {
      if (!(error instanceof RangeError)) throw error
      // The ledger has no such entry: a proof without hashes, which proves nothing and is shown as wrong.
      return formatTlogProof({ index, hashes: [], note })
    })
    const text = formatReceipt(receiptOf(link, proof))
    return { text, checked: checkReceipt(text, keys) }
  }
  try {
    return await sure(complete, ({ checked }) =>
      checked.parts.every(
        ({ part, state }) => state === 'right' || !['inclusion', 'signature'].includes(part),
      ),
    )
  } catch {
    return null
  }
}
