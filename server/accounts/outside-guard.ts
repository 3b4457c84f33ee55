import type { RequestHandler } from 'express'
import { Problem } from '../kernel/problem'
import type { AppDeps } from '../web/deps'
import { recordOutside } from './networks'

declare module 'express-session' {
  interface SessionData {
    /** when a refusal for the network was last recorded, milliseconds since 1970 */
    outsideAt?: number
  }
}

const recordEveryMs = 60 * 60_000

/** Refuses a request from outside the networks of the person's firm; records it, once an hour for a session. */
export function outsideGuard(deps: AppDeps): RequestHandler {
  return async (req) => {
    const now = deps.clock.now().getTime()
    if (now - (req.session.outsideAt ?? 0) >= recordEveryMs) {
      req.session.outsideAt = now
      await recordOutside(deps, req.user!.id)
    }
    throw new Problem('outside_network')
  }
}
