import type { Redis as RedisClient } from 'ioredis'
import { ConfigError } from '../server/config'

/**
 * Asks Redis once whether it is there and lets us in. BullMQ itself waits for it without a word and
 * without end, which is right while the worker runs and no help to whoever starts it.
 * @throws ConfigError with one sentence; the password of the URL is never part of it
 */
export async function reachRedis(redisUrl: string, waitMs: number): Promise<void> {
  const { host } = new URL(redisUrl)
  const redis = await openRedis(redisUrl, waitMs)
  let failure: Error | undefined
  redis.on('error', (error: Error) => (failure = error))
  try {
    await redis.connect()
    await redis.ping()
  } catch (error) {
    throw new ConfigError(sentenceOf(failure ?? (error as Error), host))
  } finally {
    redis.disconnect()
  }
}

async function openRedis(url: string, waitMs: number): Promise<RedisClient> {
  try {
    // Optional, as for BullMQ: only who names a Redis needs its driver.
    const { Redis } = await import('ioredis')
    return new Redis(url, {
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      connectTimeout: waitMs,
      commandTimeout: waitMs,
      disconnectTimeout: 100,
    })
  } catch {
    throw new ConfigError('REDIS_URL is set, but its driver is not installed: npm install ioredis.')
  }
}

function sentenceOf(error: Error, host: string): string {
  const { code } = error as NodeJS.ErrnoException
  // What Redis itself answers begins with a word in capitals: NOAUTH, WRONGPASS, LOADING.
  const answered = /^[A-Z]{4,} /.test(error.message)
  return answered
    ? `Redis at ${host} (REDIS_URL) refused: ${error.message}.`
    : `Redis does not answer at ${host} (REDIS_URL; ${code ?? error.message}); is it running?`
}
