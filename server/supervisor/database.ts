import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { ConfigError, type Config, type ProcessName } from '../config'
import { connect, type Db } from '../db/connections'
import { startEmbeddedPostgres } from '../db/embedded-postgres'
import { assertSchema, migrate } from '../db/migrate'
import { setUpRoles } from '../db/roles'
import { openKeyFolder, type LocalSecrets } from '../vault/key-folder'

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
 * Starts the embedded database, makes logins and schema, and holds it for this supervisor alone.
 * @throws ConfigError when its data is gone, or another supervisor holds it
 */
export async function startDatabase(
  config: Config,
  passwords: Record<ProcessName | 'superuser' | 'migrator', string>,
  afterwards: (db: Db) => Promise<void>,
): Promise<ReadyDatabase> {
  const folder = join(config.home, 'postgres')
  if ((await embeddedDatabaseExists(config.home)) && !(await exists(join(folder, 'PG_VERSION')))) {
    throw new ConfigError(
      `The database in ${folder} is gone; restore it, or remove ${config.home} to begin anew.`,
    )
  }
  const postgres = await startEmbeddedPostgres({ folder, password: passwords.superuser })
  const hold = new Client({ connectionString: postgres.superuserUrl('postgres') })
  const stop = async () => {
    await hold.end().catch(() => undefined)
    await postgres.stop()
  }
  try {
    hold.on('error', () => undefined)
    await hold.connect()
    await holdAlone(hold, config.home)
  } catch (error) {
    // Another supervisor's server must go on.
    await hold.end().catch(() => undefined)
    throw error
  }
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

/** The lock goes with its connection, so a supervisor that is killed leaves nothing to clean up. */
async function holdAlone(client: Client, home: string): Promise<void> {
  for (let tries = 0; tries < 10; tries++) {
    const { rows } = await client.query<{ held: boolean }>(
      `select pg_try_advisory_lock(hashtext('joinder supervisor')) as held`,
    )
    if (rows[0]?.held) return
    await new Promise((done) => setTimeout(done, 200))
  }
  throw new ConfigError(
    `Another Joinder already runs from ${home}; end it, or set JOINDER_HOME to another folder.`,
  )
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
