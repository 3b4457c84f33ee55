import { createHmac } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import type { AppDeps } from './deps'
import { Problem } from '../kernel/problem'

export interface LimitOptions {
  /** Counters of different names do not see each other. */
  name: string
  /** What is counted, e.g. `addressOf` or the typed e-mail address; it is stored as a keyed hash only. */
  by: (req: Request) => string
  points: number
  seconds: number
  /** `memory` against floods, one counter a process; `database` against guessing, one for all processes. */
  store: 'memory' | 'database'
}

/** A middleware that counts and refuses; `consume` and `forgive` are for handlers that count themselves. */
export type Limit = RequestHandler & {
  /** @throws Problem too_many_requests */
  consume(subject: string): Promise<void>
  /** Forgets what was counted, e.g. after a right password. */
  forgive(subject: string): Promise<void>
}

/**
 * At most `points` in `seconds` for one subject. Subjects are HMACs under a key that changes every day
 * (UTC), so neither memory nor database ever holds an address; the price is that counting starts anew
 * at midnight.
 */
export function limit(
  deps: Pick<AppDeps, 'config' | 'db' | 'clock'>,
  options: LimitOptions,
): Limit {
  const { name, points, seconds } = options
  const limiter =
    options.store === 'memory'
      ? new RateLimiterMemory({ keyPrefix: name, points, duration: seconds })
      : new RateLimiterPostgres({
          keyPrefix: name,
          points,
          duration: seconds,
          storeClient: deps.db,
          storeType: 'knex',
          tableName: 'rate_limits',
          tableCreated: true,
        })

  const keyOf = (subject: string) => dailyDigest(deps, `${name}\0${subject}`)
  const consume = async (subject: string) => {
    try {
      await limiter.consume(keyOf(subject))
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused
      const retryAfterSeconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
      throw new Problem('too_many_requests', { retryAfterSeconds })
    }
  }
  const forgive = async (subject: string) => {
    await limiter.delete(keyOf(subject))
  }
  const middleware: RequestHandler = async (req, _res, next) => {
    await consume(options.by(req))
    next()
  }
  return Object.assign(middleware, { consume, forgive })
}

/** An HMAC under a key that is another one every day (UTC): what counters are kept by. */
export function dailyDigest(
  { config, clock }: Pick<AppDeps, 'config' | 'clock'>,
  subject: string,
): string {
  const { rateKey } = config.keys
  if (rateKey === undefined) throw new Error('RATE_KEY is missing')
  const today = clock.now().toISOString().slice(0, 10)
  const dailyKey = createHmac('sha256', Buffer.from(rateKey, 'base64url')).update(today).digest()
  return createHmac('sha256', dailyKey).update(subject).digest('base64url')
}

/** Against floods only: so generous that the many who share a carrier's address do not meet it. */
export function limitPages(deps: AppDeps): Limit {
  return limit(deps, {
    name: 'page',
    by: addressOf,
    ...deps.config.limits.rate.page,
    store: 'memory',
  })
}

/** The same for forms that cannot be guessed into: as many from one address as people type. */
export function limitForms(deps: AppDeps, name: string): Limit {
  return limit(deps, { name, by: addressOf, ...deps.config.limits.rate.draft, store: 'memory' })
}

/**
 * The network address a request counts for: an IPv4 address, or the /64 of an IPv6 address, which is
 * what one household or phone gets. Honours TRUST_PROXY. Never stored or logged as it is.
 */
export function addressOf(req: Request): string {
  const address = req.ip ?? ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail ? tail.split(':').length : 0
  const filled =
    tail === undefined ? groups : [...groups, ...Array(8 - groups.length - after).fill('0')]
  return [...filled, ...(tail ? tail.split(':') : [])].slice(0, 4).join(':') + '::/64'
}
