import type { Request, Response } from 'express'
import type { ProcessConfig } from '../../config'
import { cookieOf } from '../../web/cookies'
import { usesHttps } from '../../web/sessions'

const hourMs = 60 * 60 * 1000

/** The cookie that alone holds the key to what is sealed for this browser; no script reads it. */
function cookieName(config: ProcessConfig): string {
  return usesHttps(config) ? '__Secure-claims' : 'claims'
}

function options(config: ProcessConfig) {
  return { path: '/claims', httpOnly: true, sameSite: 'lax', secure: usesHttps(config) } as const
}

/** The secret that the browser sent, whatever it may be. */
export function readAccessCookie(req: Request, config: ProcessConfig): string | undefined {
  return cookieOf(req, cookieName(config))
}

/** Gives the browser a new secret. Its request says for how long it is good for anything. */
export function setAccessCookie(res: Response, config: ProcessConfig, secret: string): void {
  const { accessHours, sessionHours } = config.limits
  res.cookie(cookieName(config), secret, {
    ...options(config),
    maxAge: (accessHours + sessionHours) * hourMs,
  })
}

export function clearAccessCookie(res: Response, config: ProcessConfig): void {
  res.clearCookie(cookieName(config), options(config))
}
