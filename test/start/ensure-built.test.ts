import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, stat, symlink, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(__dirname, '../..')
let clone: string

/** What a clone has after `npm ci`; the built assets go along, because the fonts take long to cut. */
beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'joinder-clone-'))
  const parts = ['server', 'jobs', 'migrations', 'views', 'public', 'test', 'package.json']
  for (const part of [...parts, 'package-lock.json', 'tsconfig.json']) {
    await cp(join(root, part), join(clone, part), { recursive: true, preserveTimestamps: true })
  }
  await symlink(join(root, 'node_modules'), join(clone, 'node_modules'))
})
afterAll(() => rm(clone, { recursive: true, force: true }))

/** A command as a person types it; what it wrote to standard error. */
function run(command: string, env: Record<string, string> = {}): Promise<string> {
  const bare = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env }
  return new Promise((resolve) => {
    execFile('npm', ['run', '--silent', command], { cwd: clone, env: bare }, (_error, _out, said) =>
      resolve(said),
    )
  })
}

const builtMs = async () => (await stat(join(clone, 'dist/built'))).mtimeMs

test('a command builds what it runs where nothing is built, and only then', async () => {
  expect(await run('roles')).toMatch(/^DATABASE_URL is not set; .*\.\n$/m)
  const first = await builtMs()

  for (const command of ['migrate', 'worker', 'people:invite', 'ledger:verify']) {
    expect(await run(command)).not.toMatch(/Cannot find module|assets:/)
  }
  expect(await builtMs()).toBe(first)

  const now = new Date()
  await utimes(join(clone, 'server/limits.ts'), now, now)
  await run('roles', { NODE_ENV: 'production' })
  expect(await builtMs()).toBe(first)
  await run('roles')
  expect(await builtMs()).toBeGreaterThan(first)
}, 90_000)
