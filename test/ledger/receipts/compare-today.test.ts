import { compareToday, type PublishedLedger } from '../../../server/ledger/receipts/compare-today'
import { proveEntry } from '../../../server/ledger/receipts/prove-entry'
import { sha256 } from '../../../server/ledger/receipts/primitives'
import { checkpointText, signedNote } from '../../../server/ledger/tree/checkpoint'
import { addLeaf, emptyFrontier, leafHash, rootOf } from '../../../server/ledger/tree/merkle-root'
import { createLedgerSigner } from '../../../server/vault/ledger-signer'
import { testKeys } from '../../support/app'

const signer = createLedgerSigner({ ledgerKey: testKeys().LEDGER_KEY })
const keyOf = (origin: string) => ({ origin, publicKey: new Uint8Array(signer.publicKey) })
const keys = ['log', 'log/2'].map(keyOf)

/** A ledger over those entries, signed and published as the sequencer would. */
function publish(entries: string[], origin = 'log'): PublishedLedger & { note: string } {
  const frontier = emptyFrontier()
  const tiles = new Map<string, Buffer[]>()
  for (const entry of entries) {
    addLeaf(frontier, leafHash(Buffer.from(entry)), (height, index, hash) => {
      if (height % 8 !== 0) return
      const key = `${height / 8}/${Math.floor(index / 256)}`
      tiles.set(key, [...(tiles.get(key) ?? []), hash])
    })
  }
  const text = checkpointText({ origin, size: frontier.size, root: rootOf(frontier) })
  const note = signedNote(text, keyOf(origin), { sha256, sign: signer.sign })
  return {
    note,
    readNote: async () => note,
    readTile: async (level, index) => Buffer.concat(tiles.get(`${level}/${index}`)!),
  }
}

async function receiptFrom(ledger: ReturnType<typeof publish>, entry: string, index: number) {
  return { entry, proof: await proveEntry({ note: ledger.note, index }, ledger.readTile) }
}

const entries = (count: number, change: Record<number, string> = {}) =>
  Array.from({ length: count }, (_, at) => change[at] ?? `entry ${at}`)

test.each([
  [1, 1],
  [1, 700],
  [300, 300],
  [300, 301],
  [300, 70_000],
])(
  'a ledger that has grown from %i to %i entries continues that of the receipt',
  async (then, now) => {
    const receipt = await receiptFrom(publish(entries(then)), `entry ${then - 1}`, then - 1)
    expect(await compareToday(receipt, keys, publish(entries(now)))).toBe('right')
  },
)

test.each([
  ['has another entry in its place', entries(400, { 250: 'another' })],
  ['has lost an entry before it', entries(400).toSpliced(3, 1)],
  ['has one slipped in before it', entries(400).toSpliced(3, 0, 'slipped in')],
  ['has another entry after it, which the receipt had seen', entries(400, { 290: 'another' })],
  ['has become shorter than the receipt', entries(280)],
  ['has lost the entry', entries(100)],
])('a ledger that %s is another', async (_what, today) => {
  const receipt = await receiptFrom(publish(entries(300)), 'entry 250', 250)
  expect(await compareToday(receipt, keys, publish(today))).toBe('wrong')
})

test('a ledger that goes on under another name must hold the entry where it was', async () => {
  const receipt = await receiptFrom(publish(entries(300)), 'entry 250', 250)
  const on = (today: string[]) => compareToday(receipt, keys, publish(today, 'log/2'))
  expect(await on(entries(400))).toBe('right')
  expect(await on(entries(400, { 290: 'after a restore' }))).toBe('reopened')
  expect(await on(entries(280))).toBe('reopened')
  expect(await on(entries(200))).toBe('wrong')
  expect(await on(entries(400, { 250: 'another' }))).toBe('wrong')
})

test('a signature that is not ours is a wrong ledger; what is no ledger at all says nothing', async () => {
  const ledger = publish(entries(300))
  const receipt = await receiptFrom(ledger, 'entry 250', 250)
  expect(await compareToday(receipt, [keyOf('elsewhere')], ledger)).toBe('wrong')
  for (const odd of ['', '<!doctype html><title>Wi-Fi</title>']) {
    const unread = { ...ledger, readNote: async () => odd }
    await expect(compareToday(receipt, keys, unread)).rejects.toThrow('no checkpoint')
  }
  const cut = { ...ledger, readTile: async () => new Uint8Array(32) }
  await expect(compareToday(receipt, keys, cut)).rejects.toThrow('shorter')
})
