import { createHash } from 'node:crypto'
import { parseCsv } from '../support/archive'
import { parseCheckpoint } from '../../server/ledger/tree/checkpoint'
import { verifyLedger } from '../../server/ledger/verification/verify-ledger'
import { createLedgerSigner } from '../../server/vault/ledger-signer'
import { createTestApp, postForm, type Agent, type TestApp } from '../support/app'
import { makeAccount, signIn } from '../support/account'
import { makeFirm } from '../support/firm'
import { readPdf } from '../support/pdf'
import { until } from '../support/until'
import { loadTestMatters, signedMatter, testDocuments, testMatter } from '../support/test-matters'
import { confirmed, openSignedPortal, type SignedPortal } from './signed-portal'

let portal: SignedPortal
let staff: TestApp
let counsel: Agent
let rival: Agent
const numbers: string[] = []
const path = '/authority/test-signed'

beforeAll(async () => {
  portal = await openSignedPortal()
  const { database, keys } = portal
  staff = createTestApp({ surface: 'staff', database, keys })
  const { firm_id: firmId } = await database.db
    .superuser('matters')
    .where({ slug: 'test-signed' })
    .first()
  const account = (name: string, firm: string) =>
    makeAccount(database, { role: 'counsel', name, firmId: firm })
  counsel = await signIn(staff, await account('한변호', firmId))
  rival = await signIn(staff, await account('남변호', await makeFirm(database, 'rival-firm')))
  for (const name of ['가나다', '라마바', '사아자']) {
    numbers.push(await portal.fileConfirmed({ email: `${numbers.length}@example.com`, name }))
  }
  const unsigned = await portal.fileSigned({ email: 'code@example.com', name: '차카타' })
  // The address alone: it counts among the claims, and its papers are not complete.
  const { number, code } = unsigned
  const typed = await postForm(portal.site.agent(), '/claims/confirm', { number, code })
  await confirmed(typed, portal.site.agent())
  numbers.push(unsigned.number)
  for (const number of numbers.slice(0, 3)) await portal.rendered(number)
}, 60_000)
afterAll(() => portal.close())

const complete = () => numbers.slice(0, 3)

test('the index says how many are complete, lists all, and leads nobody of another firm anywhere', async () => {
  const page = await counsel.get(path)
  expect(page.text).toContain('신청 4건 가운데 3건')
  for (const number of numbers) expect(page.text).toContain(number)
  const incomplete = await counsel.get(`${path}?view=incomplete`)
  expect(numbers.filter((one) => incomplete.text.includes(one))).toEqual(numbers.slice(3))
  const whole = await counsel.get(`${path}?view=complete`)
  expect(numbers.filter((one) => whole.text.includes(one))).toEqual(complete())
  expect(page.text).not.toMatch(/가나다|example\.com/)
  for (const url of [path, `${path}/samples/01900000-0000-7000-8000-000000000001`]) {
    expect((await rival.get(url)).status).toBe(404)
  }
})

test('a sample goes by a seed and by what the ledger signs after it, and can be drawn again by anyone', async () => {
  const file = await postForm(counsel, `${path}/index`, {}, { from: path })
  expect(file.headers['content-type']).toContain('text/csv')
  const [head, ...rows] = parseCsv(Buffer.from(file.text))
  const at = (name: string) => head!.indexOf(name)
  expect(rows).toHaveLength(4)
  const whole = rows.filter((row) => row[at('완료')] === '예').map((row) => row[at('접수번호')]!)
  expect(whole.toSorted()).toEqual(complete().toSorted())
  for (const row of rows.filter((one) => one[at('완료')] === '예')) {
    expect(row[at('서명된 내용의 해시 (SHA-256)')]).toMatch(/^[0-9a-f]{64}$/)
    expect(row[at('원장 기록 번호')]).toMatch(/^\d+$/)
  }

  const seed = '2026가합1234 제1차 변론기일'
  const roots: string[] = []
  for (let before = 0; before < 2; before++) {
    const drawn = await postForm(counsel, `${path}/sample`, { seed, size: '2' }, { from: path })
    const at = drawn.headers['location'] as string
    await until('the ledger decides', async () =>
      (await counsel.get(at)).text.includes('건 가운데'),
    )
    const { text } = await counsel.get(at)
    const root = />([0-9a-f]{64})</.exec(text)![1]!
    roots.push(root)
    const size = Number(/기록 (\d+)개까지/.exec(text)![1])
    // The first signed tree that holds the draw, and no other: not one that was known when the seed was typed.
    const entry = await portal.database.db
      .superuser('ledger_leaves as l')
      .join('ledger_entries as e', 'e.id', 'l.entry_id')
      .where('e.kind', 'authority.sampled')
      .orderBy('l.index', 'desc')
      .first('l.index')
    const signed = await portal.database.db
      .superuser('ledger_checkpoints')
      .where('size', '>', entry.index)
      .orderBy('size')
      .first()
    const checkpoint = parseCheckpoint(signed.note)!
    expect([Buffer.from(checkpoint.root).toString('hex'), checkpoint.size]).toEqual([root, size])
    // Anyone draws the same from what the page prints and the list it offers.
    const list = (await counsel.get(`${at}/numbers.txt`)).text.trimEnd().split('\n')
    expect(list).toEqual(complete().toSorted())
    const order = (number: string) =>
      createHash('sha256').update(`${seed}${root}${number}`).digest('hex')
    const expected = list.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)).slice(0, 2)
    const shown = [...text.matchAll(/class="code">([0-9A-Z-]{14})</g)].map(([, one]) => one!)
    expect(shown).toEqual(expected)
    expect(text).toContain('3건 가운데 2건')
    // Whoever draws again is seen to have done so.
    expect(text).toContain(before === 0 ? '처음 고른 표본' : '전에 1번 골랐습니다')
    expect(text).toContain(`이 사건에서 ${before + 1}번째로 고른 표본`)
    expect((await rival.get(`${at}/numbers.txt`)).status).toBe(404)
  }
  expect(roots[0]).not.toBe(roots[1])
  const wrong = await postForm(counsel, `${path}/sample`, { seed: '', size: '0' }, { from: path })
  expect(wrong.status).toBe(422)
})

test('a paper is read on the record, by counsel of the firm it authorises and by nobody else', async () => {
  const { superuser } = portal.database.db
  const claim = await superuser('claims').where({ number: numbers[0] }).first()
  const openings = async () =>
    (await superuser('opening_claims').where({ claim_id: claim.id })).length
  const before = await openings()
  const url = `${path}/papers/${claim.id}`
  const answer = await postForm(counsel, url, {}, { from: path }).then((got) => got)
  expect(answer.status).toBe(200)
  expect(await openings()).toBe(before + 1)
  const entry = await superuser('ledger_private').orderBy('entry_id', 'desc').first('private')
  expect(JSON.parse(entry.private)).toMatchObject({
    kind: 'claim.opened',
    purpose: 'authority_check',
  })
  expect(readPdf(answer.body as Buffer).text).toContain('가나다')

  const refused = await postForm(rival, url, {}, { from: '/authority' })
  expect(refused.status).toBe(404)
  expect(await openings()).toBe(before + 1)
})

test('the ledger notices a pack that was exchanged, and one that was taken away', async () => {
  const { database, keys, worker } = portal
  const verify = () =>
    verifyLedger({
      db: database.db.worker,
      checkpoints: worker.deps.config.ledgerCheckpoints,
      publicKeys: [createLedgerSigner({ ledgerKey: keys.LEDGER_KEY }).publicKey],
    })
  const packs = async () =>
    (await verify()).findings.filter(({ detail }) => detail?.startsWith('papers'))
  expect(await packs()).toEqual([])
  const pack = await database.db.superuser('authority_packs').first()
  await database.db
    .superuser('authority_packs')
    .where({ id: pack.id })
    .update({ ciphertext: Buffer.from('another') })
  expect(await packs()).toHaveLength(1)
  await database.db
    .superuser('authority_packs')
    .where({ id: pack.id })
    .update({ ciphertext: pack.ciphertext })
})

test('a new version of a document makes every pack incomplete at once', async () => {
  const newer = [
    { ...testDocuments[0], version: 2, text: { ko: '새 글 {{name}}', en: 'New {{name}}' } },
  ]
  const documents = [...newer, testDocuments[1]]
  const { migrator } = portal.database.db
  await loadTestMatters(migrator, [testMatter(), signedMatter({ documents })])
  expect((await counsel.get(path)).text).toContain('신청 4건 가운데 0건')
  const old = await counsel.get(`${path}?view=incomplete`)
  expect(numbers.filter((one) => old.text.includes(one))).toEqual(numbers)
  await loadTestMatters(migrator, [testMatter(), signedMatter()])
  expect((await counsel.get(path)).text).toContain('신청 4건 가운데 3건')
})
