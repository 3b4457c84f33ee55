import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = join(__dirname, '../..')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'joinder-lint-'))
  const config = JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8')) as object
  // Where an import leads does not need types, and the files it names are not there.
  await writeFile(join(folder, '.oxlintrc.json'), JSON.stringify({ ...config, options: {} }))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The imports of a file at `path` that our own configuration refuses. */
async function refused(path: string, imports: string[]): Promise<string[]> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  const names = imports.map((_, index) => `a${index}`)
  const lines = imports.map((from, index) => `import { ${names[index]} } from '${from}'`)
  await writeFile(file, `${lines.join('\n')}\nexport const all = [${names.join(', ')}]\n`)
  const output = await new Promise<string>((resolve) => {
    const program = join(root, 'node_modules/.bin/oxlint')
    execFile(program, ['--format', 'unix', path], { cwd: folder }, (_error, out) => resolve(out))
  })
  return [...output.matchAll(/'([^']+)' import is restricted/g)].map(([, from]) => from!)
}

const insideVault = ['cipher', 'sealed-box', 'keys', 'key-folder', 'record-opening', 'blind-index']

test.each([
  ['server/batches/a.ts', '..'],
  ['server/matters/forms/a.ts', '../..'],
  ['server/ledger/receipts/deep/a.ts', '../../..'],
])('from %s other stores, jobs and the inside of the vault are out of reach', async (path, up) => {
  const wrong = [
    ...insideVault.map((name) => `${up}/vault/${name}`),
    `${up}/claims/claims.store`,
    `${up}/../jobs/queue`,
    'sodium-native',
  ]
  const right = [`${up}/vault/vault`, `${up}/vault/sealer`, `${up}/claims/confirm-claim`]
  expect(await refused(path, [...right, ...wrong])).toEqual(wrong)
})

test('a feature reaches its own store, from its own folders too', async () => {
  expect(await refused('server/claims/b.ts', ['./claims.store', './x/x.store'])).toEqual([])
  expect(await refused('server/ledger/x/b.ts', ['../ledger.store', '../y/y.store'])).toEqual([])
})

test('a job reaches no store, and only what starts everything reads the key folder', async () => {
  const wrong = ['../server/mail/mail.store', '../server/vault/cipher', '../server/vault/keys']
  expect(await refused('jobs/a.ts', ['../server/vault/vault', ...wrong])).toEqual(wrong)
  expect(await refused('server/supervisor/a.ts', ['../vault/key-folder'])).toEqual([])
  expect(await refused('server/main.ts', ['./vault/key-folder', './vault/cipher'])).toEqual([
    './vault/cipher',
  ])
  expect(await refused('migrations/a.ts', ['../server/kernel/ids'])).toHaveLength(1)
})
