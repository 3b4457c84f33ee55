import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '../support/database'

/** `npm run people:invite`, as an operator types it. */
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
const program = join(__dirname, '../../server/accounts/invite-cli.ts')

function invite(args: string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number; said: string }>((resolve) => {
    const settings = { PATH: process.env['PATH'], JOINDER_HOME: home, ...env }
    execFile(
      process.execPath,
      ['--require', hook, program, ...args],
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
