import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseUrls } from '../../server/config'
import { limits } from '../../server/limits'
import {
  startEmbeddedPostgres,
  stopAbandoned,
  type EmbeddedPostgres,
} from '../../server/db/embedded-postgres'
import { migrate } from '../../server/db/migrate'
import { loadMatters } from '../../server/matters/load-matters'
import { setUpRoles } from '../../server/db/roles'

/** The database every test database is cloned from. */
export const templateName = 'joinder_template'

export const testPassword = 'only-for-tests'

const prefix = 'joinder-test-'

export interface TestCluster {
  postgres: EmbeddedPostgres
  folder: string
  /** Ends it and deletes its data. */
  stop(): Promise<void>
}

/** Nothing in a test has to outlive the machine. */
const careless = {
  synchronous_commit: 'off',
  fsync: 'off',
  full_page_writes: 'off',
  // Two files at a time, each with pools of its own, some with two workers.
  max_connections: '400',
}

/** One throw-away PostgreSQL with a migrated template database; under a second on a laptop. */
export async function startTestCluster(
  settings: Record<string, string> = careless,
): Promise<TestCluster> {
  await removeAbandoned()
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`))
  await chmod(folder, 0o711)
  const postgres = await startEmbeddedPostgres({
    folder: join(folder, 'postgres'),
    password: testPassword,
    settings,
  })
  try {
    const urls = loginUrls(postgres.port, templateName)
    await setUpRoles({
      ownerUrl: postgres.superuserUrl('postgres'),
      urls,
      timeouts: limits.database,
    })
    await migrate({
      migratorUrl: urls.migrator,
      workerUrl: urls.worker,
      afterwards: loadMatters,
    })
  } catch (error) {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  return {
    postgres,
    folder,
    stop: async () => {
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The URLs of the four logins on a database of the test cluster. */
export function loginUrls(port: number, database: string): Required<Omit<DatabaseUrls, 'owner'>> {
  const url = (login: string) =>
    `postgres://joinder_${login}:${testPassword}@127.0.0.1:${port}/${database}`
  return {
    public: url('public'),
    staff: url('staff'),
    worker: url('worker'),
    migrator: url('migrator'),
  }
}

/** Clusters of test runs that were killed: their folder names the process, and it is gone. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(/^joinder-test-(\d+)-/.exec(name)?.[1])
    if (!(pid > 0) || isAlive(pid)) continue
    await stopAbandoned(join(tmpdir(), name, 'postgres'))
    await rm(join(tmpdir(), name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
