/**
 * The last step of a build: copies into dist what the compiler does not, the data files that compiled
 * code reads beside itself, and then says that all is there (ensure-built.mjs asks).
 */
import { cpSync, existsSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
const data = /\.(json|ya?ml|md|txt|csv|sql|bin)$/

for (const folder of ['server/web/languages', 'server/matters/shipped', 'server/accounts/data']) {
  const from = join(root, folder)
  if (!existsSync(from)) continue
  cpSync(from, join(root, 'dist', folder), {
    recursive: true,
    filter: (path) => !/\.\w+$/.test(path) || data.test(path),
  })
}

writeFileSync(join(root, 'dist/built'), '')
