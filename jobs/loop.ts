import type { Log } from '../server/web/log'

export interface Loop {
  /** Lets the running round finish, then no further one begins. */
  stop(): Promise<void>
}

/**
 * Runs `round` again and again, `intervalMs` after the last one ended, never twice at once. A round
 * that says 'again' is followed at once by the next. One that fails is logged and tried again later:
 * a loop outlives a database that is away.
 */
export function startLoop(
  name: string,
  intervalMs: number,
  log: Log,
  round: () => Promise<'again' | void>,
): Loop {
  let stopped = false
  let wake: () => void = () => {}

  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, intervalMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const running = (async () => {
    while (!stopped) {
      try {
        if ((await round()) === 'again') continue
      } catch (err) {
        log.error({ err, loop: name }, 'a round of a loop failed')
      }
      if (!stopped) await pause()
    }
  })()

  return {
    async stop() {
      stopped = true
      wake()
      await running
    },
  }
}
