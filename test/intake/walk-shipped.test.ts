import type { Matter } from '../../server/matters/matter-file'
import type { Lang, Question } from '../../server/matters/form-schema'
import { isFilingOpen } from '../../server/matters/filing-open'
import { listMatters } from '../../server/matters/list-matters'
import { consentField } from '../../server/intake/parse-consents'
import { stepName } from '../../server/intake/filing-steps'
import { hashPassword } from '../../server/accounts/passwords'
import { signIn } from '../support/account'
import { createTestApp, csrfFrom, postForm, testKeys, type Agent } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { numberOn } from '../support/filing'
import { makePerson } from '../support/firm'
import { workOff } from '../support/verification'

jest.setTimeout(60_000)

const keys = testKeys()
const clock = { now: () => new Date() }
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

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
    case 'choice':
      return one(question.eligibleIf?.[0] ?? question.options[0]!.id)
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
  const shown = /name="shown" value="([0-9a-f]{64})"/.exec(page)![1]
  return send(path, path, { shown, read_to_end: 'yes', signature: name })
}

async function walk(matter: Matter, lang: Lang, on = database) {
  const agent = createTestApp({ surface: 'public', database: on, keys, clock }).agent()
  const { see, send } = walker(agent, lang)
  const base = `/matters/${matter.slug}/file`
  expect(await see('/')).toContain(`href="/matters/${matter.slug}"`)
  const about = await see(`/matters/${matter.slug}`)
  expect(about).toContain(`href="${base}"`)
  expect(await see(base)).toContain(`href="${base}/eligibility"`)

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
  next = await send(next, next, { ...Object.fromEntries(boxes), signature: name })

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
  const all = (await listMatters(database.db.public)).flatMap((group) => group.matters)
  return all.filter((one) => isFilingOpen(one, clock.now()))
}

test('every shipped matter is walked here', async () => {
  const slugs = (await openMatters()).map(({ slug, regime }) => [slug, regime])
  expect(slugs).toEqual(expect.arrayContaining(shipped))
  expect(slugs).toHaveLength(shipped.length)
})

test.each(shipped)(
  '%s (%s) goes from its first page to a verified claim in both languages',
  async (slug, regime) => {
    const matter = (await openMatters()).find((one) => one.slug === slug)!
    for (const lang of ['ko', 'en'] as const) {
      const { confirmedPacks } = await walk(matter, lang)
      // What is signed differs by law: papers for counsel, a light application, a sworn statement.
      expect(confirmedPacks).toBe(regime === 'mediation' ? 0 : 1)
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

test('forty pasted trades come back as a table with totals, to whoever files and to staff who open the claim', async () => {
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
  } finally {
    await other.drop()
  }
})
