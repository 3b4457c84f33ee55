import type { JobName } from '../server/outbox/intents'
import { canaryAges, canaryName, singCanary } from './canary'
import { createCatalogue, runJob } from './catalogue'
import type { WorkerDeps } from './deps'
import { startLoop } from './loop'
import { openQueues } from './queue'
import { reachRedis } from './reach-redis'
import { relayOutbox } from './relay-outbox'
import { startSequencer } from './sequence-ledger'
import { startUpkeep } from './upkeep'

export interface RunningWorker {
  /** Lets what is running finish, then stops; pools and mailer stay the caller's. */
  close(): Promise<void>
}

/**
 * The shipped worker: relay, queues, upkeep, sequencer, canaries. `onStuck` hears once that a queue with nothing
 * running here has let no canary through for `canaryMaxMs`: alive but idle. The process then ends
 * itself, and whoever keeps it running starts it again.
 * @throws ConfigError when the Redis that was named does not answer
 */
export async function startWorker(
  deps: WorkerDeps,
  onStuck: (queue: JobName) => void = () => {},
): Promise<RunningWorker> {
  const { config, db, log } = deps
  const { limits } = config
  if (config.redisUrl !== null) await reachRedis(config.redisUrl, limits.redisWaitMs)
  const catalogue = createCatalogue(limits)
  const names = Object.keys(catalogue) as JobName[]
  const running = new Map(names.map((name) => [name, 0]))
  const queues = openQueues(
    { databaseUrl: config.databaseUrl, redisUrl: config.redisUrl },
    limits,
    log,
  )

  for (const name of names) {
    queues.work(name, catalogue[name].concurrency, async (job) => {
      if (job.name === canaryName) return singCanary(db, name)
      running.set(name, running.get(name)! + 1)
      try {
        await runJob(catalogue, deps, name, job)
      } finally {
        running.set(name, running.get(name)! - 1)
      }
    })
  }
  await queues.ready()

  const relay = startLoop('relay-outbox', limits.outboxPollMs, log, async () => {
    const handed = await relayOutbox({
      db,
      queues,
      limits,
      log,
      optionsOf: (job) => catalogue[job],
    })
    return handed === limits.outboxBatchRows ? 'again' : undefined
  })
  const upkeep = startUpkeep(deps)
  const sequencer = startSequencer(deps)

  const startedMs = Date.now()
  const canaries = startLoop('canaries', limits.canaryMs, log, async () => {
    const ages = await canaryAges(db)
    const sinceStart = Date.now() - startedMs
    for (const name of names) {
      const age = Math.min(ages.get(name) ?? sinceStart, sinceStart)
      if (age > limits.canaryMaxMs && running.get(name) === 0) {
        log.error({ queue: name }, 'no job came through this queue; the worker restarts')
        onStuck(name)
      }
      // One a minute whatever the number of workers: they all use the same job id.
      const id = `canary-${Math.floor(Date.now() / limits.canaryMs)}`
      await queues.add(name, canaryName, [{ id, data: {} }], { attempts: 1, backoffMs: 0 })
    }
  })

  return {
    async close() {
      await Promise.all([relay.stop(), upkeep.stop(), sequencer.stop(), canaries.stop()])
      await queues.close()
    },
  }
}
