import { execFile } from 'node:child_process'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(__dirname, '../..')
const lockFile = join(root, 'node_modules', '.joinder-build')

/** Compiles what `npm start` runs, if a source changed since; of several test files at once one does it. */
export async function ensureBuilt(): Promise<void> {
  for (;;) {
    if (await isFresh()) return
    const lock = await open(lockFile, 'wx').catch(() => null)
    if (lock === null) {
      await forgetOldLock()
      await new Promise((done) => setTimeout(done, 200))
      continue
    }
    try {
      // Over what is there, since processes of other tests may be running from it.
      await run('npx', ['tsc'], { cwd: root })
      await run(process.execPath, ['server/web/assets/copy-data.mjs'], { cwd: root })
      return
    } finally {
      await lock.close()
      await rm(lockFile, { force: true })
    }
  }
}

async function isFresh(): Promise<boolean> {
  const built = await stat(join(root, 'dist/server/main.js')).catch(() => null)
  const lock = await stat(lockFile).catch(() => null)
  if (built === null || lock !== null) return false
  const newest = await Promise.all(
    ['server', 'jobs', 'migrations', 'test/bench'].map((folder) => newestIn(join(root, folder))),
  )
  return Math.max(...newest) <= built.mtimeMs
}

async function newestIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && /\.(ts|json|ya?ml)$/.test(entry.name))
  const times = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).mtimeMs),
  )
  return Math.max(0, ...times)
}

/** Of a test run that was killed while it compiled. */
async function forgetOldLock(): Promise<void> {
  const found = await stat(lockFile).catch(() => null)
  if (found !== null && Date.now() - found.mtimeMs > 60_000) await rm(lockFile, { force: true })
}
