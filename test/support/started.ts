import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './ports'

export interface Started {
  publicUrl: string
  staffUrl: string
  home: string
  /** everything it printed so far */
  printed(): string
  child: ChildProcess
  /** As Ctrl-C does; gives the exit code. */
  stop(): Promise<number | null>
}

/** A folder for what an installation keeps, which the user of the embedded database may enter. */
export function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'joinder-home-'))
  chmodSync(home, 0o755)
  return home
}

const startMs = 60_000

/** `npm start` as shipped, without its build: the supervisor with its three processes on free ports. */
export async function startJoinder(
  options: { home?: string; env?: Record<string, string> } = {},
): Promise<Started> {
  const home = options.home ?? newHome()
  const [port, staffPort] = [await freePort(), await freePort()]
  const child = spawn(process.execPath, [join('dist', 'server', 'main.js')], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      JOINDER_HOME: home,
      PORT: String(port),
      STAFF_PORT: String(staffPort),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => (printed += piece))
  }
  const end = Date.now() + startMs
  while (!printed.includes('Joinder is running')) {
    if (child.exitCode !== null || Date.now() > end) {
      child.kill('SIGKILL')
      throw new Error(`Joinder did not start:\n${printed}`)
    }
    await new Promise((done) => setTimeout(done, 50))
  }
  return {
    publicUrl: `http://localhost:${port}`,
    staffUrl: `http://localhost:${staffPort}`,
    home,
    printed: () => printed,
    child,
    stop: async () => {
      if (child.exitCode !== null) return child.exitCode
      child.kill('SIGINT')
      await once(child, 'exit')
      return child.exitCode
    },
  }
}
