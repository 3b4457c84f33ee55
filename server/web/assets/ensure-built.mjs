/**
 * Before every command of package.json that runs from dist: builds when nothing is built yet, or when a
 * source is newer than what is. In production only the former, so that a machine which was given a
 * finished dist starts from it and needs no tools.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
/** Written last, by copy-data.mjs; a build that was killed has none. */
const built = join(root, 'dist/built')
const assets = join(root, 'public/assets/manifest.json')
const sources = ['server', 'jobs', 'migrations', 'views', 'public/css', 'public/js', 'public/icons']
const files = ['package.json', 'package-lock.json', 'tsconfig.json']

/** @returns the exit code */
function main() {
  const isBuilt = existsSync(built) && existsSync(assets)
  if (isBuilt && (process.env.NODE_ENV === 'production' || isFresh())) return 0
  if (!existsSync(join(root, 'node_modules/typescript'))) {
    console.error(
      'Joinder is not built, and what builds it is not installed: npm ci, npm run build.',
    )
    return 1
  }
  // What it says goes to standard error: it is not what the command was asked for.
  const stdio = ['ignore', 2, 2]
  return spawnSync('npm run --silent build', { cwd: root, shell: true, stdio }).status ?? 1
}

/** Folders count too: a file that was removed changes only the time of its folder. */
function isFresh() {
  const builtMs = statSync(built).mtimeMs
  const paths = sources.flatMap((folder) => [
    folder,
    ...readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
  ])
  return [...paths, ...files].every((path) => statSync(join(root, path)).mtimeMs <= builtMs)
}

process.exit(main())
