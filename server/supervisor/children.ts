import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { ConfigError } from '../config'

export interface ChildOptions {
  name: string
  /** The compiled file it runs. */
  entry: string
  /** Its whole environment; nothing of ours is passed on. */
  env: Record<string, string>
  /** Its JSON log is appended here. */
  logFile: string
  /** Milliseconds it may take to become ready, to stop, and between restarts (doubling from the first). */
  times: { startMs: number; shutdownMs: number; restartMinMs: number; restartMaxMs: number }
  /** Told in one sentence whenever it ends without being asked. */
  report: (sentence: string) => void
}

export interface Child {
  stop(): Promise<void>
}

/**
 * Starts a process and waits until it is ready; from then on it is started again whenever it ends by
 * itself, at once at first, then ever more slowly.
 * @throws Error when it ends, or stays silent, before it was ready for the first time
 */
export async function keepRunning(options: ChildOptions): Promise<Child> {
  const { name, times, report } = options
  let stopping = false
  let wait = times.restartMinMs
  let timer: NodeJS.Timeout | undefined
  let child = start(options)

  const watch = (started: ChildProcess) => {
    const since = Date.now()
    started.once('exit', (code, signal) => {
      if (stopping) return
      if (Date.now() - since > times.restartMaxMs) wait = times.restartMinMs
      report(
        `${name} ended unexpectedly (${signal ?? `code ${code}`}) and starts again in ${wait / 1000} s; its log is ${options.logFile}.`,
      )
      timer = setTimeout(() => {
        child = start(options)
        watch(child)
      }, wait)
      wait = Math.min(wait * 2, times.restartMaxMs)
    })
  }

  await ready(child, name, times.startMs)
  watch(child)
  return {
    stop: async () => {
      stopping = true
      clearTimeout(timer)
      await end(child, times.shutdownMs)
    },
  }
}

function start({ entry, env, logFile }: ChildOptions): ChildProcess {
  const log = openSync(logFile, 'a', 0o600)
  try {
    return fork(entry, [], {
      env,
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', log, 'inherit', 'ipc'],
    })
  } finally {
    closeSync(log)
  }
}

async function ready(child: ChildProcess, name: string, startMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message) => message === 'ready' && resolve())
      child.once('error', reject)
      child.once('exit', () => reject(new ConfigError(`The ${name} process did not start.`)))
      timer = setTimeout(
        () =>
          reject(new ConfigError(`The ${name} process was not ready within ${startMs / 1000} s.`)),
        startMs,
      )
    })
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function end(child: ChildProcess, shutdownMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), shutdownMs + 2_000)
  await exited
  clearTimeout(timer)
}
