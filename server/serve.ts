import { once } from 'node:events'
import { createServer } from 'node:http'
import { personFinder } from './accounts/find-person'
import { closeDemo } from './accounts/load-demo'
import { createApp } from './app'
import { loadProcessConfig, type ProcessConfig } from './config'
import { connect } from './db/connections'
import { assertSchema } from './db/migrate'
import { systemClock } from './kernel/clock'
import { noteKeys } from './oversight/note-keys'
import { portProblem } from './supervisor/ports'
import type { Running } from './supervisor/child'
import { createLog } from './web/log'

/**
 * Starts one surface and listens.
 * @throws ConfigError when a setting, the schema or the port does not allow it
 */
export async function startSurface(
  env: NodeJS.ProcessEnv,
  surface: 'public' | 'staff',
): Promise<Running> {
  const config = loadProcessConfig(env, surface)
  const { limits } = config
  const log = createLog(config)
  const open = (poolMax: number, suffix = '') =>
    connect(config.databaseUrl, {
      poolMax,
      applicationName: `joinder-${surface}${suffix}`,
      acquireMs: limits.poolAcquireMs,
    })
  const db = open(limits.poolMax)
  const healthDb = open(limits.healthPoolMax, '-health')
  const vaultDb = open(limits.vaultPoolMax, '-vault')
  const closeAll = () => Promise.all([db, healthDb, vaultDb].map((pool) => pool.destroy()))
  try {
    await assertSchema(db)
    await noteKeys(db, config.keys)
    if (surface === 'staff' && !config.demonstration) await closeDemo(db, systemClock.now())
    const server = createServer(
      createApp({
        config,
        db,
        healthDb,
        vaultDb,
        clock: systemClock,
        log,
        ...(surface === 'staff' && { findPerson: personFinder(db) }),
      }),
    )
    await listen(server, config)
    return {
      stop: async () => {
        const closed = once(server, 'close')
        server.close()
        // Connections that browsers keep open for later would hold the process until they time out.
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), limits.shutdownMs / 2).unref()
        await closed
        await closeAll()
      },
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

async function listen(
  server: ReturnType<typeof createServer>,
  { process, port, staffPort, host }: ProcessConfig,
): Promise<void> {
  const [setting, wanted] = process === 'staff' ? ['STAFF_PORT', staffPort] : ['PORT', port]
  try {
    server.listen(wanted, host)
    await once(server, 'listening')
  } catch (error) {
    throw portProblem(error, setting as string, wanted as number, host)
  }
}
