import type { PublishedLedger } from '../../../server/ledger/receipts/compare-today'
import { tilePath, tileWidth } from '../../../server/ledger/tree/tiles'

const hashBytes = 32
const patienceMs = 15_000

/**
 * The published ledger by HTTP. Nothing goes along with the questions: no cookie, no receipt. `cache` is
 * for tiles; the checkpoint is always asked for anew.
 */
export function fetchedLedger(cache: RequestCache): PublishedLedger {
  return {
    async readNote() {
      const answer = await ask('checkpoint', 'no-store')
      if (!answer.ok) throw new Error(`checkpoint: ${answer.status}`)
      return answer.text()
    },

    async readTile(level, index, width) {
      // A tile that has filled up meanwhile may be there as the full one alone.
      for (const asked of width === tileWidth ? [tileWidth] : [width, tileWidth]) {
        const path = tilePath({ level, index, width: asked })
        const answer = await ask(path, cache)
        if (answer.status === 404) continue
        const bytes = new Uint8Array(await answer.arrayBuffer())
        if (!answer.ok || bytes.length !== asked * hashBytes) throw new Error(`no tile: ${path}`)
        return bytes
      }
      throw new Error('a tile is missing')
    },
  }
}

async function ask(path: string, cache: RequestCache): Promise<Response> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), patienceMs)
  try {
    return await fetch(`/ledger/${path}`, { cache, credentials: 'omit', signal: stop.signal })
  } finally {
    clearTimeout(timer)
  }
}
