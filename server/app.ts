import express, { type Express, type Router } from 'express'
import { aboutRoutes } from './about/routes'
import { ownAccountRoutes } from './accounts/account-routes'
import { devCodeRoutes } from './accounts/dev-code-routes'
import { factorRoutes } from './accounts/factor-routes'
import { peopleRoutes } from './accounts/people-routes'
import { networkRoutes } from './accounts/network-routes'
import { outsideGuard } from './accounts/outside-guard'
import { ownFactorRoutes } from './accounts/own-factor-routes'
import { personRoutes } from './accounts/person-routes'
import { accountRoutes } from './accounts/routes'
import { approvalRoutes } from './approvals/routes'
import { recallRoutes } from './batches/recall-routes'
import { authorityIndexRoutes } from './authority/index-routes'
import { guardianRoutes } from './authority/guardian-routes'
import { ownPaperRoutes } from './authority/own-routes'
import { stepUpGuard, stepUpRoutes } from './accounts/step-up'
import { batchRoutes } from './batches/routes'
import { accessRoutes } from './claims/access/routes'
import { emailChangeRoutes } from './claims/email-change/routes'
import { staffEmailChangeRoutes } from './claims/email-change/staff-routes'
import { changeRoutes } from './claims/changes/routes'
import { ownNeedRoutes } from './claims/needs/own-routes'
import { taskRoutes } from './claims/needs/task-routes'
import { reminderRoutes } from './claims/reminders/routes'
import { claimRoutes } from './claims/routes'
import { evidenceRoutes } from './evidence/routes'
import { documentTaskRoutes } from './evidence/task-routes'
import { evidenceStaffRoutes } from './evidence/staff-routes'
import { ownNextRoutes } from './intake/own-next-routes'
import { intakeRoutes } from './intake/routes'
import { ledgerPageRoutes } from './ledger/page-routes'
import { ledgerFileRoutes } from './ledger/publish-routes'
import { receiptRoutes } from './ledger/receipts/receipt-routes'
import { verifyRoutes } from './ledger/receipts/verify-routes'
import { devMailRoutes } from './mail/dev-mail-routes'
import { unsentRoutes } from './mail/unsent-routes'
import { matterRoutes } from './matters/matter-routes'
import { ownMessageRoutes } from './messages/own-routes'
import { messageRoutes } from './messages/staff-routes'
import { moderationRoutes } from './moderation/routes'
import { alertBanner } from './oversight/alert-banner'
import { alertRoutes } from './oversight/alert-routes'
import { watchUnknown } from './oversight/note-unknown'
import { erasureRoutes } from './privacy/erasure-routes'
import { leakRoutes } from './oversight/leak-routes'
import { openingRoutes } from './oversight/opening-routes'
import { logReviewRoutes } from './oversight/review-routes'
import { oversightRoutes } from './oversight/routes'
import { holdRoutes } from './privacy/hold-routes'
import { ownDataRoutes } from './privacy/own-routes'
import { noteRoutes } from './notes/routes'
import { searchRoutes } from './search/routes'
import { noticeDeskRoutes } from './notices/staff-routes'
import { newsRoutes } from './news/public-routes'
import { newsDeskRoutes } from './news/staff-routes'
import { serveAssets } from './web/assets/serve'
import { chooseLanguage } from './web/choose-language'
import type { AppDeps } from './web/deps'
import { notFound, renderProblem } from './web/errors'
import { refuseNul } from './web/forms'
import { keepNothing, securityHeaders } from './web/headers'
import { healthRoutes } from './web/health'
import { logRequests } from './web/log'
import { warnOfProxy } from './web/proxy'
import { limitPages } from './web/rate-limit'
import { useRouteParts } from './web/route-parts'
import { surfaceOf } from './web/sessions'
import { assetFolder, useViews, viewLocals } from './web/views'

export type { AppDeps } from './web/deps'

type Feature = (deps: AppDeps) => Router

/** What the public surface answers: one line a feature. */
const publicRoutes: Feature[] = [
  matterRoutes,
  newsRoutes,
  intakeRoutes,
  claimRoutes,
  accessRoutes,
  emailChangeRoutes,
  changeRoutes,
  ownNextRoutes,
  ownNeedRoutes,
  taskRoutes,
  reminderRoutes,
  ownDataRoutes,
  ownMessageRoutes,
  evidenceRoutes,
  documentTaskRoutes,
  ownPaperRoutes,
  guardianRoutes,
  ledgerPageRoutes,
  ledgerFileRoutes,
  receiptRoutes,
  verifyRoutes,
  aboutRoutes,
  devMailRoutes,
]

/** What the staff surface answers. */
const staffRoutes: Feature[] = [
  accountRoutes,
  factorRoutes,
  stepUpRoutes,
  ownAccountRoutes,
  ownFactorRoutes,
  devCodeRoutes,
  peopleRoutes,
  networkRoutes,
  personRoutes,
  moderationRoutes,
  searchRoutes,
  noteRoutes,
  messageRoutes,
  newsDeskRoutes,
  noticeDeskRoutes,
  staffEmailChangeRoutes,
  evidenceStaffRoutes,
  batchRoutes,
  recallRoutes,
  authorityIndexRoutes,
  unsentRoutes,
  erasureRoutes,
  alertRoutes,
  oversightRoutes,
  openingRoutes,
  logReviewRoutes,
  leakRoutes,
  holdRoutes,
  approvalRoutes,
]

/**
 * One surface, public or staff by `deps.config.process`. The order matters: assets come before
 * anything that sets a cookie, and sessions belong to the routes that need them. `features` is for a
 * test that needs a route of its own.
 */
export function createApp(deps: AppDeps, features: readonly Feature[] = featuresOf(deps)): Express {
  const app = express()
  app.set('trust proxy', deps.config.trustProxy)
  useViews(app)
  useRouteParts(app, deps, {
    stepUp: stepUpGuard(deps),
    outside: outsideGuard(deps),
    alarms: alertBanner(deps),
  })

  app.use(logRequests(deps.log))
  app.use(securityHeaders(deps.config))
  app.use('/assets', express.Router().use(serveAssets(assetFolder)))
  app.use(keepNothing)
  app.use(healthRoutes(deps))
  app.use(chooseLanguage(deps))
  app.use(viewLocals(deps))
  app.use(warnOfProxy(deps))
  app.use(limitPages(deps))
  app.use(refuseNul)

  for (const routes of features) app.use(routes(deps))

  app.use(notFound)
  app.use(watchUnknown(deps))
  app.use(renderProblem(deps.log))
  return app
}

function featuresOf({ config }: AppDeps): Feature[] {
  return surfaceOf(config) === 'staff' ? staffRoutes : publicRoutes
}
