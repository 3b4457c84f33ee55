import { join } from 'node:path'
import express, { type Express, type Router } from 'express'
import { serveAssets } from './web/assets/serve'
import { assetUrls } from './web/assets/urls'
import { offerCsrfToken } from './web/csrf'
import type { AppDeps } from './web/deps'
import { notFound, renderProblem } from './web/errors'
import { readForm } from './web/forms'
import { securityHeaders } from './web/headers'
import { healthRoutes } from './web/health'
import { chooseLanguage } from './web/languages'
import { logRequests } from './web/log'
import { navOf } from './web/nav'
import { addressOf, limit, warnOfUnaskedProxy } from './web/rate-limit'
import { routeParts, type RouteParts } from './web/routes'
import { sessions, surfaceOf } from './web/sessions'
import { createPassport, loadPerson, passportKey } from './web/signed-in'
import { projectRoot, useViews, viewLocals } from './web/views'

export type { AppDeps } from './web/deps'

/** What the public surface answers: one line a feature. */
const publicRoutes: ((deps: AppDeps) => Router)[] = []

/** What the staff surface answers. */
const staffRoutes: ((deps: AppDeps) => Router)[] = []

/**
 * One surface, public or staff by `deps.config.process`. The order matters: assets come before
 * anything that sets a cookie, and sessions belong to the routes that need them.
 */
export function createApp(deps: AppDeps): Express {
  const { config, log } = deps
  const surface = surfaceOf(config)
  const assets = join(projectRoot, 'public', 'assets')
  const app = express()
  app.set('trust proxy', config.trustProxy)
  useViews(app)

  app.use(logRequests(log))
  app.use(securityHeaders(config))
  app.use('/assets', express.Router().use(serveAssets(assets)))
  app.use(healthRoutes(deps))

  app.use(chooseLanguage(deps))
  app.use(
    viewLocals(deps, assetUrls(join(assets, 'manifest.json')), (user) => navOf(surface, user)),
  )
  app.use(warnOfUnaskedProxy(deps))
  app.use(limit(deps, { name: 'page', by: addressOf, ...config.limits.rate.page, store: 'memory' }))

  const passport = createPassport(deps)
  app.set(passportKey, passport)
  app.set(routeParts, {
    surface,
    session: express.Router().use(sessions(deps), loadPerson(passport), offerCsrfToken),
    form: readForm(config.limits),
  } satisfies RouteParts)
  for (const routes of surface === 'staff' ? staffRoutes : publicRoutes) app.use(routes(deps))

  app.use(notFound)
  app.use(renderProblem(log))
  return app
}
