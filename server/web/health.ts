import { setTimeout as wait } from 'node:timers/promises'
import type { Router } from 'express'
import type { AppDeps } from './deps'
import { routeTable } from './routes'

/**
 * `/healthz`: the process answers. `/readyz`: it can do its work, i.e. its database answers in time. The
 * schema is checked at start and not here: in a rolling upgrade the old program goes on serving after
 * the migration, until the new one has taken over.
 */
export function healthRoutes({ db, healthDb = db, config, log }: AppDeps): Router {
  const routes = routeTable()
  routes.get('/healthz', { who: 'anyone', session: false }, (_req, res) => {
    res.json({ ok: true })
  })
  routes.get('/readyz', { who: 'anyone', session: false }, async (_req, res) => {
    const late = new AbortController()
    try {
      await Promise.race([
        healthDb.raw('select 1'),
        wait(config.limits.poolAcquireMs, undefined, late).then(() => {
          throw new Error('the database does not answer in time')
        }),
      ])
      res.json({ ready: true })
    } catch (err) {
      log.warn({ err }, 'not ready')
      res.status(503).json({ ready: false })
    } finally {
      late.abort()
    }
  })
  return routes.router
}
