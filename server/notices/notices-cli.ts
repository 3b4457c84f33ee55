import { createReadStream } from 'node:fs'
import { access, open, rm, type FileHandle } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { byteOrderMark, csvLines } from '../batches/format-csv'
import { ConfigError, loadConfig } from '../config'
import { connect, type Db } from '../db/connections'
import { plainly } from '../db/plainly'
import { systemClock } from '../kernel/clock'
import { findMatter } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { localInstallation } from '../supervisor/database'
import { createNoticeVault, type NoticeVault } from '../vault/notices'
import { translator, type Translate } from '../web/languages'
import { importNotices, removeNotices } from './import-notices'
import { findAdministrator } from './find-administrator'
import { listColumns } from './notice-shape'
import { ListError, type LineProblem } from './read-list'

const usage =
  'npm run notices -- import CASE FILE.csv --by admin@example.com [--errors FILE.csv], or: npm run notices -- remove CASE --by admin@example.com'

/**
 * `npm run notices`: adds a list of notices to a case, or removes the list. It runs where the worker runs,
 * with the worker's login and the notice key. Exit code 0 when all lines were taken, 1 when some were not
 * or the file was refused, 2 when it was called wrongly.
 */
async function main(args: string[]): Promise<number> {
  const asked = readArguments(args)
  const config = loadConfig(process.env)
  const { db, notices } = await worker(config)
  try {
    const matter = await findMatter(db, asked.slug)
    if (!matter) throw new ConfigError(`There is no case "${asked.slug}".`)
    const person = await findAdministrator(db, asked.by)
    if (!person) throw new ConfigError(`--by: ${asked.by} is not an administrator who can sign in.`)
    if (asked.file === undefined) {
      const ids = await removeNotices({ db, clock: systemClock }, { matter, by: person.id })
      console.log(`${matter.slug}: ${ids} IDs removed.`)
      return 0
    }
    if (!matter.content.notices) {
      throw new ConfigError(`${matter.slug}.yaml has no "notices:", so nobody would be asked.`)
    }
    const t = translator(person.language)
    const deps = { db, clock: systemClock, notices, config }
    return await runImport(deps, t, {
      matter,
      by: person.id,
      file: asked.file,
      errors: asked.errors,
    })
  } finally {
    await db.destroy()
  }
}

async function runImport(
  deps: Parameters<typeof importNotices>[0],
  t: Translate,
  asked: { matter: Matter; by: string; file: string; errors: string },
): Promise<number> {
  if (!(await exists(asked.file))) {
    throw new ConfigError(`${asked.file} is not there, or cannot be read.`)
  }
  if (await exists(asked.errors)) {
    throw new ConfigError(
      `${asked.errors} is there already: move it, or name another with --errors.`,
    )
  }
  const report = errorReport(asked.errors, t)
  try {
    const counts = await importNotices(deps, {
      matter: asked.matter,
      by: asked.by,
      file: createReadStream(asked.file),
      onProblem: (problem) => report.add(problem),
      onLines: (lines) => {
        if (lines % 50_000 === 0) console.log(`${lines} lines …`)
      },
    })
    const problems = await report.end()
    console.log(
      `${asked.matter.slug}: ${counts.lines} lines read, ${counts.ids} IDs added, of which ${counts.fillable} can fill in a form; ${counts.refused} lines not taken.`,
    )
    if (problems > 0) console.log(`What is wrong, line by line: ${asked.errors}`)
    return counts.refused > 0 ? 1 : 0
  } catch (error) {
    await report.discard()
    if (!(error instanceof ListError)) throw error
    const { wrong, line, detail } = error
    const why = t(`notices:list.file.${wrong}`, { detail, columns: listColumns.join(', ') })
    console.error(`${asked.file}, ${t('notices:list.header.line')} ${line}: ${why}`)
    return 1
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** A CSV of line, column and words; made when the first line is wrong, and never over another file. */
function errorReport(path: string, t: Translate) {
  let file: FileHandle | undefined
  let count = 0
  return {
    async add({ line, column, wrong }: LineProblem): Promise<void> {
      if (!file) {
        file = await open(path, 'wx', 0o600)
        const header = ['line', 'column', 'what'].map((one) => t(`notices:list.header.${one}`))
        await file.write(Buffer.concat([byteOrderMark, csvLines([header])]))
      }
      count += 1
      await file.write(csvLines([[String(line), column ?? '', t(`notices:list.line.${wrong}`)]]))
    },
    async end(): Promise<number> {
      await file?.close()
      return count
    },
    /** nothing was imported, so nothing is reported of single lines */
    async discard(): Promise<void> {
      if (!file) return
      await file.close()
      await rm(path)
    },
  }
}

/** The worker's login and key: of the environment, or of the installation that `npm start` runs here. */
async function worker({
  databases,
  keys,
  production,
  home,
}: ReturnType<typeof loadConfig>): Promise<{ db: Db; notices: NoticeVault }> {
  const local = production || databases.worker !== undefined ? null : await localInstallation(home)
  const url = databases.worker ?? local?.urls.worker
  if (url === undefined) {
    throw new ConfigError('DATABASE_URL_WORKER is not set, and no Joinder was started here yet.')
  }
  const notices = createNoticeVault({ noticeKey: keys.noticeKey ?? local?.keys.NOTICE_KEY })
  return { db: connect(url, { poolMax: 2, applicationName: 'joinder-notices' }), notices }
}

/** @throws ConfigError */
function readArguments(args: string[]) {
  const text = { type: 'string' } as const
  let parsed
  try {
    parsed = parseArgs({ args, options: { by: text, errors: text }, allowPositionals: true })
  } catch {
    throw new ConfigError(`Usage: ${usage}`)
  }
  const [command, slug, file, ...rest] = parsed.positionals
  const { by, errors } = parsed.values
  const fits =
    by !== undefined &&
    slug !== undefined &&
    rest.length === 0 &&
    (command === 'import' ? file !== undefined : command === 'remove' && file === undefined)
  if (!fits) throw new ConfigError(`Usage: ${usage}`)
  return { slug, by, file, errors: errors ?? `${file}.errors.csv` }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(plainly(error))
    process.exitCode = 2
  },
)
