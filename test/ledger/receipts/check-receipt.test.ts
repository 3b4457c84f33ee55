import {
  checkReceipt,
  type CheckedReceipt,
  type ReceiptPart,
} from '../../../server/ledger/receipts/check-receipt'
import { buildReceipt } from '../../../server/ledger/receipts/build-receipt'
import { sha256 } from '../../../server/ledger/receipts/primitives'
import {
  decodeLink,
  encodeLink,
  formatReceipt,
  pdfProperty,
  receiptTextIn,
  type Receipt,
} from '../../../server/ledger/receipts/receipt'
import {
  checkpointText,
  openNote,
  parseCheckpoint,
  parseVerifierKey,
  signedNote,
  verifierKey,
  type LogKey,
} from '../../../server/ledger/tree/checkpoint'
import { formatTlogProof, parseTlogProof } from '../../../server/ledger/tree/tlog-proof'
import { trustedKeys } from '../../../server/ledger/trusted-keys'
import { createLedgerSigner } from '../../../server/vault/ledger-signer'
import { testConfig, testKeys } from '../../support/app'
import { createTestDatabase, type TestDatabase } from '../../support/database'
import { insertEntries, sequencerOf } from '../../support/ledger'
import { appendFiling, fileReceipt } from '../../support/receipt'

const keys = testKeys()
let database: TestDatabase
let settle: () => Promise<unknown>
let receipt: Receipt
let other: Receipt
let text: string
let trusted: LogKey[]

beforeAll(async () => {
  database = await createTestDatabase()
  const sequencer = sequencerOf(database, { keys })
  settle = () => sequencer.settle()
  // More than a tile, so that the proof climbs over two levels.
  await insertEntries(
    database,
    Array.from({ length: 300 }, () => ({ type: 'private' as const, at: new Date() })),
  )
  const filing = { settle, number: '7K2M-93QD-X4TB', at: new Date('2025-12-09T01:02:03.456Z') }
  receipt = await fileReceipt(database, filing)
  other = await fileReceipt(database, { settle })
  text = formatReceipt(receipt)
  trusted = await trustedKeys(database.db.public, testConfig('public', { database, keys }))
})
afterAll(() => database.drop())

const wrongParts = ({ parts }: CheckedReceipt) =>
  parts.filter(({ state }) => state === 'wrong').map(({ part }) => part)
const wrongIn = (changed: Receipt, of = trusted) =>
  wrongParts(checkReceipt(formatReceipt(changed), of))

test('a receipt from the ledger is right in every part', () => {
  const checked = checkReceipt(text, trusted)
  expect(checked).toMatchObject({ verdict: 'right', index: 300 })
  expect(checked.parts.filter(({ state }) => state !== 'right')).toEqual([])
  expect(checked.receipt).toMatchObject({ number: '7K2M-93QD-X4TB', matter: 'coupang-2025-kr' })
})

test('white space around it and the kind of its line ends do not matter', () => {
  for (const same of [
    `\ufeff${text}`,
    `\n\n  ${text}  \n`,
    text.trimEnd(),
    text.replaceAll('\n', '\r\n'),
  ]) {
    expect(checkReceipt(same, trusted).verdict).toBe('right')
  }
})

describe('whichever character is changed', () => {
  const classes = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', ' \n']
  const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('')
  /** Another character of `among`; which one differs from place to place, and is the same every time. */
  const another = (among: string, known: string, at: number) => {
    const others = among.replace(known, '')
    return others[(at * 31 + 7) % others.length]!
  }
  /** The line of a receipt that a part answers for; its name and quotes belong to the format. */
  const partOf: Record<string, ReceiptPart[]> = {
    number: ['number'],
    matter: ['matter'],
    at: ['time'],
    entry: ['inclusion'],
    private: ['commitment'],
    salt: ['commitment'],
    proof: ['inclusion', 'signature'],
  }

  test('the receipt is wrong, and the part that is says so', () => {
    const seen: string[] = []
    // All but the line end at its end: white space around a receipt is not part of it.
    for (let at = 0; at < text.length - 1; at += 1) {
      const known = text[at]!
      const alike = classes.find((one) => one.includes(known)) ?? printable
      const name = /"(\w+)"/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1))?.[1] ?? ''
      for (const among of [alike, printable]) {
        const changed = text.slice(0, at) + another(among, known, at) + text.slice(at + 1)
        const checked = checkReceipt(changed, trusted)
        const wrong = wrongParts(checked)
        const named = ['format', ...(partOf[name] ?? [])].some((part) =>
          wrong.includes(part as ReceiptPart),
        )
        if (checked.verdict !== 'wrong' || !named) seen.push(changed.slice(at - 20, at + 20))
      }
    }
    expect(seen).toEqual([])
  })
})

describe('each part is checked by itself', () => {
  test('facts that differ from the entry', () => {
    expect(wrongIn({ ...receipt, number: '7K2M-93QD-X4TC' })).toEqual(['number'])
    expect(wrongIn({ ...receipt, matter: 'coupang-2025-us' })).toEqual(['matter'])
    expect(wrongIn({ ...receipt, at: '2025-12-08T01:02:03.456Z' })).toEqual(['time'])
  })

  test('a number changed in both places', () => {
    const number = '7K2M-93QD-X4TC'
    const own = receipt.private.replace(receipt.number, number)
    expect(wrongIn({ ...receipt, number, private: own })).toEqual(['commitment'])
  })

  test('an entry that is no filing', () => {
    const entry = receipt.entry.replace('claim.filed', 'batch.delivered')
    expect(wrongIn({ ...receipt, entry })).toEqual(['number', 'inclusion'])
  })

  test('the place of another entry', () => {
    expect(wrongIn({ ...receipt, proof: other.proof })).toEqual(['inclusion'])
  })

  test('the signature of another key, under our name', () => {
    const stranger = createLedgerSigner({ ledgerKey: testKeys().LEDGER_KEY })
    const { index, hashes, note } = parseTlogProof(receipt.proof!)!
    const checkpoint = parseCheckpoint(note)!
    const signed = signedNote(
      checkpointText(checkpoint),
      { origin: checkpoint.origin, publicKey: stranger.publicKey },
      { sha256, sign: stranger.sign },
    )
    const proof = formatTlogProof({ index, hashes, note: signed })
    expect(wrongIn({ ...receipt, proof })).toEqual(['signature'])
  })

  test('our signature under another name, or a key that is not trusted', () => {
    const renamed = trusted.map((key) => ({ ...key, origin: 'elsewhere.example/ledger' }))
    expect(wrongIn(receipt, renamed)).toEqual(['signature'])
    expect(wrongIn(receipt, [])).toEqual(['signature'])
  })
})

test('a receipt made before its entry has a place waits, and is right after', async () => {
  const kept = await appendFiling(database)
  const early = await buildReceipt(database.db.public, kept)
  const checked = checkReceipt(formatReceipt(early), trusted)
  expect(checked).toMatchObject({ verdict: 'waiting', index: null })
  expect(checked.parts.filter(({ state }) => state === 'waiting').map(({ part }) => part)).toEqual([
    'inclusion',
    'signature',
  ])
  // Waiting excuses nothing else.
  expect(wrongIn({ ...early, at: receipt.at })).toEqual(['time'])

  await settle()
  const late = await buildReceipt(database.db.public, kept)
  expect(checkReceipt(formatReceipt(late), trusted).verdict).toBe('right')
})

test('a key in the database alone convinces nobody', async () => {
  const elsewhere = testConfig('public', { database, keys: testKeys() })
  expect(await trustedKeys(database.db.public, elsewhere)).toEqual([])
  const { LEDGER_PUBLIC_KEY: retired } = keys
  const rotated = { ...testKeys() }
  rotated.LEDGER_PUBLIC_KEY += `,${retired}`
  const config = testConfig('public', { database, keys: rotated })
  expect(await trustedKeys(database.db.public, config)).toEqual(trusted)
})

describe('what is sent to be checked by strangers', () => {
  test('no text makes it throw', () => {
    const long = 'A'.repeat(500_000)
    for (const odd of ['', '{', 'null', '[]', '"x"', '{"format":"joinder-receipt"}', long]) {
      expect(checkReceipt(odd, trusted)).toMatchObject({ verdict: 'wrong', receipt: null })
    }
    const { note } = parseTlogProof(receipt.proof!)!
    for (const proof of ['', long, `c2sp.org/tlog-proof@v1\nindex 0\n${long}\n\n${note}`]) {
      expect(wrongIn({ ...receipt, proof })).toEqual(['inclusion', 'signature'])
    }
    for (const own of ['null', '3', '[]', '']) {
      expect(wrongIn({ ...receipt, private: own })).toEqual(['number', 'time', 'commitment'])
    }
  })

  test('a thousand signatures cost one', () => {
    const { note } = parseTlogProof(receipt.proof!)!
    const line = note.slice(note.indexOf('— '))
    let checks = 0
    const checkSignature = () => (checks += 1) > 0
    const crowded = note + line.repeat(1000)
    expect(openNote(crowded, trusted, { sha256, checkSignature })).toBeNull()
    expect(checks).toBe(1)
  })
})

test('a key in one line is read back, and as other logs write it', () => {
  const [key] = trusted
  expect(parseVerifierKey(verifierKey(key!, sha256), sha256)).toEqual(key)
  const golang = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8'
  expect(parseVerifierKey(golang, sha256)?.origin).toBe('sum.golang.org')
  expect(parseVerifierKey(golang.replace('033de0ae', '033de0af'), sha256)).toBeNull()
})

test('a receipt is found in its file, in the properties of a PDF, and in nothing else', () => {
  const bytes = (content: string) => new TextEncoder().encode(content)
  expect(receiptTextIn(bytes(text))).toBe(text)
  expect(receiptTextIn(bytes(`%PDF-1.7\n/Keywords (${pdfProperty(receipt)})\n%%EOF`))).toBe(text)
  expect(receiptTextIn(bytes('%PDF-1.7\n%%EOF'))).toBe('')
  expect(receiptTextIn(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0))).toBe('')
})

test('a link carries what the ledger does not, and a cut one is none', () => {
  const { entry, salt } = receipt
  const linked = { entry, private: receipt.private, salt, index: 300 }
  const fragment = encodeLink(linked)
  expect(decodeLink(fragment)).toEqual(linked)
  expect(decodeLink(encodeLink({ ...linked, index: null }))?.index).toBeNull()
  for (const bad of ['', 'main', fragment.slice(0, -3), `${fragment}%`]) {
    expect(decodeLink(bad)).toBeNull()
  }
})
