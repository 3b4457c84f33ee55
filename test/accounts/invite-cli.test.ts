import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { makePerson } from '../support/firm'

/** `npm run people:invite` and `people:reset-factor`, as an operator types them. */
let database: TestDatabase
let home: string
beforeAll(async () => {
  database = await createTestDatabase()
  home = await mkdtemp(join(tmpdir(), 'joinder-invite-'))
})
afterAll(async () => {
  await database.drop()
  await rm(home, { recursive: true, force: true })
})

const hook = join(__dirname, '../support/typescript-hook.cjs')
const folder = join(__dirname, '../../server/accounts')

const invite = (args: string[], env: Record<string, string> = {}) => run('invite-cli', args, env)

function run(program: string, args: string[], env: Record<string, string>) {
  return new Promise<{ code: number; said: string }>((resolve) => {
    const settings = { PATH: process.env['PATH'], JOINDER_HOME: home, ...env }
    execFile(
      process.execPath,
      ['--require', hook, join(folder, `${program}.ts`), ...args],
      { env: settings },
      (error, out, complaint) => {
        resolve({ code: error ? Number(error.code) : 0, said: (out + complaint).trim() })
      },
    )
  })
}

const person = ['--email', 'First@example.com', '--name', '첫 관리자', '--role', 'administrator']

test('the first administrator is invited by the command, once', async () => {
  const env = { DATABASE_URL_STAFF: database.urls.staff }
  const first = await invite(person, env)
  expect(first).toMatchObject({ code: 0, said: expect.stringContaining('first@example.com') })
  expect(
    await database.db.superuser('people').where({ email: 'first@example.com' }).first(),
  ).toMatchObject({
    state: 'invited',
    role: 'administrator',
    language: 'ko',
    password_hash: null,
  })
  expect(await database.db.superuser('mails').where({ template: 'invitation' })).toHaveLength(1)
  expect(await database.db.superuser('outbox').where({ job: 'send-mail' })).toHaveLength(1)
  const again = await invite(person, env)
  expect(again).toEqual({ code: 1, said: 'first@example.com has an account already.' })
  expect(await database.db.superuser('people').where({ email: 'first@example.com' })).toHaveLength(
    1,
  )
})

test('what is wrong is one sentence and an exit code', async () => {
  const env = { DATABASE_URL_STAFF: database.urls.staff }
  const cases: [string[], Record<string, string>, RegExp][] = [
    [[], env, /^Usage: npm run people:invite/],
    [['--phone', '1'], env, /^Usage:/],
    [['--email', 'nobody', '--name', 'A', '--role', 'moderator'], env, /^--email /],
    [['--email', 'a@example.com', '--name', 'A', '--role', 'boss'], env, /^--role /],
    [['--email', 'a@example.com', '--name', 'A', '--role', 'counsel'], env, /^--firm /],
    [
      ['--email', 'a@example.com', '--name', 'A', '--role', 'counsel', '--firm', 'nope'],
      env,
      /^There is no law firm "nope"; there is hanbit-narae/,
    ],
    [person, {}, /^DATABASE_URL_STAFF is not set/],
  ]
  for (const [args, settings, sentence] of cases) {
    const { code, said } = await invite(args, settings)
    expect(code).toBe(1)
    expect(said).toMatch(sentence)
    expect(said.split('\n')).toHaveLength(1)
  }
})

test('the operator resets the second factor of who lost theirs, on the record', async () => {
  const env = { DATABASE_URL_STAFF: database.urls.staff }
  const lost = await makePerson(database, { role: 'moderator', name: '잃음' })
  const { superuser } = database.db
  await superuser('totp_factors').insert({
    person_id: lost.id,
    secret: Buffer.alloc(40),
    created_at: new Date(),
  })
  const email = `${lost.id}@example.com`
  const reset = (...args: string[]) => run('reset-factor-cli', args, env)
  expect(await reset('--email', email.toUpperCase())).toMatchObject({ code: 0 })
  expect(await superuser('totp_factors').where({ person_id: lost.id })).toEqual([])
  const row = await superuser('people').where({ id: lost.id }).first('enrol_until')
  expect(row.enrol_until.getTime()).toBeGreaterThan(Date.now())
  const entries = await superuser('ledger_private').whereLike('private', '%person.factors_reset%')
  expect(entries.map((entry) => JSON.parse(entry.private))).toMatchObject([{ person: lost.id }])
  expect(await superuser('mails').where({ template: 'factors-reset' })).toHaveLength(1)
  expect(await reset('--email', 'none@example.com')).toEqual({
    code: 1,
    said: 'none@example.com has no account.',
  })
  expect((await reset()).said).toMatch(/^Usage: npm run people:reset-factor/)
})
