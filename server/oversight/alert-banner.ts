import type { RequestHandler } from 'express'
import type { AppDeps } from '../web/deps'
import { countOpenAlerts } from './list-alerts'

/** Tells every page of an administrator how many alerts nobody has looked into (`alarms`, see layout/top). */
export function alertBanner({ db, config }: AppDeps): RequestHandler {
  const most = config.limits.alertCountMax
  return async (req, res, next) => {
    if (req.user?.role === 'administrator' && req.accepts(['html', 'json']) === 'html') {
      const count = await countOpenAlerts(db, most)
      if (count > 0) res.locals['alarms'] = { count, more: count === most }
    }
    next()
  }
}
