import { once } from 'node:events'
import { createServer } from 'node:http'
import { createApp } from './app'
import { loadProcessConfig, type ProcessConfig } from './config'
import { connect } from './db/connections'
import { assertSchema } from './db/migrate'
import { systemClock } from './kernel/clock'
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
  const db = connect(config.databaseUrl, {
    poolMax: limits.poolMax,
    applicationName: `joinder-${surface}`,
    acquireMs: limits.poolAcquireMs,
  })
  try {
    await assertSchema(db)
    const server = createServer(createApp({ config, db, clock: systemClock, log }))
    await listen(server, config)
    return {
      stop: async () => {
        const closed = once(server, 'close')
        server.close()
        // Connections that browsers keep open for later would hold the process until they time out.
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), limits.shutdownMs / 2).unref()
        await closed
        await db.destroy()
      },
    }
  } catch (error) {
    await db.destroy()
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
