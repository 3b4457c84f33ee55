import { randomUUID } from 'node:crypto'
import { openQueues } from '../../jobs/queue'
import { canaryAges } from '../../jobs/canary'
import { pruneOutbox, relayOutbox } from '../../jobs/relay-outbox'
import { limits } from '../../server/limits'
import { claimEffect } from '../../server/outbox/effects'
import { intents } from '../../server/outbox/intents'
import { testKeys } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { fileDirectly } from '../support/filed-claim'
import { openMailbox, type Mailbox } from '../support/mailbox'
import { hasRedis, startRedis, type TestRedis } from '../support/redis'
import { loadTestMatters } from '../support/test-matters'
import { until } from '../support/until'
import { startTestWorker, workerDeps, type TestWorkerDeps } from '../support/worker'

const whereRedisIs = hasRedis ? describe : describe.skip

describe('the worker on PostgreSQL', () => {
  promises('PostgreSQL')
})
whereRedisIs('the worker on Redis', () => {
  promises('Redis')
})

function promises(backend: 'PostgreSQL' | 'Redis') {
  const keys = testKeys()
  let database: TestDatabase
  let mailbox: Mailbox
  let redis: TestRedis | undefined
  let env: Record<string, string>
  const open: TestWorkerDeps[] = []

  beforeEach(async () => {
    database = await createTestDatabase()
    await loadTestMatters(database.db.migrator)
    mailbox = await openMailbox()
    if (backend === 'Redis') redis = await startRedis()
    env = redis ? { REDIS_URL: redis.url } : {}
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()))
    await mailbox.close()
    await redis?.stop()
    await database.drop()
  })

  const start = async (options: Partial<Parameters<typeof startTestWorker>[0]> = {}) => {
    const worker = await startTestWorker({ database, keys, mailbox, env, ...options })
    open.push(worker)
    return worker
  }
  const relayTo = async (after: (ids: string[]) => void = () => {}) => {
    const made = workerDeps({ database, keys, mailbox, env })
    const { deps } = made
    const queues = openQueues(deps.config, deps.config.limits, deps.log)
    try {
      return await relayOutbox({
        db: deps.db,
        limits: deps.config.limits,
        log: deps.log,
        optionsOf: () => ({ attempts: 1, backoffMs: 0 }),
        queues: {
          async add(queue, jobName, entries, options) {
            await queues.add(queue, jobName, entries, options)
            after(entries.map((entry) => entry.id))
          },
        },
      })
    } finally {
      await queues.close()
      await made.close()
    }
  }

  test('a claim that is filed becomes a mail', async () => {
    await start()
    const claim = await fileDirectly(database, keys)
    const mail = await mailbox.waitFor(({ subject }) => subject.includes(claim.number))
    expect(mail.to).toBe('minjun.kim@example.com')
    await until('all rows are handed over', async () => {
      const rows = await database.db.worker('outbox').whereNull('handed_at')
      return rows.length === 0
    })
  })

  test('two workers share the work, and each claim gets one mail', async () => {
    await Promise.all([start(), start()])
    const claims = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        fileDirectly(database, keys, { answers: { email: `many${i}@example.com` } }),
      ),
    )
    await until('every claim has its mail', () => mailbox.mails.length >= claims.length)
    const subjects = mailbox.mails.map(({ subject }) => subject)
    expect(new Set(subjects).size).toBe(claims.length)
    expect(subjects).toHaveLength(claims.length)
  })

  test('a relay that dies after handing over and before its commit loses and doubles nothing', async () => {
    const claim = await fileDirectly(database, keys)
    await expect(
      relayTo(() => {
        throw new Error('killed here')
      }),
    ).rejects.toThrow('killed here')
    expect(await database.db.worker('outbox').whereNull('handed_at')).toHaveLength(1)
    expect(await relayTo()).toBe(1)
    await start()
    await mailbox.waitFor(({ subject }) => subject.includes(claim.number))
    await until('the mail is marked', async () => {
      const mail = await database.db.worker('mails').where({ claim_id: claim.id }).first()
      return mail?.state === 'sent'
    })
    expect(mailbox.mails).toHaveLength(1)
    expect(await database.db.worker('mails')).toHaveLength(1)
  })

  test('a worker that died while it held a mail leaves it to the next', async () => {
    const dead = workerDeps({ database, keys, mailbox, env })
    open.push(dead)
    const worker = await start({ limits: { mailRedriveMs: 300, mailBackoffMs: 100 } })
    mailbox.answerTo(() => 451)
    const claim = await fileDirectly(database, keys)
    const mail = () => database.db.worker('mails').where({ claim_id: claim.id }).first()
    await until('it was tried', async () => (await mail())?.attempts === 1)
    // As if a run had claimed the second attempt and been killed.
    const { id } = await mail()
    expect(await claimEffect(dead.deps.db, `mail:${id}:1`, 1_000)).toBe('claimed')
    mailbox.answerTo(() => undefined)
    await mailbox.waitFor(({ subject }) => subject.includes(claim.number))
    await until('it counts as sent', async () => (await mail()).state === 'sent')
    expect(mailbox.mails).toHaveLength(1)
    expect(worker.logged.join('')).not.toContain('minjun')
  })

  test('a payload that is not the job’s own is not tried again', async () => {
    const worker = await start()
    await database.db.superuser('outbox').insert([
      { job: 'send-mail', payload: { mailId: 'not an id' }, created_at: new Date() },
      { job: 'job-of-another-release', payload: {}, created_at: new Date() },
    ])
    await until('both are seen', () => {
      const log = worker.logged.join('')
      return log.includes('not that of this job') && log.includes('job-of-another-release')
    })
    // What is wrong holds nothing up that comes after it.
    const claim = await fileDirectly(database, keys)
    const mail = await mailbox.waitFor(({ subject }) => subject.includes(claim.number))
    expect(mail.to).toBe('minjun.kim@example.com')
  })

  test('canaries come through every queue', async () => {
    const { deps } = await start()
    const queues = Object.keys(intents).length
    await until('each queue has its own', async () => (await canaryAges(deps.db)).size === queues)
    expect(Math.max(...(await canaryAges(deps.db)).values())).toBeLessThan(20_000)
  })

  test('what a lost job left undone is asked for again', async () => {
    await start({ limits: { redriveMs: 100 } })
    const claim = await fileDirectly(database, keys, {
      intent: false,
      at: new Date(Date.now() - 60_000),
    })
    const mail = await mailbox.waitFor(({ subject }) => subject.includes(claim.number))
    expect(mail.to).toBe('minjun.kim@example.com')
  })

  test('the queue holds ids only', async () => {
    await start()
    const claim = await fileDirectly(database, keys)
    await mailbox.waitFor(({ subject }) => subject.includes(claim.number))
    const payloads = await database.db.superuser('outbox').pluck('payload')
    for (const payload of payloads as Record<string, string>[]) {
      for (const value of Object.values(payload)) expect(value).toMatch(/^[0-9a-f-]{36}$/)
    }
  })
}

describe('on PostgreSQL', () => {
  // BullMQ names the session that listens after its queue.
  const queueNames = ['screen-claim', 'send-mail', 'handle-request', 'build-batch']

  test('jobs go on after the LISTEN sessions are killed', async () => {
    const keys = testKeys()
    const database = await createTestDatabase()
    await loadTestMatters(database.db.migrator)
    const mailbox = await openMailbox()
    const worker = await startTestWorker({ database, keys, mailbox })
    try {
      await until('it listens', async () => (await listening(database)) >= 4)
      await database.db.superuser.raw(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = any(?)`,
        [queueNames],
      )
      const claim = await fileDirectly(database, keys)
      const mail = await mailbox.waitFor(({ subject }) => subject.includes(claim.number), 20_000)
      expect(mail.to).toBe('minjun.kim@example.com')
    } finally {
      await worker.close()
      await mailbox.close()
      await database.drop()
    }
  })

  async function listening(database: TestDatabase): Promise<number> {
    const result = await database.db.superuser.raw(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and application_name = any(?)`,
      [queueNames],
    )
    return result.rows[0].count as number
  }

  test('only rows handed over long ago are pruned', async () => {
    const database = await createTestDatabase()
    const row = (hours: number | null) => ({
      job: 'send-mail',
      payload: { mailId: randomUUID() },
      created_at: new Date(),
      handed_at: hours === null ? null : new Date(Date.now() - hours * 3600_000),
    })
    await database.db.superuser('outbox').insert([row(25), row(23), row(null)])
    await pruneOutbox({ db: database.db.worker, limits })
    expect(await database.db.superuser('outbox')).toHaveLength(2)
    await database.drop()
  })
})
