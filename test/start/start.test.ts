import { once } from 'node:events'
import { readFile, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { keysOf } from '../../server/config'
import { connect } from '../../server/db/connections'
import { openKeyFolder } from '../../server/vault/key-folder'
import { watchedKeys } from '../../server/vault/key-fingerprints'
import { ensureBuilt } from '../support/built'
import { freePort } from '../support/ports'
import { until } from '../support/until'
import { newHome, startJoinder, type Started } from '../support/started'

let home: string
beforeAll(async () => {
  await ensureBuilt()
  home = newHome()
}, 90_000)
afterAll(() => rm(home, { recursive: true, force: true }))

const answers = async (url: string) =>
  fetch(`${url}/readyz`).then(
    ({ status }) => status,
    () => 0,
  )

async function expectAnswers({ publicUrl, staffUrl }: Started): Promise<void> {
  expect(await answers(publicUrl)).toBe(200)
  expect(await answers(staffUrl)).toBe(200)
}

const processes = ['public', 'staff', 'worker'] as const

/** What each process can read in its own environment: its keys, its login, and no other's. */
async function expectOwnSecretsOnly({ child }: Started): Promise<void> {
  if (process.platform !== 'linux') return
  const pids = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim()
  const found = await Promise.all(
    pids.split(' ').map(async (pid) => {
      const lines = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0')
      const names = lines.map((line) => line.split('=')[0]!)
      return names.filter((name) => /KEY|SECRET|URL_/.test(name)).toSorted()
    }),
  )
  const expected = processes.map((name) =>
    [...keysOf[name], `DATABASE_URL_${name.toUpperCase()}`].toSorted(),
  )
  expect(found).toEqual(expect.arrayContaining(expected))
  expect(found).toHaveLength(3)
}

/** What an administrator is told the age of: every key of the vault, noted by the processes that hold it. */
async function keysNoted(): Promise<string[]> {
  const { passwords } = await openKeyFolder(join(home, 'keys'), true)
  const port = (await readFile(join(home, 'postgres/postmaster.pid'), 'utf8')).split('\n')[3]!
  const db = connect(`postgres://postgres:${passwords.superuser}@127.0.0.1:${port}/joinder`, {
    poolMax: 1,
    applicationName: 'test',
  })
  try {
    return await db('keys_seen').orderBy('name').pluck('name')
  } finally {
    await db.destroy()
  }
}

/** Kills the process that serves a URL; the supervisor starts it again. */
async function expectRestart({ child, staffUrl }: Started): Promise<void> {
  if (process.platform !== 'linux') return
  const pids = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim()
  for (const pid of pids.split(' ')) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8')
    if (environment.includes('SURFACE=staff')) process.kill(Number(pid), 'SIGKILL')
  }
  while ((await answers(staffUrl)) === 200) await new Promise((done) => setTimeout(done, 20))
  while ((await answers(staffUrl)) !== 200) await new Promise((done) => setTimeout(done, 100))
}

const postmaster = async () =>
  Number((await readFile(join(home, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0])

/** The database dies under everything; then it cannot even come back, and Ctrl-C still ends it all. */
async function expectDatabaseAgain(started: Started): Promise<void> {
  const killed = await postmaster()
  process.kill(killed, 'SIGKILL')
  await until('the surfaces notice', async () => (await answers(started.publicUrl)) === 503)
  await until('a new server runs', async () => (await postmaster().catch(() => killed)) !== killed)
  await until('the surfaces go on', async () => (await answers(started.publicUrl)) === 200)
  await expectAnswers(started)
  expect(started.printed()).toMatch(/The database ended unexpectedly and starts again in 0.5 s/)
}

/** What a start that is refused says. */
async function refusal(env: Record<string, string>, folder = home): Promise<string> {
  const error = await startJoinder({ home: folder, env }).then(
    async (started) => {
      await started.stop()
      throw new Error('it started')
    },
    (refused: Error) => refused,
  )
  return error.message.replace('Joinder did not start:\n', '').trim()
}

test('it starts, ends with Ctrl-C, and finds its data again however it was killed', async () => {
  const first = await startJoinder({ home })
  await expectAnswers(first)
  await expectOwnSecretsOnly(first)
  expect(await keysNoted()).toEqual([...watchedKeys].toSorted())
  expect(await first.stop()).toBe(0)
  await expect(postmaster()).rejects.toMatchObject({ code: 'ENOENT' })

  const second = await startJoinder({ home })
  const server = await postmaster()
  second.child.kill('SIGKILL')
  await once(second.child, 'exit')

  // The server of the killed start is taken over; its surfaces noticed and went.
  const third = await startJoinder({ home })
  expect(await postmaster()).toBe(server)
  await expectAnswers(third)
  expect(await answers(second.publicUrl)).toBe(0)
  expect(await refusal({})).toMatch(/^Another Joinder already runs from .*JOINDER_HOME.*\.$/)
  await expectAnswers(third)

  third.child.kill('SIGKILL')
  process.kill(server, 'SIGKILL')
  await once(third.child, 'exit')
  const fourth = await startJoinder({ home })
  await expectAnswers(fourth)
  await expectRestart(fourth)
  expect(fourth.printed()).toMatch(/staff ended unexpectedly \(SIGKILL\) and starts again in 0.5 s/)
  await expectDatabaseAgain(fourth)
  expect(await fourth.stop()).toBe(0)

  const fifth = await startJoinder({ home })
  const last = await postmaster()
  await rename(join(home, 'postgres'), join(home, 'away'))
  process.kill(last, 'SIGKILL')
  const sentence =
    /^The database in .* is gone; restore it, or remove .* to begin anew\. It is tried again in 1 s\.$/m
  await until('it says what is wrong', async () => sentence.test(fifth.printed()))
  expect(await fifth.stop()).toBe(0)
  expect(fifth.printed()).not.toMatch(/^\s+at /m)
  await rename(join(home, 'away'), join(home, 'postgres'))

  const key = join(home, 'keys/VAULT_KEY')
  await rename(key, `${key}.away`)
  expect(await refusal({})).toMatch(
    /VAULT_KEY is gone and the database cannot be opened without it/,
  )
  await rename(`${key}.away`, key)
  await rename(join(home, 'postgres'), join(home, 'away'))
  expect(await refusal({})).toMatch(/^The database in .* is gone; restore it, or remove/)
}, 120_000)

test('a port in use is one sentence, and nothing was started or made', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const port = String((other.address() as { port: number }).port)
  const untouched = join(home, 'never')
  try {
    for (const setting of ['PORT', 'STAFF_PORT']) {
      expect(await refusal({ [setting]: port }, untouched)).toBe(
        `Port ${port} is in use by another program; end that one or set ${setting} to another port.`,
      )
    }
  } finally {
    other.close()
  }
  await expect(readFile(join(untouched, 'keys'))).rejects.toMatchObject({ code: 'ENOENT' })
}, 20_000)

test('a start that cannot work is one sentence', async () => {
  const nowhere = `127.0.0.1:${await freePort()}`
  const brought = {
    DATABASE_URL_PUBLIC: `postgres://joinder_public:x@${nowhere}/joinder`,
    DATABASE_URL_STAFF: `postgres://joinder_staff:x@${nowhere}/joinder`,
    DATABASE_URL_WORKER: `postgres://joinder_worker:x@${nowhere}/joinder`,
  }
  expect(await refusal(brought)).toBe(`Nothing answers at ${nowhere}; is the database running?`)
  expect(await refusal({ DATABASE_URL_STAFF: brought.DATABASE_URL_STAFF })).toBe(
    'DATABASE_URL_PUBLIC is not set, but others are; give all three or none.',
  )
  expect(await refusal({ SURFACE: 'public' })).toBe(
    'public: INTAKE_PUBLIC_KEY is not set; the public process needs it.',
  )
  expect(await refusal({ OPERATOR_NAME: 'Hanbit Claims' })).toMatch(
    /^SMTP_URL is not set; with OPERATOR_NAME mail has to reach real people, .*\.$/,
  )
  const production = {
    NODE_ENV: 'production',
    MAIL_FROM: 'help@joinder.example',
    PUBLIC_URL: 'https://joinder.example',
    STAFF_URL: 'https://staff.joinder.example',
    LEDGER_ORIGIN: 'joinder.example/ledger',
  }
  expect(await refusal(production)).toMatch(/^NODE_ENV=production starts each process by itself/)
}, 20_000)
