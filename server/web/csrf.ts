import { csrfSync } from 'csrf-sync'
import type { Request, RequestHandler } from 'express'
import { Problem } from '../kernel/problem'

const { generateToken, isRequestValid } = csrfSync({
  size: 32,
  getTokenFromRequest: (req: Request) => {
    const body = req.body as Record<string, unknown> | undefined
    const token = body?.['_csrf'] ?? req.headers['x-csrf-token']
    return typeof token === 'string' ? token : undefined
  },
})

/**
 * Gives views `csrfToken`. It turns into text only where a view prints it, so a session begins, and a
 * cookie is set, only for a page that really shows a form.
 */
export const offerCsrfToken: RequestHandler = (req, res, next) => {
  res.locals['csrfToken'] = { toString: () => generateToken(req) }
  next()
}

/**
 * Refuses a form that another site sent (Sec-Fetch-Site) or whose token is not that of the session.
 * With `onFailure: 'flag'` a missing or stale token sets `req.csrfFailed` instead, so that the handler
 * can give a long form back filled, with a fresh token; what another site sends is refused all the
 * same, so that nobody can fill the form for a visitor.
 * @throws Problem form_expired
 */
export function csrfGuard({ onFailure }: { onFailure: 'reject' | 'flag' }): RequestHandler {
  return (req, _res, next) => {
    const site = req.headers['sec-fetch-site']
    // Older browsers send nothing; there the token alone decides.
    const foreign = site !== undefined && site !== 'same-origin' && site !== 'none'
    if (foreign) throw new Problem('form_expired')
    if (!isRequestValid(req)) {
      if (onFailure === 'reject') throw new Problem('form_expired')
      req.csrfFailed = true
    }
    next()
  }
}
