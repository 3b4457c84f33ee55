import { once } from 'node:events'
import { createServer } from 'node:net'
import { ConfigError } from '../config'

/**
 * Checks that a port can be listened on, before anything else is started. Waits a moment for the
 * surfaces of a supervisor that was just killed to notice and go.
 * @throws ConfigError naming the setting
 */
export async function assertPortFree(setting: string, port: number, host: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const server = createServer()
    server.listen(port, host)
    try {
      await once(server, 'listening')
      server.close()
      await once(server, 'close')
      return
    } catch (error) {
      if (tries >= 10) throw portProblem(error, setting, port, host)
      await new Promise((done) => setTimeout(done, 200))
    }
  }
}

/** The one sentence for a port that cannot be listened on. */
export function portProblem(error: unknown, setting: string, port: number, host: string): unknown {
  switch ((error as NodeJS.ErrnoException).code ?? '') {
    case 'EADDRINUSE':
      return new ConfigError(
        `Port ${port} is in use by another program; end that one or set ${setting} to another port.`,
      )
    case 'EACCES':
      return new ConfigError(
        `This user may not listen on port ${port}; set ${setting} to 1024 or more.`,
      )
    case 'EADDRNOTAVAIL':
      return new ConfigError(`This machine has no address ${host}; correct HOST.`)
    default:
      return error
  }
}
