import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, type Config, type ProcessName } from '../config'
import { connect, type Db } from '../db/connections'
import { assertSchema, migrate } from '../db/migrate'
import { setUpRoles } from '../db/roles'
import { openKeyFolder, type LocalSecrets } from '../vault/key-folder'
import { keepDatabase, type KeepOptions } from './keep-database'

export interface ReadyDatabase {
  urls: Record<ProcessName, string>
  /** made and run by us, not brought by the user */
  embedded: boolean
  stop(): Promise<void>
}

const processes: readonly ProcessName[] = ['public', 'staff', 'worker']

/** The databases the user brings, or null when none is named. @throws ConfigError when only some are */
export function broughtUrls({ databases }: Config): Record<ProcessName, string> | null {
  const named = processes.filter((name) => databases[name] !== undefined)
  if (named.length === 0) return null
  const missing = processes.find((name) => databases[name] === undefined)
  if (missing !== undefined) {
    throw new ConfigError(
      `DATABASE_URL_${missing.toUpperCase()} is not set, but others are; give all three or none.`,
    )
  }
  return {
    public: databases.public!,
    staff: databases.staff!,
    worker: databases.worker!,
  }
}

/** A database of one's own is never migrated by starting: its schema must already fit. */
export async function checkBroughtDatabase(
  urls: Record<ProcessName, string>,
): Promise<ReadyDatabase> {
  for (const name of processes) {
    const db = connect(urls[name], { poolMax: 1, applicationName: 'joinder-start' })
    try {
      await assertSchema(db)
    } finally {
      await db.destroy()
    }
  }
  return { urls, embedded: false, stop: () => Promise.resolve() }
}

/** True once the embedded database was complete: from then on its keys and its data belong together. */
export async function embeddedDatabaseExists(home: string): Promise<boolean> {
  return exists(join(home, 'database-made'))
}

/** What a command beside the server needs of this machine's own installation; null when there is none. */
export async function localInstallation(
  home: string,
): Promise<{ urls: Record<ProcessName, string>; keys: LocalSecrets['keys'] } | null> {
  if (!(await embeddedDatabaseExists(home))) return null
  const { keys, passwords } = await openKeyFolder(join(home, 'keys'), true)
  const port = (await readFile(join(home, 'postgres.port'), 'utf8')).trim()
  const url = (login: ProcessName) =>
    `postgres://joinder_${login}:${encodeURIComponent(passwords[login])}@127.0.0.1:${port}/joinder`
  return { urls: { public: url('public'), staff: url('staff'), worker: url('worker') }, keys }
}

/**
 * Starts the embedded database, holds it for this supervisor alone, makes logins and schema.
 * @throws ConfigError when its data is gone, or another supervisor holds it
 */
export async function startDatabase(
  config: Config,
  passwords: Record<ProcessName | 'superuser' | 'migrator', string>,
  afterwards: (db: Db) => Promise<void>,
  told: Pick<KeepOptions, 'report' | 'onLost'>,
): Promise<ReadyDatabase> {
  const kept = await keepDatabase({
    home: config.home,
    password: passwords.superuser,
    exists: await embeddedDatabaseExists(config.home),
    times: config.limits,
    ...told,
  })
  const { postgres } = kept
  const stop = () => kept.stop()
  try {
    const url = (login: ProcessName | 'migrator') =>
      postgres.url(`joinder_${login}`, passwords[login], 'joinder')
    const urls = { public: url('public'), staff: url('staff'), worker: url('worker') }
    const migratorUrl = url('migrator')
    await setUpRoles({
      ownerUrl: postgres.superuserUrl('postgres'),
      urls: { ...urls, migrator: migratorUrl },
      timeouts: config.limits.database,
    })
    await migrate({ migratorUrl, workerUrl: urls.worker, afterwards })
    await writeFile(join(config.home, 'database-made'), '')
    return { urls, embedded: true, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
