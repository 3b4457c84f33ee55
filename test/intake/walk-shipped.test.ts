import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchFile } from '../../server/batches/batch-files'
import { buildBatch } from '../../server/batches/build-batch'
import { requestBatch } from '../../server/batches/request-batch'
import { asActor } from '../../server/db/connections'
import { newId } from '../../server/kernel/ids'
import { limits } from '../../server/limits'
import type { Matter } from '../../server/matters/matter-file'
import type { Lang, Question } from '../../server/matters/form-schema'
import { isFilingOpen } from '../../server/matters/filing-open'
import { findMatter, listMatters } from '../../server/matters/list-matters'
import { loadMatters } from '../../server/matters/load-matters'
import { readMatterFiles } from '../../server/matters/read-matter-files'
import { decideClaim } from '../../server/moderation/decide-claim'
import { openClaim } from '../../server/moderation/open-claim'
import { startReview } from '../../server/moderation/start-review'
import { createSealer } from '../../server/vault/sealer'
import { createVault } from '../../server/vault/vault'
import { translator } from '../../server/web/languages'
import type { Person } from '../../server/web/person'
import { consentField } from '../../server/intake/parse-consents'
import { stepName } from '../../server/intake/filing-steps'
import { hashPassword } from '../../server/accounts/passwords'
import { signIn } from '../support/account'
import { parseCsv, unzip } from '../support/archive'
import { createTestApp, csrfFrom, postForm, testKeys, type Agent } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { numberOn } from '../support/filing'
import { makePerson } from '../support/firm'
import { workOff } from '../support/verification'
import { workerDeps, type TestWorkerDeps } from '../support/worker'

jest.setTimeout(60_000)

const keys = testKeys()
const clock = { now: () => new Date() }
let database: TestDatabase
let home: string
let worker: TestWorkerDeps
let moderator: Person
beforeAll(async () => {
  database = await createTestDatabase()
  home = await mkdtemp(join(tmpdir(), 'joinder-walk-'))
  const mailbox = { url: 'smtp://127.0.0.1:9' }
  worker = workerDeps({ database, keys, mailbox, env: { JOINDER_HOME: home } })
  moderator = await makePerson(database, { role: 'moderator', name: 'Mod' })
})
afterAll(async () => {
  await worker.close()
  await database.drop()
  await rm(home, { recursive: true })
})

/** Forty trades as they come out of a spreadsheet, head and all: 20 × 100 bought at 20.25, 20 × 50 sold at 25. */
const fortyTrades = [
  'Trade date\tSide\tQty\tPrice',
  ...Array.from({ length: 40 }, (_, i) => {
    const day = `${5 + Math.floor(i / 20)}/${(i % 20) + 1}/2025`
    return i % 2 === 0 ? `${day}\tBuy\t100\t$20.25` : `${day}\tSell\t50\t$25.00`
  }),
].join('\r\n')

/** What a person would type, by the name of the field. */
function typed(question: Question, lang: Lang): Record<string, string | string[]> {
  const { id } = question
  const one = (text: string) => ({ [id]: text })
  switch (question.type) {
    case 'name':
      if (question.script === 'latin') return one('Kim Minjun')
      return one(lang === 'ko' ? '김민준' : 'Jordan Miller')
    case 'email':
      return one('minjun.kim@example.com')
    case 'phone':
      return one(question.country === 'KR' ? '010 1234 5678' : '(212) 555-0123')
    case 'date': {
      if (question.role === 'birth_date') return one(lang === 'ko' ? '19850304' : '3/4/1985')
      const [y, m] = (question.min ?? '2025-11-29').split('-').map(Number)
      return one(lang === 'ko' ? `${y}년 ${m}월 28일` : `${m}/28/${y}`)
    }
    case 'yes_no':
      return one(question.eligibleIf?.[0] ?? 'yes')
    case 'choice': {
      const ids = question.options.map((option) => option.id)
      // What brings up most questions; of the losses in Korean only, because documents are needed then.
      const wanted = ['bank', ...(lang === 'ko' ? ['both'] : []), 'part']
      return one(question.eligibleIf?.[0] ?? wanted.find((id) => ids.includes(id)) ?? ids[0]!)
    }
    case 'routing_number':
      return one('0210 0002-1')
    case 'account_number':
      return { [id]: '0001-2345-6789', [`${id}_again`]: '000123456789' }
    case 'choices':
      // Not the one that stands alone: the others bring up more questions.
      return { [id]: question.options.map((o) => o.id).filter((o) => o !== question.none) }
    case 'amount':
      return one(question.currency === 'KRW' ? '35만 원' : '$350.00')
    case 'address':
      return question.countries[0] === 'KR'
        ? { [`${id}_country`]: 'KR', [`${id}_postcode`]: '05510', [`${id}_line1`]: '송파대로 570' }
        : {
            [`${id}_country`]: 'US',
            [`${id}_us_line1`]: '12 Maple St',
            [`${id}_us_city`]: 'Queens',
            [`${id}_us_state`]: 'NY',
            [`${id}_us_postcode`]: '11101',
          }
    case 'trades':
      return { [id]: fortyTrades, [`${id}_before`]: '10' }
    case 'text':
    case 'long_text':
      return one(lang === 'ko' ? '전화를 받았습니다.' : 'They called me.')
  }
}

/** Follows a person who reads and answers one page after the other; gives every page seen, by name. */
function walker(agent: Agent, lang: Lang) {
  const see = async (path: string) => {
    const page = await agent.get(path).set('Accept', 'text/html').set('Accept-Language', lang)
    expect([path, page.status, page.headers['content-language']]).toEqual([path, 200, lang])
    return page.text
  }
  const send = async (from: string, path: string, fields: Record<string, unknown>) => {
    const page = await see(from)
    // Nothing is sent that the page does not ask.
    for (const name of Object.keys(fields)) expect(page).toContain(`name="${name}"`)
    const answer = await agent
      .post(path)
      .type('form')
      .set('Accept-Language', lang)
      .send({ ...fields, _csrf: csrfFrom(page) })
    const wrong = [...answer.text.matchAll(/govuk-error-message[^>]*>(.*?)<\/p>/g)].map(
      ([, w]) => w,
    )
    expect([path, answer.status, wrong]).toEqual([path, 303, []])
    return answer.headers['location'] as string
  }
  return { see, send }
}

/** Says where it is signed, if the page asks that, and signs what it shows: every document of the matter. */
async function sign(
  path: string,
  matter: Matter,
  { lang, name, see, send }: ReturnType<typeof walker> & { lang: Lang; name: string },
): Promise<string> {
  if ((await see(path)).includes('name="place"')) await send(path, path, { place: 'inside' })
  const page = await see(path)
  const titles = matter.content.documents.map(({ title }) => title[lang])
  expect(titles.filter((title) => !page.includes(title))).toEqual([])
  // Whoever engages a firm is told first that two must not act for one person in one suit.
  const engages = matter.content.documents.some(({ kind }) => kind === 'power_of_attorney')
  expect(page.includes(translator(lang)('authority:sign.otherTitle'))).toBe(engages)
  const shown = /name="shown" value="([0-9a-f]{64})"/.exec(page)![1]
  return send(path, path, { shown, read_to_end: 'yes', signature: name })
}

async function walk(matter: Matter, lang: Lang, on = database) {
  const agent = createTestApp({ surface: 'public', database: on, keys, clock }).agent()
  const { see, send } = walker(agent, lang)
  const base = `/matters/${matter.slug}/file`
  // A request to be excluded is reached from its case, which alone stands on the first page.
  const { of } = matter.content
  expect(await see(of ? `/matters/${of}` : '/')).toContain(`href="/matters/${matter.slug}"`)
  expect((await see('/')).includes(`href="/matters/${matter.slug}"`)).toBe(!of)
  const about = await see(`/matters/${matter.slug}`)
  expect(about).toContain(`href="${base}"`)
  // A request that gives something up has a page of its own before the first question.
  const start = await agent.get(base)
  const first = start.headers['location'] ?? /href="([^"]+eligibility)"/.exec(start.text)?.[1]
  expect([start.status, first]).toEqual([of ? 200 : 303, `${base}/eligibility`])

  let next = `${base}/eligibility`
  for (const step of matter.form.steps) {
    expect(next).toBe(`${base}/${stepName(step.id)}`)
    const page = await see(next)
    const asked = step.questions.filter(({ id }) => page.includes(`name="${id}`))
    next = await send(next, next, Object.assign({}, ...asked.map((one) => typed(one, lang))))
  }
  expect(next).toBe(`${base}/consents`)
  const boxes = matter.content.consents.map(({ id }) => [consentField(id), 'yes'])
  const name = lang === 'ko' ? '김민준' : 'Jordan Miller'
  // One signature: below the papers where there are some, else below the consents.
  const signature = matter.content.documents.length === 0 ? { signature: name } : {}
  next = await send(next, next, { ...Object.fromEntries(boxes), ...signature })

  if (next.endsWith('/sign')) next = await sign(next, matter, { lang, name, see, send })
  expect(next).toBe(`${base}/review`)
  const review = await see(next)
  const filed = await send(next, `${base}/submit`, {})
  const number = numberOn(await see(filed))
  const { token } = await workOff(on, keys, clock)
  const link = `/claims/confirm/${token}`
  await send(link, link, {})
  await workOff(on, keys, clock)
  const claim = await on.db.superuser('claims').where({ number }).first()
  expect([matter.slug, claim.state]).toEqual([matter.slug, 'verified'])
  const packs = await on.db.superuser('authority_packs').where({ claim_id: claim.id })
  return {
    claim,
    review,
    confirmedPacks: packs.filter((pack) => pack.confirmed_at !== null).length,
  }
}

/** A row of a delivery: what each column holds, by its id. */
type Delivered = Record<string, string>

/** A moderator reads and accepts a claim, and counsel ask for a delivery: its rows as the firm reads them. */
async function deliver(matter: Matter, claimId: string): Promise<Delivered[]> {
  const staff = database.db.staff
  const revision = async () =>
    (await database.db.superuser('claims').where({ id: claimId }).first()).revision as number
  await startReview({ db: staff, clock }, moderator, claimId, await revision())
  const claim = await database.db.superuser('claims').where({ id: claimId }).first()
  const vault = createVault({ db: staff, clock, limits }, { vaultKey: keys.VAULT_KEY })
  await openClaim(
    { db: staff, vault, most: { messages: 10, notes: 10 } },
    moderator,
    claim,
    'review',
  )
  const accepted = { decision: 'accept', reason: null, revision: await revision() } as const
  expect(await decideClaim({ db: staff, clock }, moderator, claimId, accepted)).toBe('decided')

  const counsel = await makePerson(database, {
    role: 'counsel',
    name: 'Counsel',
    firmId: matter.firm.id,
  })
  const batchId = newId()
  const sealer = createSealer({ intakePublicKey: keys.INTAKE_PUBLIC_KEY })
  const asked = { batchId, matterId: matter.id }
  const requested = await requestBatch(
    { db: staff, clock, sealer, config: worker.deps.config },
    counsel,
    asked,
  )
  if (requested.outcome !== 'requested') throw new Error(requested.outcome)
  await buildBatch(worker.deps, batchId, 'test')
  const batch = await database.db.superuser('batches').where({ id: batchId }).first()
  expect([matter.slug, batch.state, batch.failure]).toEqual([matter.slug, 'complete', null])
  const file = await readFile(batchFile(home, batchId, batch.file_sha256))
  const [, ...rows] = parseCsv((await unzip(file, requested.passphrase))['claims.csv']!)
  const { columns } = batch.manifest.file as { columns: { id: string }[] }
  return rows.map((row) => Object.fromEntries(columns.map(({ id }, at) => [id, row[at]!])))
}

const shipped = [
  ['coupang-2025-kr', 'joinder'],
  ['coupang-2025-kr-mediation', 'mediation'],
  ['coupang-2025-us', 'class'],
  ['coupang-2025-us-securities', 'class'],
  ['kt-2025-kr', 'joinder'],
  ['lotte-card-2025-kr', 'joinder'],
  ['sk-telecom-2025-kr', 'joinder'],
  ['upbit-2025-kr', 'joinder'],
]

async function openMatters(): Promise<Matter[]> {
  const all = await listMatters(database.db.public)
  return all.filter((one) => isFilingOpen(one, clock.now()))
}

test('every shipped matter is walked here', async () => {
  const cases = (await openMatters()).filter(({ content }) => content.kind === 'claim')
  const slugs = cases.map(({ slug, regime }) => [slug, regime])
  expect(slugs).toEqual(expect.arrayContaining(shipped))
  expect(slugs).toHaveLength(shipped.length)
})

test.each(shipped)(
  '%s (%s) goes from its first page to a verified claim in both languages, and to the firm',
  async (slug, regime) => {
    const matter = (await openMatters()).find((one) => one.slug === slug)!
    for (const lang of ['ko', 'en'] as const) {
      const { claim, confirmedPacks, review } = await walk(matter, lang)
      // What is signed differs by law: papers for counsel, a light application, a sworn statement.
      expect(confirmedPacks).toBe(regime === 'mediation' ? 0 : 1)
      const needs = await database.db.superuser('needs').where({ claim_id: claim.id })
      // Only who lost money is asked to show it.
      const proves = slug === 'coupang-2025-us' && lang === 'ko'
      expect([claim.incomplete, needs.some(({ ref }) => ref === 'loss')]).toEqual([proves, proves])
      expect(review.includes('•••• 6789')).toBe(regime === 'class')
      expect(review).not.toContain('000123456789')
      if (lang === 'ko') continue
      const [row, ...others] = await deliver(matter, claim.id)
      expect(others).toEqual([])
      expect(row).toMatchObject({
        claim_number: claim.number,
        kind: 'claim',
        name: 'Jordan Miller',
        email: 'minjun.kim@example.com',
        'consent.provision': expect.stringMatching(/^(예|Yes) \(v\d+\)$/),
        ...(regime === 'class' && {
          'answer.payment': 'Transfer to a US bank account (ACH)',
          'answer.account_kind': 'Checking',
          'answer.routing': '0210 0002 1',
          'answer.account': '0001 2345 6789',
          'answer.payment_email': '',
        }),
        ...(slug === 'coupang-2025-us' && {
          'answer.tier': 'Only that my data was exposed',
          'answer.loss': '',
        }),
        ...(slug === 'coupang-2025-us-securities' && {
          'answer.trades.count': '40',
          'answer.trades.held_before': '10',
          'answer.trades.bought': '2000',
          'answer.trades.bought_usd': '40500.00',
          'answer.trades.sold': '1000',
          'answer.trades.sold_usd': '25000.00',
          'answer.trades.held': '1010',
        }),
      })
      expect(row!['authority_sha256'] ?? '').toMatch(
        regime === 'mediation' ? /^$/ : /^[0-9a-f]{64}$/,
      )
    }
    const kinds = matter.content.documents.map(({ kind }) => kind)
    expect(kinds).toEqual(
      {
        joinder: ['power_of_attorney', 'fee_agreement'],
        mediation: [],
        class: ['sworn_statement'],
      }[regime],
    )
  },
)

test.each([
  ['coupang-2025-us-opt-out', 'ko'],
  ['coupang-2025-us-objection', 'en'],
  ['coupang-2025-us-securities-opt-out', 'en'],
  ['coupang-2025-us-securities-objection', 'ko'],
] as const)(
  '%s waits for a court, is signed, and goes to the firm apart (%s)',
  async (slug, lang) => {
    const find = async () => (await findMatter(database.db.public, slug))!
    const { kind } = (await find()).content
    const files = readMatterFiles()
    const deadline = {
      id: 'by_court',
      label: { ko: '법원이 정한 기한', en: 'Set by the court' },
      at: '2099-01-01T00:00',
      timeZone: 'America/New_York' as const,
      source: { ko: '법원의 명령', en: 'An order of the court' },
      closesFiling: true,
    }
    const agent = createTestApp({ surface: 'public', database, keys, clock }).agent()
    const start = await agent.get(`/matters/${slug}/file?lang=en`)
    expect(start.text).toContain(
      kind === 'objection' ? 'No settlement is known now.' : 'by itself it does not exclude you',
    )
    if (kind === 'objection') {
      const matters = files.matters.map((one) =>
        one.slug === slug ? { ...one, deadlines: [deadline] } : one,
      )
      await loadMatters(database.db.migrator, { ...files, matters })
    }

    const matter = await find()
    const { claim, confirmedPacks } = await walk(matter, lang)
    expect(confirmedPacks).toBe(1)
    const [row, ...others] = await deliver(matter, claim.id)
    expect(others).toEqual([])
    expect(row).toMatchObject({
      claim_number: claim.number,
      kind,
      authority_documents: kind === 'objection' ? 'objection@1' : 'exclusion_request@1',
      ...(kind === 'objection' && {
        'answer.scope': 'A part of the class',
        'answer.appears': 'Yes',
        'answer.reasons': lang === 'ko' ? '전화를 받았습니다.' : 'They called me.',
      }),
    })
    // Its case has claims of the same address: moderators are told of each where the other is opened.
    const found = await asActor(database.db.staff, moderator.id, (tx) =>
      tx.raw('select * from contradicting_claims(?)', [claim.id]),
    )
    const kinds = await database.db
      .superuser('claims')
      .join('matters', 'matters.id', 'claims.matter_id')
      .whereIn(
        'claims.id',
        (found as { rows: { claim_id: string }[] }).rows.map((one) => one.claim_id),
      )
      .pluck('matters.kind')
    const others2 = kind === 'opt_out' ? ['claim'] : ['opt_out']
    expect(kinds).toEqual(expect.arrayContaining(others2))
    expect(kinds).not.toContain(kind)
  },
)

test('forty pasted trades come back as a table with totals, to whoever files and to staff who open the claim, who see that the same person wants to be excluded', async () => {
  const matter = (await openMatters()).find(({ slug }) => slug === 'coupang-2025-us-securities')!
  const other = await createTestDatabase()
  try {
    const { claim, review } = await walk(matter, 'en', other)
    const textOf = (html: string) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
    const read = [
      'Held before the period 10 shares',
      'Bought 2,000 shares · $40,500.00',
      'Sold 1,000 shares · $25,000.00',
      'Held at the end of the period 1,010 shares',
      '40 trades, read like this',
      '1 2025-05-01 Buy 100 $20.25',
      '40 2025-06-20 Sell 50 $25.00',
    ]
    for (const one of read) expect(textOf(review)).toContain(one)

    const staff = createTestApp({ surface: 'staff', database: other, keys })
    const person = await makePerson(other, { role: 'moderator', name: 'Mod' })
    const password = 'three-quiet-lamps'
    await other.db
      .superuser('people')
      .where({ id: person.id })
      .update({ password_hash: await hashPassword(password) })
    const agent = await signIn(staff, { email: `${person.id}@example.com`, password })
    const path = `/claims/${claim.id}`
    const masked = textOf((await agent.get(`${path}?lang=en`).set('Accept', 'text/html')).text)
    expect(masked).toContain('Trades •••••')
    for (const one of read) expect(masked).not.toContain(one)
    const opened = await postForm(agent, `${path}/open`, { purpose: 'review' }, { from: path })
    expect(opened.status).toBe(200)
    for (const one of read) expect(textOf(opened.text)).toContain(one)
    expect(textOf(opened.text)).toContain('Account number •••• 6789')
    expect(opened.text).not.toMatch(/0001.?2345.?6789/)

    // Who also asks to be excluded is marked, on both, and in the queue.
    expect(masked).not.toContain('cannot stand beside')
    const out = await walk(
      (await findMatter(other.db.public, `${matter.slug}-opt-out`))!,
      'en',
      other,
    )
    const claims = [claim, out.claim]
    for (const one of claims) {
      const { text } = await agent.get(`/claims/${one.id}?lang=en`).set('Accept', 'text/html')
      expect(text).toContain('This cannot stand beside another')
      expect(text).toContain(`/claims/${claims.find(({ id }) => id !== one.id).id}`)
    }
    const queue = await agent.get('/queue?lang=en').set('Accept', 'text/html')
    expect(queue.text.match(/Claim and request to be excluded/g)).toHaveLength(2)
  } finally {
    await other.drop()
  }
})
