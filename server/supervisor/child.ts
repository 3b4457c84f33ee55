import { plainly } from '../db/plainly'

/** A started process: what it must do to end well. */
export interface Running {
  stop(): Promise<void>
}

/**
 * Runs one serving process: starts it, tells the supervisor when it is ready, and ends it on SIGTERM
 * or Ctrl-C, or when the supervisor is gone. An error at start is one sentence and exit code 1.
 */
export async function runProcess(
  name: string,
  shutdownMs: number,
  start: () => Promise<Running>,
): Promise<void> {
  let running: Running | undefined
  let ending = false
  const end = async () => {
    if (ending) return
    ending = true
    setTimeout(() => process.exit(1), shutdownMs).unref()
    try {
      await running?.stop()
      process.exit(0)
    } catch (error) {
      process.stderr.write(`${name}: ${plainly(error)}\n`)
      process.exit(1)
    }
  }
  process.on('SIGTERM', () => void end())
  // Ctrl-C reaches the whole group at once; under a supervisor it is the supervisor who says when.
  process.on('SIGINT', () => {
    if (!process.connected) void end()
  })
  process.on('disconnect', () => void end())

  try {
    running = await start()
  } catch (error) {
    process.stderr.write(`${name}: ${plainly(error)}\n`)
    process.exit(1)
  }
  process.send?.('ready')
}
