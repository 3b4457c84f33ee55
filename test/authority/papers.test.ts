import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { checkReceipt } from '../../server/ledger/receipts/check-receipt'
import { formatReceipt, parseReceipt, receiptTextIn } from '../../server/ledger/receipts/receipt'
import { factsOf, resultOf } from '../../server/ledger/receipts/show-result'
import { trustedKeys } from '../../server/ledger/trusted-keys'
import { createLedgerSigner } from '../../server/vault/ledger-signer'
import { readPdf } from '../support/pdf'
import { openSignedPortal, type SignedPortal } from './signed-portal'

let portal: SignedPortal
beforeAll(async () => {
  portal = await openSignedPortal()
})
afterAll(() => portal.close())

const drawing = JSON.stringify({
  width: 600,
  height: 200,
  strokes: [
    [40, 120, 90, 40, 140, 150, 200, 60],
    [240, 60, 300, 140, 380, 50, 460, 150, 540, 90],
  ],
})

async function paperOf(email: string, number: string) {
  const agent = await portal.letIn(email)
  const page = await agent.get(`/claims/mine/${number}/papers`)
  expect(page.text).toContain('서류가 모두 서명되고 확인되었습니다')
  const href = /href="([^"]+paper\.pdf[^"]*)"/.exec(page.text)![1]!
  const answer = await agent.get(href.replaceAll('&amp;', '&')).buffer(true)
  expect(answer.headers['content-type']).toBe('application/pdf')
  return answer.body as Buffer
}

test('a paper holds the documents, the signature, how the person was identified, and nothing about their device', async () => {
  const email = 'minjun@example.com'
  const number = await portal.fileConfirmed({
    email,
    name: '김민준 뷁㐂金 Ü',
    signing: { signature: '', signature_drawn: drawing },
  })
  await portal.rendered(number)
  const pdf = await paperOf(email, number)
  if (process.env['PICTURES']) writeFileSync(`${process.env['PICTURES']}/paper.pdf`, pdf)
  const { text, missing, pages } = readPdf(pdf)
  expect(missing).toBe(0)
  expect(pages).toBe(3)
  for (const shown of [
    '시험 위임장',
    '시험 위임계약서',
    '서명 확인서',
    number,
    email,
    '김민준 뷁',
    '㐂',
    '金',
  ]) {
    expect(text).toContain(shown)
  }
  expect(text).toContain('서명한 서류를 다시 보고 확인함')
  expect(text).not.toContain('127.0.0.1')
  // Bytes of the one the worker keeps: made again from what was kept, it is the same.
  const kept = await portal.database.db.superuser('papers').first('sha256')
  expect(createHash('sha256').update(pdf).digest()).toEqual(kept.sha256)
})

test('a pack is verified with only its PDF, the public key and the tiles', async () => {
  const email = 'seo@example.com'
  const number = await portal.fileConfirmed({ email, name: '이서연' })
  await portal.rendered(number)
  const pdf = await paperOf(email, number)
  const { publicKey } = createLedgerSigner({ ledgerKey: portal.keys.LEDGER_KEY })
  const origin = (await portal.database.db.superuser('ledger_origins').first()).origin
  const keys = [{ origin, publicKey: new Uint8Array(publicKey) }]
  const text = receiptTextIn(pdf)
  const checked = checkReceipt(text, keys)
  expect(checked.verdict).toBe('right')
  expect(checked.parts.map(({ part }) => part)).toContain('document')
  const receipt = parseReceipt(text)!
  expect(receipt).toMatchObject({ kind: 'signed', number, matter: 'test-signed' })

  // What a printed code carries is the record alone: nothing is said of the paper's words but their hash.
  const bare = checkReceipt(formatReceipt({ ...receipt, document: null }), keys)
  const facts = factsOf(bare.receipt!, bare.index, { lang: 'ko', titleOf: () => undefined })
  expect(resultOf(bare, facts, { today: 'right' }).verdict).toBe('entryOnly')
  expect(facts).toMatchObject({ documents: '' })
  expect(readPdf(pdf).text.replace(/\s/g, '')).toContain(facts.hash.replaceAll(' ', ''))

  // The page does the same without JavaScript, and shows what was really signed.
  const page = await portal.site
    .agent()
    .post('/verify')
    .attach('file', pdf, { filename: '위임서류.pdf', contentType: 'application/pdf' })
  expect(page.status).toBe(200)
  for (const shown of [
    '파일 안에 든 서명 내용은 진짜입니다',
    '서명된 내용',
    '이서연',
    '소의 취하',
    '신분증이나 인증서로',
  ]) {
    expect(page.text).toContain(shown)
  }

  // One word of what was signed, changed together with everything that is not in the tree.
  const forged = text.replaceAll('이서연', '이서현')
  const parts = checkReceipt(forged, keys).parts.filter(({ state }) => state === 'wrong')
  expect(parts.map(({ part }) => part)).toEqual(['document'])
  const key = new Uint8Array(createLedgerSigner({ ledgerKey: portal.keys.VAULT_KEY }).publicKey)
  expect(checkReceipt(text, [{ origin, publicKey: key }]).verdict).toBe('wrong')
  expect(await trustedKeys(portal.database.db.public, portal.site.deps.config)).toHaveLength(1)
})
