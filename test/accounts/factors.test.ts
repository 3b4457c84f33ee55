import { Secret } from 'otpauth'
import { staffSecrets } from '../../server/vault/staff-secrets'
import { loadDemo } from '../../server/accounts/load-demo'
import {
  createTestApp,
  csrfFrom,
  postForm,
  testKeys,
  type Agent,
  type TestApp,
} from '../support/app'
import {
  codeOf,
  freshCode,
  giveCode,
  makeAccount,
  signIn,
  type TestAccount,
} from '../support/account'
import { createTestDatabase, type TestDatabase } from '../support/database'

const keys = testKeys()
const korean = { 'Accept-Language': 'ko', Accept: 'text/html' }
let database: TestDatabase
let staff: TestApp
let now = new Date()
const clock = { now: () => now }

beforeAll(async () => {
  database = await createTestDatabase()
  staff = createTestApp({ surface: 'staff', database, keys, clock })
})
afterAll(() => database.drop())
const calm = async () => {
  await database.db.superuser('growing_waits').delete()
  await database.db.superuser('rate_limits').delete()
}
beforeEach(calm)

const person = (name: string) => makeAccount(database, { role: 'moderator', name })
const entries = async (kind: string, { id }: TestAccount) =>
  (
    await database.db
      .superuser('ledger_entries as e')
      .join('ledger_private as p', 'p.entry_id', 'e.id')
      .where({ kind })
      .whereLike('p.private', `%${id}%`)
  ).map((row) => JSON.parse(row.private) as Record<string, unknown>)

/** A browser whose password was right. */
async function halfway(account: TestAccount, agent = staff.agent()): Promise<Agent> {
  const { email, password } = account
  const answer = await postForm(agent, '/sign-in', { email, password })
  expect(answer.status).toBe(303)
  return agent
}

test('a code sent fifty times at the same moment lets exactly one in', async () => {
  const account = await person('오십')
  const code = await freshCode(staff, account.email)
  // The brakes are another wall, and would hide this one.
  const open = createTestApp({
    surface: 'staff',
    database,
    keys,
    clock,
    config: (config) => {
      const rate = { points: 1000, seconds: 60 }
      const { limits } = config
      return {
        ...config,
        limits: {
          ...limits,
          waitFreeGuesses: 1000,
          rate: { ...limits.rate, factor: rate, signIn: rate, signInAddress: rate },
        },
      }
    },
  })
  const browsers = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const agent = await halfway(account, open.agent())
      return { agent, token: csrfFrom((await agent.get('/sign-in/code')).text) }
    }),
  )
  const answers = await Promise.all(
    browsers.map(({ agent, token }) =>
      agent.post('/sign-in/code').type('form').send({ code, _csrf: token }),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 303)).toHaveLength(1)
  expect(statuses.filter((status) => status === 422)).toHaveLength(49)
  expect(await entries('person.signed_in', account)).toHaveLength(1)
  // Nor later, while the code is still the one that the app shows, nor the one before it.
  await calm()
  const late = await halfway(account)
  for (const old of [code, codeOf(await secretOf(account), new Date(now.getTime() - 30_000))]) {
    expect((await postForm(late, '/sign-in/code', { code: old })).status).toBe(422)
  }
  now = new Date(now.getTime() + 30_000)
  const next = codeOf(await secretOf(account), now)
  expect((await postForm(late, '/sign-in/code', { code: next })).status).toBe(303)
})

test('guessing codes is braked, and a wrong one says nothing of the account', async () => {
  const account = await person('추측')
  await freshCode(staff, account.email)
  const agent = await halfway(account)
  const guess = () => postForm(agent, '/sign-in/code', { code: '000000' })
  for (let count = 0; count < staff.deps.config.limits.waitFreeGuesses; count++) {
    expect((await guess()).status).toBe(422)
  }
  expect((await guess()).status).toBe(429)
  expect((await agent.get('/queue').set(korean)).status).toBe(303)
  // Half an hour later whoever was halfway begins anew.
  now = new Date(now.getTime() + 11 * 60_000)
  expect((await agent.get('/sign-in/code').set(korean)).headers['location']).toBe('/sign-in')
})

test('a recovery code lets in once, is mailed about, and is no secret in the table', async () => {
  const account = await person('복구')
  const agent = await enrol(account)
  const kept = await database.db.superuser('recovery_codes').where({ person_id: account.id })
  expect(kept).toHaveLength(10)
  expect(JSON.stringify(kept)).not.toContain(agent.codes[0])
  const typed = agent.codes[0]!.toLowerCase().replaceAll('-', ' ')
  const two = await Promise.all([halfway(account), halfway(account)])
  const answers = await Promise.all(
    two.map((one) => postForm(one, '/sign-in/code', { code: typed })),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 422])
  expect(await entries('person.recovery_used', account)).toMatchObject([{ left: 9 }])
  const mails = database.db.superuser('mails').where({ person_id: account.id })
  expect(await mails.clone().where({ template: 'recovery-used' })).toHaveLength(1)
})

test('without a factor the password leads to setting one up, for a time, and nowhere else', async () => {
  const account = await person('새사람')
  const people = database.db.superuser('people').where({ id: account.id })
  const fields = { email: account.email, password: account.password }
  const late = await postForm(staff.agent(), '/sign-in', fields)
  expect(late.status).toBe(422)
  const hours = staff.deps.config.limits.enrolHours
  await people.clone().update({ enrol_until: new Date(now.getTime() + hours * 3600_000) })
  const agent = staff.agent()
  const answer = await postForm(agent, '/sign-in', fields)
  expect(answer.headers['location']).toBe('/sign-in/set-up')
  for (const path of ['/', '/queue', '/claims/1', '/mails']) {
    expect((await agent.get(path).set(korean)).headers['location']).toMatch(/^\/sign-in\?/)
  }
  expect((await postForm(agent, '/sign-in/set-up', { code: '000000' })).status).toBe(422)
  // Two browsers at once: the account has one app, and one of them is in.
  const secrets = await Promise.all(
    [agent, await halfway(account)].map(async (one) => {
      const page = await one.get('/sign-in/set-up').set(korean)
      return { one, page, secret: /<output[^>]*>([A-Z2-7 ]+)</.exec(page.text)![1]! }
    }),
  )
  const both = await Promise.all(
    secrets.map(({ one, page, secret }) =>
      one
        .post('/sign-in/set-up')
        .type('form')
        .send({ code: codeOf(secret, now), _csrf: csrfFrom(page.text) }),
    ),
  )
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 422])
  expect(await entries('person.factor_added', account)).toHaveLength(1)
  expect(await people.first('enrol_until')).toEqual({ enrol_until: null })
})

test('the secret of an app is noise in the database, and of one person alone', async () => {
  const [one, other] = [await person('하나'), await person('둘')]
  await freshCode(staff, one.email)
  const row = await database.db.superuser('totp_factors').where({ person_id: one.id }).first()
  const secrets = staffSecrets(keys.STAFF_KEY)
  expect(row.secret.includes(secrets.openTotp(one.id, row.secret))).toBe(false)
  expect(() => secrets.openTotp(other.id, row.secret)).toThrow(/authenticate/)
  expect(() => staffSecrets(testKeys().STAFF_KEY).openTotp(one.id, row.secret)).toThrow(
    /authenticate/,
  )
  // Nor does it stand in a session while it is being set up.
  await database.db
    .superuser('people')
    .where({ id: other.id })
    .update({ enrol_until: new Date(now.getTime() + 3600_000) })
  const page = await (await halfway(other)).get('/sign-in/set-up')
  const secret = /<output[^>]*>([A-Z2-7 ]+)</.exec(page.text)![1]!.replaceAll(' ', '')
  const sessions = JSON.stringify(await database.db.superuser('sessions_staff'))
  expect(sessions).toContain('totpBox')
  expect(sessions).not.toContain(secret)
})

test('the demonstration shows its codes and nobody else’s; nothing else has the page', async () => {
  await loadDemo({ db: database.db.staff, staffKey: keys.STAFF_KEY }, now)
  const own = await person('진짜')
  await freshCode(staff, own.email)
  const page = await staff.agent().get('/dev/codes').set(korean)
  expect(page.status).toBe(200)
  expect(page.text).toContain('admin@joinder.example')
  expect(page.text).not.toContain(own.email)
  const shown = /moderator@joinder\.example[\s\S]*?<code[^>]*>(\d{6})</.exec(page.text)![1]!
  const agent = staff.agent()
  const fields = { email: 'moderator@joinder.example', password: 'many-small-boats' }
  await postForm(agent, '/sign-in', fields)
  expect((await postForm(agent, '/sign-in/code', { code: shown })).status).toBe(303)
  // Used: the next one is shown, and works at once.
  const again = await staff.agent().get('/dev/codes').set(korean)
  const next = /moderator@joinder\.example[\s\S]*?<code[^>]*>(\d{6})</.exec(again.text)![1]!
  expect(next).not.toBe(shown)
  const second = staff.agent()
  await postForm(second, '/sign-in', fields)
  expect((await postForm(second, '/sign-in/code', { code: next })).status).toBe(303)

  for (const env of [{ OPERATOR_NAME: 'Hanbit Claims' }, production]) {
    const real = createTestApp({ surface: 'staff', database, keys, env })
    expect((await real.agent().get('/dev/codes').set(korean)).status).toBe(404)
  }
})

const production: Record<string, string> = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://joinder.example',
  STAFF_URL: 'https://staff.joinder.example',
  MAIL_FROM: 'Joinder <no-reply@joinder.example>',
  LEDGER_ORIGIN: 'joinder.example/ledger',
}

test('a sign-in in a browser that the account had not seen is recorded and mailed about, once', async () => {
  const account = await person('기기')
  const mails = () =>
    database.db.superuser('mails').where({ person_id: account.id, template: 'new-device' })
  const agent = await signIn(staff, account)
  // The first of all is the person’s own beginning.
  expect(await mails()).toHaveLength(0)
  await agent
    .post('/sign-out')
    .type('form')
    .send({ _csrf: csrfFrom((await agent.get('/queue')).text) })
  await halfway(account, agent)
  expect((await giveCode(staff, agent, account.email)).status).toBe(303)
  expect(await mails()).toHaveLength(0)
  await signIn(staff, account)
  expect(await mails()).toHaveLength(1)
  expect(await entries('person.device_added', account)).toHaveLength(2)
})

/** Sets up an app through the pages; gives the recovery codes shown. */
async function enrol(account: TestAccount): Promise<{ agent: Agent; codes: string[] }> {
  await database.db
    .superuser('people')
    .where({ id: account.id })
    .update({ enrol_until: new Date(now.getTime() + 3600_000) })
  const agent = await halfway(account)
  const page = await agent.get('/sign-in/set-up').set(korean)
  const secret = /<output[^>]*>([A-Z2-7 ]+)</.exec(page.text)![1]!
  const answer = await postForm(agent, '/sign-in/set-up', { code: codeOf(secret, now) })
  expect(answer.status).toBe(200)
  const codes = /<pre[^>]*>([^<]+)</.exec(answer.text)![1]!.trim().split('\n')
  const file = await agent
    .post('/account/recovery-codes/text')
    .type('form')
    .send({ codes: codes.join(' '), _csrf: csrfFrom(answer.text) })
  expect(file.headers['content-disposition']).toContain('attachment')
  expect(file.text).toContain(codes[9])
  expect((await agent.get('/queue').set(korean)).status).toBe(200)
  return { agent, codes }
}

async function secretOf({ id }: TestAccount): Promise<string> {
  const row = await database.db.superuser('totp_factors').where({ person_id: id }).first('secret')
  const secret = staffSecrets(keys.STAFF_KEY).openTotp(id, row.secret)
  return new Secret({ buffer: new Uint8Array(secret).buffer }).base32
}
