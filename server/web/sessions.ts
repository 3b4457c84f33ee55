import connectPgSimple from 'connect-pg-simple'
import type { Request, RequestHandler } from 'express'
import session from 'express-session'
import type { Pool } from 'pg'
import type { ProcessConfig } from '../config'
import type { Db } from '../db/connections'
import type { AppDeps } from './deps'

declare module 'express-session' {
  interface SessionData {
    /** Milliseconds since 1970 by the application's clock. */
    startedAt: number
    seenAt: number
    /** As passport keeps it; `sessions_staff.person_id` is computed from it. */
    passport?: { user?: string }
    /** when the person last proved a second factor: as they signed in, or since */
    steppedUpAt?: number
  }
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const pruneSeconds = 15 * 60

export type Surface = 'public' | 'staff'

/** The surface a process serves. */
export function surfaceOf(config: ProcessConfig): Surface {
  if (config.process === 'worker') throw new Error('the worker serves no pages')
  return config.process
}

/** True when people reach this surface by https: cookies are then Secure and host-bound. */
export function usesHttps(config: ProcessConfig): boolean {
  const url = surfaceOf(config) === 'staff' ? config.staffUrl : config.publicUrl
  return url.startsWith('https:')
}

export function sessionCookieName(config: ProcessConfig): string {
  const name = surfaceOf(config) === 'staff' ? 'joinder_staff' : 'joinder'
  return usesHttps(config) ? `__Host-${name}` : name
}

/**
 * Server-side sessions: an opaque id in a cookie, signed so that a copy of the session table cannot be
 * turned into cookies. The cookie dies with the browser; the session dies at an absolute age, on the
 * staff surface also after silence. Nothing is stored, and no cookie set, before something is put in.
 */
export function sessions(deps: AppDeps): RequestHandler[] {
  const { config, clock } = deps
  const surface = surfaceOf(config)
  const secret = config.keys.sessionSecret
  if (secret === undefined) throw new Error('SESSION_SECRET is missing')

  const ages = ageLimits(config)
  const Store = connectPgSimple(session)
  const store = new Store({
    pool: poolOf(deps.db),
    tableName: surface === 'staff' ? 'sessions_staff' : 'sessions_public',
    ttl: ages.absoluteMs / 1000,
    // The ages below decide, by the application's clock; a row only has to outlive them.
    disableTouch: true,
    pruneSessionInterval: pruneSeconds,
    errorLog: () => deps.log.warn('expired sessions could not be deleted'),
  })
  const handler = session({
    store,
    name: sessionCookieName(config),
    secret,
    resave: false,
    saveUninitialized: false,
    cookie: {
      httpOnly: true,
      path: '/',
      sameSite: surface === 'staff' ? 'strict' : 'lax',
      secure: usesHttps(config),
    },
  })

  // The birth of a session is written where express-session makes one, before it takes the hash by
  // which it knows whether anything was put in: so an empty session still counts as empty.
  const made = store as typeof store & { generate(req: Request): void }
  const generate = made.generate.bind(made)
  made.generate = (req) => {
    generate(req)
    req.session.startedAt = req.session.seenAt = clock.now().getTime()
  }

  const checkAge: RequestHandler = (req, _res, next) => {
    const now = clock.now().getTime()
    const { startedAt = 0, seenAt = 0 } = req.session
    const old = now - startedAt >= ages.absoluteMs || now - seenAt >= ages.idleMs
    if (old) return req.session.regenerate(next)
    // Once a minute is exact enough, and most requests then write nothing.
    if (req.session.passport?.user && now - seenAt > minuteMs) req.session.seenAt = now
    next()
  }
  return [handler, redirectWithoutBody, checkAge]
}

/**
 * Redirects carry no body. express-session sends the head and all but the last byte of a body while it still
 * writes the session, and a browser follows a redirect as soon as it has the head: on a busy day it would
 * arrive before what the redirect is about (a sign-in, a draft) is there. Without a body nothing leaves first.
 */
const redirectWithoutBody: RequestHandler = (_req, res, next) => {
  res.redirect = (first: string | number, second?: string | number) => {
    const [status, url] = typeof first === 'number' ? [first, second] : [302, first]
    res.status(status).location(String(url)).set('Content-Length', '0').end()
  }
  next()
}

function ageLimits({ limits, process }: ProcessConfig) {
  return process === 'staff'
    ? {
        absoluteMs: limits.staffSessionHours * hourMs,
        idleMs: limits.staffIdleMinutes * minuteMs,
      }
    : { absoluteMs: limits.sessionHours * hourMs, idleMs: Infinity }
}

/** The one method of a pg pool that the store calls, over the pool that knex already has. */
function poolOf(db: Db): Pool {
  const client = db.client as {
    acquireConnection(): Promise<{ query(text: string, values: unknown[]): Promise<unknown> }>
    releaseConnection(connection: unknown): Promise<void>
  }
  const query = async (text: string, values: unknown[]) => {
    const connection = await client.acquireConnection()
    try {
      return await connection.query(text, values)
    } finally {
      await client.releaseConnection(connection)
    }
  }
  return { query } as unknown as Pool
}
