import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { ConfigError } from '../config'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../db/embedded-postgres'
import { plainly } from '../db/plainly'

export interface KeepOptions {
  home: string
  /** Password of the superuser. */
  password: string
  /** The database was complete once: an empty folder is then a loss, not a beginning. */
  exists: boolean
  /** Milliseconds between restarts, doubling from the first. */
  times: { restartMinMs: number; restartMaxMs: number }
  /** Told in one sentence whenever the server ended without being asked, or cannot be started again. */
  report: (sentence: string) => void
  /** Told when the database has another supervisor now, so that this one has to end. */
  onLost: (error: ConfigError) => void
}

export interface KeptDatabase {
  postgres: EmbeddedPostgres
  stop(): Promise<void>
}

/**
 * Starts the embedded database and holds it for this supervisor alone. A server that ends by itself is
 * started again on its port, at once at first, then ever more slowly: the processes that use it only
 * have to connect again.
 * @throws ConfigError when it cannot be started, its data is gone, or another supervisor holds it
 */
export async function keepDatabase(options: KeepOptions): Promise<KeptDatabase> {
  const { home, password, times, report } = options
  const folder = join(home, 'postgres')
  const stopping = new AbortController()
  let wait = times.restartMinMs
  let lost = false
  let reviving: Promise<void> | undefined

  if (options.exists) await assertThere(folder, home)
  const postgres = await startEmbeddedPostgres({ folder, password })
  let held = await hold(postgres, home)
  watch()
  return {
    postgres,
    stop: async () => {
      stopping.abort()
      await reviving
      await held.end().catch(() => undefined)
      // Another supervisor's server must go on.
      if (!lost) await postgres.stop()
    },
  }

  /** The connection that holds the lock ends with the server. */
  function watch(): void {
    const since = Date.now()
    held.once('end', () => {
      if (stopping.signal.aborted) return
      if (Date.now() - since > times.restartMaxMs) wait = times.restartMinMs
      report(
        `The database ended unexpectedly and starts again in ${wait / 1000} s; its log is ${folder}.log.`,
      )
      reviving = revive()
    })
  }

  async function revive(): Promise<void> {
    const waited = await sleep(wait, true, stopping).catch(() => false)
    wait = Math.min(wait * 2, times.restartMaxMs)
    if (!waited) return
    try {
      await assertThere(folder, home)
      const again = await startEmbeddedPostgres({ folder, password, port: postgres.port })
      held = await hold(again, home)
      watch()
    } catch (error) {
      if (error instanceof HeldByAnother) {
        lost = true
        options.onLost(error)
        return
      }
      report(`${plainly(error)} It is tried again in ${wait / 1000} s.`)
      return revive()
    }
  }
}

class HeldByAnother extends ConfigError {}

/** The lock goes with its connection, so a supervisor that is killed leaves nothing to clean up. */
async function hold(postgres: EmbeddedPostgres, home: string): Promise<Client> {
  const client = new Client({ connectionString: postgres.superuserUrl('postgres') })
  client.on('error', () => undefined)
  try {
    await client.connect()
    for (let tries = 0; tries < 10; tries++) {
      const { rows } = await client.query<{ held: boolean }>(
        `select pg_try_advisory_lock(hashtext('joinder supervisor')) as held`,
      )
      if (rows[0]?.held) return client
      await sleep(200)
    }
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
  await client.end().catch(() => undefined)
  throw new HeldByAnother(
    `Another Joinder already runs from ${home}; end it, or set JOINDER_HOME to another folder.`,
  )
}

/** Without this, a folder that was moved away would be taken for a first start, and an empty one made. */
async function assertThere(folder: string, home: string): Promise<void> {
  await access(join(folder, 'PG_VERSION')).catch(() => {
    throw new ConfigError(
      `The database in ${folder} is gone; restore it, or remove ${home} to begin anew.`,
    )
  })
}
