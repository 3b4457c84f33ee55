import { findMatter } from '../../server/matters/list-matters'
import { systemClock } from '../../server/kernel/clock'
import { newDraftSecret } from '../../server/vault/drafts'
import { createSealer } from '../../server/vault/sealer'
import { limits } from '../../server/limits'
import { submitClaim } from '../../server/intake/submit-claim'
import type { DraftContent } from '../../server/intake/draft-content'
import { createTestApp, csrfFrom, testKeys } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { filePath, fillSteps, numberOn, post } from '../support/filing'
import { loadTestMatters } from '../support/test-matters'

let database: TestDatabase
const keys = testKeys()

beforeEach(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
})
afterEach(async () => {
  await database.drop()
})

function visitor() {
  return createTestApp({ surface: 'public', database, keys }).agent()
}

async function expectOneClaim(): Promise<void> {
  for (const table of ['claims', 'sealed_records', 'wrapped_keys', 'ledger_entries', 'outbox']) {
    expect([table, await database.db.superuser(table).select()]).toEqual([
      table,
      [expect.anything()],
    ])
  }
}

test('the back button and another submit give the same number', async () => {
  const agent = visitor()
  await fillSteps(agent)
  const review = await agent.get(`${filePath}/review`)
  const submit = () =>
    agent
      .post(`${filePath}/submit`)
      .type('form')
      .send({ _csrf: csrfFrom(review.text) })
  const first = await submit()
  const number = numberOn((await agent.get(first.headers['location'] as string)).text)
  const second = await submit()
  expect(second.status).toBe(303)
  expect(numberOn((await agent.get(second.headers['location'] as string)).text)).toBe(number)
  // Every page of the form leads to the claim, not to an error.
  for (const page of ['review', 'consents', 'eligibility']) {
    const shown = await agent.get(`${filePath}/${page}`)
    expect([shown.status, shown.headers['location']]).toEqual([303, '/matters/test-breach/filed'])
  }
  expect((await agent.get(filePath)).text).toContain(number)
  await expectOneClaim()
})

test('ten submits at once are one claim with one number', async () => {
  const agent = visitor()
  await fillSteps(agent)
  const review = await agent.get(`${filePath}/review`)
  const answers = await Promise.all(
    Array.from({ length: 10 }, () =>
      agent
        .post(`${filePath}/submit`)
        .type('form')
        .send({ _csrf: csrfFrom(review.text) }),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(303))
  const numbers = await Promise.all(
    answers.map(async ({ headers }) =>
      numberOn((await agent.get(headers['location'] as string)).text),
    ),
  )
  expect(new Set(numbers).size).toBe(1)
  await expectOneClaim()
})

test('another person at the same device files a claim of their own', async () => {
  const agent = visitor()
  await fillSteps(agent)
  await post(agent, `${filePath}/submit`, {}, `${filePath}/review`)
  await post(agent, `${filePath}/another`, {}, '/matters/test-breach/filed')
  await fillSteps(agent)
  await post(agent, `${filePath}/submit`, {}, `${filePath}/review`)
  expect(await database.db.superuser('claims').select()).toHaveLength(2)
})

describe('called directly', () => {
  const signature = { text: '김민준', statementVersion: 1, at: '2026-02-01T00:00:00.000Z' }
  const draft: DraftContent = {
    answers: {
      member: 'yes',
      full_name: '김민준',
      email: 'kim@example.com',
      phone: '+821012345678',
      born: '1985-03-04',
      home: { country: 'US', line1: '1 Main St', city: 'Reno', state: 'NV', postcode: '89501' },
      harm: ['nothing'],
    },
    done: ['eligibility', 'about_you', 'what_happened'],
    consents: ['collection', 'provision'].map((id) => ({
      id,
      version: 1,
      given: true,
      at: signature.at,
    })),
    signature,
    formVersion: 1,
  }
  const submit = async (
    content: DraftContent,
    newNumber?: () => string,
    secret = newDraftSecret(),
  ) => {
    const matter = (await findMatter(database.db.public, 'test-breach'))!
    // Whoever receives the data is part of the consent to give it.
    const consents = content.consents.map((one) =>
      one.id === 'provision' ? { ...one, firm: matter.firm.id } : one,
    )
    return submitClaim(
      {
        db: database.db.public,
        clock: systemClock,
        sealer: createSealer({ intakePublicKey: keys.INTAKE_PUBLIC_KEY }),
        config: { limits },
        ...(newNumber && { newNumber }),
      },
      matter,
      { secret, content: { ...content, consents } },
      'en',
    )
  }

  test('a number that is taken is drawn again', async () => {
    const drawn = ['AAAA', 'AAAA', 'BBBB']
    const draw = () => drawn.shift()!
    expect(await submit(draft, draw)).toEqual({ ok: true, number: 'AAAA' })
    expect(await submit(draft, draw)).toEqual({ ok: true, number: 'BBBB' })
    const told = await database.db.superuser('ledger_private').pluck('private')
    expect(new Set(told.map((text) => JSON.parse(text).number))).toEqual(new Set(['AAAA', 'BBBB']))
  })

  test('requests that race for the same draft all learn its number', async () => {
    const secret = newDraftSecret()
    const results = await Promise.all(
      Array.from({ length: 10 }, () => submit(draft, undefined, secret)),
    )
    expect(new Set(results.map((result) => (result.ok ? result.number : ''))).size).toBe(1)
    await expectOneClaim()
  })

  test('what is incomplete, ruled out or unsigned is not filed', async () => {
    const { signature: _, ...unsigned } = draft
    const wrong: DraftContent[] = [
      { ...draft, answers: { ...draft.answers, member: 'no' } },
      { ...draft, answers: { ...draft.answers, born: '2020-01-01' } },
      { ...draft, answers: { ...draft.answers, full_name: '이서연' } },
      { ...draft, consents: draft.consents.slice(1) },
      unsigned,
    ]
    for (const content of wrong) expect(await submit(content)).toMatchObject({ ok: false })
    expect(await database.db.superuser('claims').select()).toHaveLength(0)
  })
})
