import type { Router } from 'express'
import type { AppDeps } from './deps'
import { errorForLog } from './log'
import { routeTable } from './routes'

/** `/healthz`: the process answers. `/readyz`: it can also do its work, i.e. its database answers. */
export function healthRoutes(deps: AppDeps): Router {
  const routes = routeTable()
  routes.get('/healthz', { who: 'anyone', session: false }, (_req, res) => {
    res.json({ ok: true })
  })
  routes.get('/readyz', { who: 'anyone', session: false }, async (_req, res) => {
    try {
      await deps.db.raw('select 1').timeout(deps.config.limits.poolAcquireMs, { cancel: false })
      res.json({ ready: true })
    } catch (error) {
      deps.log.warn({ err: errorForLog(error) }, 'not ready')
      res.status(503).json({ ready: false })
    }
  })
  return routes.router
}
