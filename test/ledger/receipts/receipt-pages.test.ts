import { expireClaims } from '../../../server/claims/expire-claims'
import { encodeLink, formatReceipt, type Receipt } from '../../../server/ledger/receipts/receipt'
import { checkReceipt } from '../../../server/ledger/receipts/check-receipt'
import { trustedKeys } from '../../../server/ledger/trusted-keys'
import { copyTokens } from '../../../server/vault/claimant-copies'
import { createTestApp, testKeys, type Agent } from '../../support/app'
import { createTestDatabase, type TestDatabase } from '../../support/database'
import { fileClaim, post } from '../../support/filing'
import { sequencerOf } from '../../support/ledger'
import { loadTestMatters } from '../../support/test-matters'
import { workOff } from '../../support/verification'

let database: TestDatabase
let now: Date
let settle: () => Promise<number>
const clock = { now: () => now }
const keys = testKeys()
const tokenOf = copyTokens(keys.TOKEN_KEY)
const filed = '/matters/test-breach/filed'

beforeEach(async () => {
  now = new Date('2026-02-01T05:03:00Z')
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  const sequencer = sequencerOf(database, { keys, clock })
  settle = () => sequencer.settle()
})
afterEach(() => database.drop())

function visitor(): Agent {
  return createTestApp({ surface: 'public', database, keys, clock }).agent()
}

/** Files a claim and lets the worker answer it; gives the path of the mailed link. */
async function fileAndMail(agent: Agent): Promise<{ number: string; id: string; mailed: string }> {
  const number = await fileClaim(agent)
  await workOff(database, keys, clock)
  const { id } = await database.db.superuser('claims').where({ number }).first('id')
  return { number, id, mailed: `/receipts/${tokenOf('receipt', id, 1)}` }
}

async function verdictOf(text: string): Promise<string> {
  const trusted = await trustedKeys(database.db.public, {
    keys: { ledgerPublicKey: keys.LEDGER_PUBLIC_KEY },
  })
  return checkReceipt(text, trusted).verdict
}

test('the browser that filed has its receipt at once, and it is complete once the entry has its place', async () => {
  const agent = visitor()
  const number = await fileClaim(agent)
  expect((await agent.get(filed)).text).toContain(`href="${filed}/receipt"`)

  const waiting = await agent.get(`${filed}/receipt`)
  expect([waiting.status, waiting.headers['cache-control']]).toEqual([200, 'no-store'])
  expect(waiting.text).toContain(`${number}</output>`)
  expect(waiting.text).toContain('원장에 기록하고 있습니다')
  expect(await verdictOf((await agent.get(`${filed}/receipt.json`)).text)).toBe('waiting')

  await settle()
  const page = await agent.get(`${filed}/receipt`)
  for (const shown of [
    '시험 유출 공동소송',
    '2026년 2월 1일 14:03 (한국\u00a0시간)',
    '05:03 (UTC)',
  ]) {
    expect(page.text).toContain(shown)
  }
  expect(page.text).not.toContain('원장에 기록하고 있습니다')
  const file = await agent.get(`${filed}/receipt.json`)
  expect(file.headers['content-disposition']).toContain(`filename*=UTF-8''`)
  expect(decodeURI(file.headers['content-disposition']!)).toContain(`접수증-${number}.json`)
  expect(await verdictOf(file.text)).toBe('right')
  const receipt = JSON.parse(file.text) as Receipt
  expect(receipt).toMatchObject({ number, matter: 'test-breach', at: now.toISOString() })
  expect(page.text).toContain(`href="/verify#${encodeLink({ ...receipt, index: 0 })}"`)
  // One character of it changed is another claim, and shows.
  expect(await verdictOf(formatReceipt({ ...receipt, number: 'AAAA-AAAA-AAAA' }))).toBe('wrong')

  // Nobody else's browser gets it.
  for (const path of ['receipt', 'receipt.pdf', 'receipt.json']) {
    const answer = await visitor().get(`${filed}/${path}`)
    expect([answer.status, answer.headers['location']]).toEqual([303, '/matters/test-breach/file'])
  }
})

test('the mailed link shows the same receipt to whoever has it, and changes nothing', async () => {
  const agent = visitor()
  const { number, mailed } = await fileAndMail(agent)
  await settle()
  const before = await database.db.superuser('ledger_entries').pluck('id')
  const reader = visitor()
  const page = await reader.get(`${mailed}?lang=en`)
  expect(page.status).toBe(200)
  expect(page.headers['cache-control']).toBe('no-store')
  expect(page.text).toContain(`${number}</output>`)
  const [mine, sent] = await Promise.all([
    agent.get(`${filed}/receipt.json`),
    reader.get(`${mailed}/receipt.json`),
  ])
  expect(sent.text).toBe(mine.text)
  expect(sent.headers['content-disposition']).toContain(`receipt-${number}.json`)
  expect(await database.db.superuser('ledger_entries').pluck('id')).toEqual(before)
})

test('a link that opens nothing says why that may be', async () => {
  const agent = visitor()
  const unknown = 'A'.repeat(43)
  for (const token of [unknown, 'short', '%2e%2e', `${unknown}A`]) {
    for (const rest of ['', '/receipt.pdf', '/receipt.json']) {
      const answer = await agent.get(`/receipts/${token}${rest}`)
      expect([token, rest, answer.status]).toEqual([token, rest, 404])
      expect(answer.text).toContain('이 링크에는 접수증이 없습니다')
      expect(answer.headers['cache-control']).toBe('no-store')
    }
  }
})

test('a corrected address gets another link; the mistyped mailbox keeps nothing', async () => {
  const agent = visitor()
  const { number, id, mailed } = await fileAndMail(agent)
  await post(agent, `${filed}/email`, { email: 'minjun.kim@naver.com' }, filed)
  now = new Date(now.getTime() + 60_000)
  await workOff(database, keys, clock)
  await settle()
  expect((await visitor().get(mailed)).status).toBe(404)
  const next = await visitor().get(`/receipts/${tokenOf('receipt', id, 2)}`)
  expect([next.status, next.text.includes(number)]).toEqual([200, true])
  expect(await database.db.superuser('claimant_copies').select()).toHaveLength(1)
  // The browser that filed still has its own.
  expect((await agent.get(`${filed}/receipt`)).status).toBe(200)
})

test('with a claim that expires, the link to its receipt goes', async () => {
  const { mailed } = await fileAndMail(visitor())
  await settle()
  expect((await visitor().get(mailed)).status).toBe(200)
  now = new Date(now.getTime() + 14 * 24 * 3600_000 + 1)
  const limits = { unverifiedDays: 14, sweepRows: 10 }
  expect(await expireClaims({ db: database.db.worker, clock, config: { limits } })).toBe(1)
  expect((await visitor().get(mailed)).status).toBe(404)
})

test('so many PDFs an hour for one address; the page and the file stay', async () => {
  const agent = createTestApp({
    surface: 'public',
    database,
    keys,
    clock,
    config: (config) => {
      const rate = { ...config.limits.rate, paper: { points: 1, seconds: 60 } }
      return { ...config, limits: { ...config.limits, rate } }
    },
  }).agent()
  await fileClaim(agent)
  const status = async (path: string) => (await agent.get(`${filed}/${path}`)).status
  expect([await status('receipt.pdf'), await status('receipt.pdf')]).toEqual([200, 429])
  expect([await status('receipt'), await status('receipt.json')]).toEqual([200, 200])
})
