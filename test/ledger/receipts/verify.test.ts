import request from 'supertest'
import PdfDocument from 'pdfkit'
import { limits } from '../../../server/limits'
import { buildReceipt } from '../../../server/ledger/receipts/build-receipt'
import { formatReceipt, pdfProperty, type Receipt } from '../../../server/ledger/receipts/receipt'
import { sha256 } from '../../../server/ledger/receipts/primitives'
import { parseVerifierKey } from '../../../server/ledger/tree/checkpoint'
import { createTestApp, testKeys, type TestApp } from '../../support/app'
import { createTestDatabase, type TestDatabase } from '../../support/database'
import { sequencerOf } from '../../support/ledger'
import { appendFiling, fileReceipt } from '../../support/receipt'
import { loadTestMatters } from '../../support/test-matters'

const keys = testKeys()
let database: TestDatabase
let site: TestApp
let receipt: Receipt
let text: string

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  const sequencer = sequencerOf(database, { keys })
  const settle = () => sequencer.settle()
  const filing = { settle, matter: 'test-breach', number: '7K2M-93QD-X4TB' }
  receipt = await fileReceipt(database, { ...filing, at: new Date('2026-01-09T01:02:03.456Z') })
  await fileReceipt(database, { settle })
  text = formatReceipt(receipt)
  site = createTestApp({ surface: 'public', database, keys })
})
afterAll(() => database.drop())

const posted = (lang: 'ko' | 'en' = 'en') =>
  request(site.app).post(`/verify?lang=${lang}`).set('Accept', 'text/html')
const paste = (pasted: string, lang?: 'ko' | 'en') => posted(lang).field('receipt', pasted)
const pick = (file: Buffer, name = 'receipt.json') => posted().attach('file', file, name)

/** The lines of a page's result, as `part state`, without those that wait in templates. */
const linesIn = (html: string) =>
  [...shown(html).matchAll(/check check--(\w+)"[\s\S]*?check__name">([^<]+?) </g)].map(
    ([, state, name]) => `${name} ${state}`,
  )
const shown = (html: string) => html.replace(/<template[\s\S]*?<\/template>/g, '')
const verdictIn = (html: string) => /id="verdict">([^<]+)</.exec(shown(html))?.[1]

test('a receipt that is right: what it says, what was checked, what it proves', async () => {
  const { text: html, headers } = await paste(text).expect(200)
  expect(verdictIn(html)).toBe('This receipt is genuine and unchanged')
  expect(linesIn(html)).toEqual([
    'The form of the file right',
    'Claim number right',
    'Case right',
    'Time right',
    'Contents of the record right',
    'Place in the ledger right',
    'Signature of the ledger right',
    'Today’s ledger right',
  ])
  for (const words of [
    '7K2M-93QD-X4TB',
    'Test breach joint suit',
    'January 9, 2026 at 10:02 AM (Korea\u00a0time)',
    'January 9, 2026 at 1:02 AM (UTC)',
    'It does not prove',
  ]) {
    expect(shown(html)).toContain(words)
  }
  expect(headers).toMatchObject({ 'cache-control': 'no-store' })
  expect(String(headers['set-cookie'] ?? '')).not.toMatch(/session|sid/)
  const korean = await paste(text, 'ko').expect(200)
  expect(shown(korean.text)).toContain('2026년 1월 9일 10:02 (한국\u00a0시간)')
  expect(shown(korean.text)).toContain('시험 유출 공동소송')
})

test('one that was changed: the part that is wrong, and the text kept', async () => {
  const { text: html } = await paste(text.replace('-X4TB"', '-X4TC"')).expect(200)
  expect(verdictIn(html)).toBe('This receipt or paper does not match the ledger')
  expect(linesIn(html).filter((line) => !line.endsWith('right'))).toEqual(['Claim number wrong'])
  expect(html).toMatch(/<textarea[\s\S]*7K2M-93QD-X4TC[\s\S]*<\/textarea>/)
  expect(shown(html)).not.toContain('It does not prove')
})

test('one without its place yet waits', async () => {
  const early = await buildReceipt(database.db.public, await appendFiling(database))
  const { text: html } = await paste(formatReceipt(early)).expect(200)
  expect(verdictIn(html)).toBe('This receipt cannot be checked yet')
})

test('what was made up is shown as text, and garbage is no receipt', async () => {
  const evil = { ...receipt, number: '<script>alert(1)</script>', at: 'yesterday', matter: 'x' }
  const { text: html } = await paste(formatReceipt(evil)).expect(200)
  expect(html).not.toContain('<script>alert')
  expect(shown(html)).toContain('yesterday')
  for (const garbage of ['hello', '{"format":"joinder-receipt"}', text.slice(1)]) {
    const { text: page } = await paste(garbage).expect(200)
    expect(verdictIn(page)).toBe('This cannot be read as a receipt or signed papers')
    expect(linesIn(page)).toEqual(['The form of the file wrong'])
  }
})

test('the file of a receipt, and its PDF', async () => {
  const json = await pick(Buffer.from(text.replaceAll('\n', '\r\n'))).expect(200)
  expect(verdictIn(json.text)).toBe('This receipt is genuine and unchanged')

  const pdf = new PdfDocument({ info: { Keywords: pdfProperty(receipt) } })
  const pieces: Buffer[] = []
  pdf.on('data', (piece: Buffer) => pieces.push(piece))
  const done = new Promise((resolve) => pdf.on('end', resolve))
  pdf.text('A receipt').end()
  await done
  const paper = await pick(Buffer.concat(pieces), '접수증.pdf').expect(200)
  expect(verdictIn(paper.text)).toBe('This receipt is genuine and unchanged')
})

test('nothing given, nothing in the file, too much of it: said beside the field, with the text kept', async () => {
  const nothing = await posted().field('receipt', ' ').expect(422)
  expect(nothing.text).toContain(
    '<a href="#receipt">Paste a receipt, or choose the file of a receipt or of signed papers.</a>',
  )
  expect(nothing.text).toContain('id="receipt-error"')
  expect(nothing.text).toContain('<title>Error: ')
  await posted().type('form').send('receipt=x').expect(422)

  const empty = Buffer.from('%PDF-1.7\n%%EOF')
  const noReceipt = await pick(empty, 'a.pdf').field('receipt', 'kept text').expect(422)
  expect(noReceipt.text).toContain('<a href="#file">There is nothing to check in this file.')
  expect(noReceipt.text).toContain('kept text')

  const large = Buffer.alloc(limits.verifyFileBytes + 1, 'x')
  const tooLarge = await posted().field('receipt', 'kept').attach('file', large, 'x').expect(413)
  expect(tooLarge.text).toContain(
    '<a href="#file">This is too large for a receipt or signed papers.',
  )
  const pasted = await paste(large.toString()).expect(413)
  expect(pasted.text).toContain(
    '<a href="#receipt">This is too large for a receipt or signed papers.',
  )
  await posted().attach('other', Buffer.from('x'), 'x').expect(400)
})

test('the page is the same for everyone, with the keys that count and every case it may have to name', async () => {
  const { text: html, headers } = await request(site.app)
    .get('/verify')
    .set('Accept-Language', 'ko')
    .expect(200)
  expect(headers['cache-control']).toBe('public, max-age=60')
  expect(headers['set-cookie']).toBeUndefined()
  const [line] = /data-keys="([^"]+)"/.exec(html)![1]!.split(' ')
  expect(parseVerifierKey(line!, sha256)?.origin).toBe('joinder.localhost/ledger')
  expect(html).toContain('<template data-case="test-breach">시험 유출 공동소송</template>')
})

test('a flood from one address is braked', async () => {
  const { app } = createTestApp({
    surface: 'public',
    database,
    config: (config) => ({
      ...config,
      limits: {
        ...config.limits,
        rate: { ...config.limits.rate, check: { points: 2, seconds: 60 } },
      },
    }),
  })
  const send = async () => (await request(app).post('/verify').field('receipt', 'x')).status
  expect([await send(), await send(), await send()]).toEqual([200, 200, 429])
})
