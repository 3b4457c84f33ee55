/** Copies into dist what the compiler does not: the data files that compiled code reads beside itself. */
import { cpSync, existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
const data = /\.(json|ya?ml|md|txt|csv|sql)$/

for (const folder of ['server/web/languages', 'server/matters/shipped']) {
  const from = join(root, folder)
  if (!existsSync(from)) continue
  cpSync(from, join(root, 'dist', folder), {
    recursive: true,
    filter: (path) => !/\.\w+$/.test(path) || data.test(path),
  })
}
