import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKeyFolder } from '../../server/vault/key-folder'

let folder: string
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'joinder-keys-')), 'keys')
})
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }))

test('a first start makes keys that only their owner may read, and the next finds them', async () => {
  const made = await openKeyFolder(folder, false)
  expect(await openKeyFolder(folder, true)).toEqual(made)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  for (const name of await readdir(folder)) {
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
  }
})

test('a start that was killed half way begins anew', async () => {
  const first = await openKeyFolder(folder, false)
  await rm(join(folder, 'INTAKE_SECRET_KEY'))
  const second = await openKeyFolder(folder, false)
  expect(second.keys.INTAKE_PUBLIC_KEY).not.toBe(first.keys.INTAKE_PUBLIC_KEY)
})

test('a key that the database needs is never replaced', async () => {
  await openKeyFolder(folder, false)
  await rm(join(folder, 'VAULT_KEY'))
  await expect(openKeyFolder(folder, true)).rejects.toThrow(/VAULT_KEY is gone/)
})
