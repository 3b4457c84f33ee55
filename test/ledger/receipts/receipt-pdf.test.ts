import { randomBytes } from 'node:crypto'
import decodeQR from 'qr/decode.js'
import { checkReceipt } from '../../../server/ledger/receipts/check-receipt'
import {
  decodeLink,
  parseReceipt,
  receiptTextIn,
  type Receipt,
} from '../../../server/ledger/receipts/receipt'
import { receiptPdf } from '../../../server/ledger/receipts/receipt-pdf'
import { formatTlogProof, parseTlogProof } from '../../../server/ledger/tree/tlog-proof'
import { trustedKeys } from '../../../server/ledger/trusted-keys'
import { listMatters } from '../../../server/matters/list-matters'
import { copyTokens } from '../../../server/vault/claimant-copies'
import { translator } from '../../../server/web/languages'
import { createTestApp, testKeys } from '../../support/app'
import { createTestDatabase, type TestDatabase } from '../../support/database'
import { fileDirectly } from '../../support/filed-claim'
import { sequencerOf } from '../../support/ledger'
import { readPdf, type DrawnPdf } from '../../support/pdf'
import { loadTestMatters } from '../../support/test-matters'
import { workOff } from '../../support/verification'

let database: TestDatabase
let number: string
let link: string
const keys = testKeys()
const clock = { now: () => new Date('2026-02-01T05:03:00Z') }
const languages = ['ko', 'en'] as const

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  const claim = await fileDirectly(database, keys, { at: clock.now() })
  await workOff(database, keys, clock)
  await sequencerOf(database, { keys, clock }).settle()
  number = claim.number
  link = `/receipts/${copyTokens(keys.TOKEN_KEY)('receipt', claim.id, 1)}`
})
afterAll(() => database.drop())

/** The PDF as it is downloaded. */
async function download(lang: string, env: Record<string, string> = {}): Promise<Buffer> {
  const app = createTestApp({ surface: 'public', database, keys, clock, env })
  const answer = await app.agent().get(`${link}/receipt.pdf?lang=${lang}`).buffer()
  expect([answer.status, answer.type]).toEqual([200, 'application/pdf'])
  return answer.body as Buffer
}

/** Long values stand in several lines. */
const joined = (text: string) => text.replace(/\s/g, '')

function expectComplete({ text, missing, fonts }: DrawnPdf, receipt: Receipt): void {
  const found = joined(text)
  const { number: claim, entry, salt, proof } = receipt
  for (const value of [claim, entry, receipt.private, salt, proof ?? '']) {
    expect(found).toContain(joined(value))
  }
  // Nothing stands there as an empty box.
  expect(missing).toBe(0)
  expect(fonts.filter((name) => !name.includes('Pretendard'))).toEqual([])
}

/** What a phone reads from the code. */
function scan({ bars }: DrawnPdf): string {
  const border = Math.min(...bars.map(({ x }) => x))
  // The quiet zone that readers need, on a paper that is white around it.
  expect(border).toBe(4)
  const modules = Math.max(...bars.map(({ x, width }) => x + width)) + border
  const scale = 4
  const side = modules * scale
  const data = new Uint8Array(side * side * 4).fill(255)
  for (const { x, y, width } of bars) {
    for (let row = y * scale; row < (y + 1) * scale; row++) {
      const start = (row * side + x * scale) * 4
      for (let at = 0; at < width * scale; at++) data.fill(0, start + at * 4, start + at * 4 + 3)
    }
  }
  return decodeQR({ width: side, height: side, data })
}

test.each(languages)(
  'on paper stands all of the receipt, and its file checks right (%s)',
  async (lang) => {
    const bytes = await download(lang)
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
    const text = receiptTextIn(bytes)
    const trusted = await trustedKeys(database.db.public, {
      keys: { ledgerPublicKey: keys.LEDGER_PUBLIC_KEY },
    })
    const { receipt, verdict } = checkReceipt(text, trusted)
    expect([receipt?.number, verdict]).toEqual([number, 'right'])

    const drawn = readPdf(bytes)
    expect(drawn.pages).toBe(1)
    expectComplete(drawn, receipt!)
    const words = {
      ko: ['접수증', '시험 유출 공동소송', '2026년 2월 1일 14:03 (한국 시간)', '시연용입니다.'],
      en: [
        'Receipt',
        'Test breach joint suit',
        'February 1, 2026 at 2:03 PM (Korea time)',
        'a demonstration',
      ],
    }
    for (const one of [...words[lang], '(UTC)', 'joinder.localhost/ledger+']) {
      expect(drawn.text).toContain(one)
    }
    const [page, fragment] = scan(drawn).split('#')
    expect(page).toBe('http://localhost:3000/verify')
    const { entry, salt } = receipt!
    expect(decodeLink(fragment!)).toEqual({ entry, private: receipt!.private, salt, index: 0 })
  },
)

test('an operator stands on the paper instead of the notice that it is a demonstration', async () => {
  const { text, missing } = readPdf(await download('ko', { OPERATOR_NAME: '공동소송 지원센터' }))
  expect(text).toContain('운영: 공동소송 지원센터')
  expect(text).not.toContain('시연용')
  expect(missing).toBe(0)
})

test('the deepest proof, the longest names: one page where it fits, two at most, nothing cut', async () => {
  const text = receiptTextIn(await download('ko'))
  const small = JSON.parse(text) as Receipt
  const { note } = parseTlogProof(small.proof!)!
  const hashes = Array.from({ length: 28 }, () => new Uint8Array(randomBytes(32)))
  const receipt = { ...small, proof: formatTlogProof({ index: 200_000_000, hashes, note }) }
  const matters = await listMatters(database.db.public)
  expect(matters.length).toBeGreaterThan(2)
  for (const lang of languages) {
    const t = translator(lang, (key) => {
      throw new Error(`no text for ${key}`)
    })
    for (const { content, firm } of matters) {
      const drawn = readPdf(
        await receiptPdf(t, {
          receipt,
          lang,
          title: content.title[lang],
          firm: firm.content.name[lang],
          times: ['2026', 'UTC'],
          place: '200,000,000',
          link: 'https://joinder.example/verify#',
          checkPage: 'https://joinder.example/verify',
          key: null,
          operator: null,
          madeAt: clock.now(),
          made: '2026',
        }),
      )
      expect(drawn.pages).toBeLessThanOrEqual(2)
      expectComplete(drawn, receipt)
      expect(joined(drawn.text)).toContain(joined(content.title[lang]))
    }
  }
})

test('before the entry has its place, the paper says so', async () => {
  const small = parseReceipt(receiptTextIn(await download('en')))!
  const t = translator('en')
  const bytes = await receiptPdf(t, {
    receipt: { ...small, proof: null },
    lang: 'en',
    title: 'A case',
    firm: null,
    times: ['now'],
    place: null,
    link: 'https://joinder.example/verify#x',
    checkPage: 'https://joinder.example/verify',
    key: null,
    operator: null,
    madeAt: clock.now(),
    made: 'now',
  })
  expect(readPdf(bytes).text).toContain('made before the record had its place')
  expect(checkReceipt(receiptTextIn(bytes), []).verdict).toBe('waiting')
})
