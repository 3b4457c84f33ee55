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

/** Older browsers send nothing; there the token alone decides. */
function isForeign(req: Request): boolean {
  const site = req.headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

/** The part of the guard that needs no body. @throws Problem form_expired */
export const refuseForeign: RequestHandler = (req, _res, next) => {
  next(isForeign(req) ? new Problem('form_expired') : undefined)
}

/**
 * Whether what came so far, a header or the fields before the file, bears the token of the session: a file
 * of somebody who has none is then not even read into memory.
 */
export function bearsToken(req: Request): boolean {
  return isRequestValid(req)
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
    if (isForeign(req)) throw new Problem('form_expired')
    if (!isRequestValid(req)) {
      if (onFailure === 'reject') throw new Problem('form_expired')
      req.csrfFailed = true
    }
    next()
  }
}
