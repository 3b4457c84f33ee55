import {
  createPostgresBackend,
  createRedisBackend,
  UnrecoverableError,
  withBackend,
  type BackendClasses,
  type IQueueBackend,
} from 'bullmq'
import { Pool } from 'pg'
import type { Limits } from '../server/limits'
import type { Log } from '../server/web/log'

export interface QueueEntry {
  /** Two entries of one id are one job, as long as its row is kept. */
  id: string
  data: unknown
}

export interface QueueOptions {
  attempts: number
  backoffMs: number
}

/** One try of a job. */
export interface Try {
  id: string
  name: string
  data: unknown
  /** The queue will not try again when this one fails. */
  last: boolean
}

export type Handler = (job: Try) => Promise<void>

/** Jobs that should not be tried again: what they hold will never be right. */
export const hopeless = (message: string) => new UnrecoverableError(message)

/** The queues, one a kind of job, so that a flood of one kind never holds up another. */
export interface Queues {
  add(queue: string, name: string, entries: QueueEntry[], options: QueueOptions): Promise<void>
  work(queue: string, concurrency: number, handler: Handler): void
  /** Resolves when every worker is connected. */
  ready(): Promise<void>
  /** Lets running jobs finish, then disconnects. */
  close(): Promise<void>
}

/**
 * BullMQ on PostgreSQL (schema `bullmq`, a direct connection: LISTEN does not survive a pooler) or, with
 * REDIS_URL, on Redis. The same code for both; nothing else in Joinder knows which it is.
 */
export function openQueues(
  where: { databaseUrl: string; redisUrl: string | null },
  limits: Limits,
  log: Log,
): Queues {
  if (where.redisUrl !== null) {
    const connection = { url: where.redisUrl, maxRetriesPerRequest: null }
    return queuesOn(withBackend(createRedisBackend), connection, limits, log)
  }
  const pool = new Pool({
    connectionString: where.databaseUrl,
    application_name: 'joinder-jobs',
    // Each worker keeps one connection for LISTEN; the rest are for short statements.
    max: limits.queuePoolMax,
    keepAlive: true,
    options: '-c search_path=bullmq',
  })
  // Every queue and worker listens for its errors, and there are more kinds of jobs than Node expects.
  pool.setMaxListeners(0)
  // The pool listens for a connection's errors only while it lies idle: one that breaks between two statements
  // of whoever has it would end the process. The next statement fails, and that is heard.
  pool.on('connect', (client) => {
    client.on('error', (err) => log.warn({ err }, 'a connection of the queue broke'))
  })
  const queues = queuesOn(withBackend(createPostgresBackend), pool, limits, log)
  return {
    ...queues,
    async close() {
      await queues.close()
      await pool.end()
    },
  }
}

function queuesOn<B extends IQueueBackend, C>(
  { Queue, Worker }: BackendClasses<B, C>,
  connection: C,
  limits: Limits,
  log: Log,
): Queues {
  const queues = new Map<string, InstanceType<typeof Queue<unknown>>>()
  const workers: InstanceType<typeof Worker<unknown>>[] = []
  const keep = { age: limits.jobKeepHours * 3600 }

  const queueOf = (name: string) => {
    const known = queues.get(name)
    if (known) return known
    const queue = new Queue<unknown>(name, { connection })
    queue.on('error', (err) => log.error({ err, queue: name }, 'queue error'))
    queues.set(name, queue)
    return queue
  }

  return {
    async add(queue, name, entries, options) {
      await queueOf(queue).addBulk(
        entries.map(({ id, data }) => ({
          name,
          data,
          opts: {
            jobId: id,
            attempts: options.attempts,
            backoff: { type: 'exponential', delay: options.backoffMs },
            removeOnComplete: keep,
            removeOnFail: keep,
          },
        })),
      )
    },
    work(queue, concurrency, handler) {
      const worker = new Worker<unknown>(
        queue,
        (job) =>
          handler({
            id: job.id ?? '',
            name: job.name,
            data: job.data,
            last: job.attemptsMade + 1 >= (job.opts.attempts ?? 1),
          }),
        {
          connection,
          concurrency,
          lockDuration: limits.jobLockMs,
          stalledInterval: limits.jobLockMs,
          // A worker that dies leaves its job stalled; dying is not the job's fault.
          maxStalledCount: 10,
          runRetryDelay: 1_000,
        },
      )
      worker.on('error', (err) => log.error({ err, queue }, 'worker error'))
      worker.on('failed', (job, err) =>
        log.warn({ err, queue, job: job?.id, attempts: job?.attemptsMade }, 'a job failed'),
      )
      workers.push(worker)
    },
    async ready() {
      await Promise.all(workers.map((worker) => worker.waitUntilReady()))
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()))
      await Promise.all([...queues.values()].map((queue) => queue.close()))
    },
  }
}
