import express, { type Request, type RequestHandler, type Response, type Router } from 'express'
import type { RouteParameters } from 'express-serve-static-core'
import { Problem } from '../kernel/problem'
import { csrfGuard, refuseForeign } from './csrf'
import { localPath } from './local-path'
import type { Role } from './person'

/** Who may use a route: anyone, whoever is signed in on the staff surface, or people of some roles. */
export type Who = 'anyone' | 'signed-in' | readonly Role[]

export interface RouteOptions {
  who: Who
  /**
   * What happens to a POST whose token does not fit. `reject` (default) answers "form expired"; `flag`
   * sets `req.csrfFailed` and lets the handler give the form back filled; `none` is for requests that
   * carry no cookie, such as those of a program with a token of its own.
   */
  csrf?: 'reject' | 'flag' | 'none'
  /**
   * Whether a GET needs the session: a page that shows a form does. By default yes on the staff
   * surface, no on the public one, whose pages then set no cookie. A POST always has it.
   */
  session?: boolean
  /** The page is the same for everyone and may be kept by browsers and proxies for so long. */
  cacheSeconds?: number
  /**
  /**
   * Whoever asks must have proved a second factor a moment ago, or does so now and goes on with what
   * they typed: for export, rights, and how people sign in.
   */
  stepUp?: boolean
  /**
   * `none` leaves the body unread: the handler streams it. A reader of its own (uploads) sees the session,
   * and the fields it puts into `req.body` are what the CSRF guard looks at after it. Default: a form.
   */
  body?: 'form' | 'none' | readonly RequestHandler[]
}

export interface Declaration {
  method: 'get' | 'post'
  path: string
  who: Who
  csrf: 'reject' | 'flag' | 'none'
  stepUp: boolean
}

/** What createApp makes once and every route uses. */
export interface RouteParts {
  surface: 'public' | 'staff'
  session: RequestHandler
  form: RequestHandler
  /** asks for a second factor unless it was proved a moment ago */
  stepUp: RequestHandler
  /** refuses whoever asks from outside the networks of their firm */
  outside: RequestHandler
}

/** The key under which createApp keeps them (`app.set`). */
export const routeParts = 'route parts'

/** Where a route's first handler carries its declaration; read by declared-routes.ts. */
export const declared = Symbol('declaration')
export type Declared = RequestHandler & { [declared]?: Declaration }

export interface RouteTable {
  get<Path extends string>(path: Path, options: RouteOptions, ...handlers: Handlers<Path>): void
  post<Path extends string>(path: Path, options: RouteOptions, ...handlers: Handlers<Path>): void
  router: Router
}

type Handlers<Path extends string> = RequestHandler<RouteParameters<Path>>[]

/**
 * A router whose every line says method, path and who may use it:
 *
 *     const routes = routeTable()
 *     routes.get('/queue', { who: ['moderator', 'administrator'] }, showQueue)
 *     return routes.router
 *
 * In front of the handlers it puts, in this order: the session where needed, the check of who asks,
 * the form body, the CSRF guard, a second factor asked for anew. Mount it at the root: paths are written in full.
 */
export function routeTable(): RouteTable {
  const router = express.Router()
  const add =
    (method: 'get' | 'post') =>
    (path: string, options: RouteOptions, ...handlers: RequestHandler[]) => {
      const csrf = options.csrf ?? 'reject'
      if (options.cacheSeconds !== undefined && options.session) {
        throw new Error(`${path}: a page with a session is not the same for everyone`)
      }
      const { who, stepUp = false } = options
      const declaration: Declaration = { method, path, who, csrf, stepUp }
      const chain: RequestHandler[] = [announce(declaration, options)]
      const cookieless = method === 'post' && csrf === 'none'
      if (!cookieless) chain.push(sessionFor(method, options.session), guard(who))
      if (method === 'post') chain.push(...readersOf(options))
      if (method === 'post' && csrf !== 'none') chain.push(csrfGuard({ onFailure: csrf }))
      if (stepUp) chain.push(askStepUp)
      router[method](path, ...chain, ...handlers)
    }
  return { get: add('get'), post: add('post'), router } as RouteTable
}

function announce(declaration: Declaration, { cacheSeconds }: RouteOptions): RequestHandler {
  const handler: Declared = (req, res, next) => {
    req.routePattern = req.baseUrl + declaration.path
    // An answer that sets a cookie (the language just chosen) belongs to one visitor, and a staff page
    // shows who is signed in.
    const { surface } = req.app.get(routeParts) as RouteParts
    if (cacheSeconds !== undefined && surface === 'public' && !res.hasHeader('Set-Cookie')) {
      res.setHeader('Cache-Control', `public, max-age=${cacheSeconds}`)
    }
    next()
  }
  handler[declared] = declaration
  return handler
}

/** What another site sends is refused before a reader of its own has read a byte of it. */
function readersOf({ body = 'form' }: RouteOptions): RequestHandler[] {
  if (body === 'none') return []
  return body === 'form' ? [readForm] : [refuseForeign, ...body]
}

function sessionFor(method: 'get' | 'post', asked: boolean | undefined): RequestHandler {
  return (req, res, next) => {
    const { surface, session } = req.app.get(routeParts) as RouteParts
    if (!(asked ?? (method === 'post' || surface === 'staff'))) return next()
    session(req, res, next)
  }
}

const readForm: RequestHandler = (req, res, next) =>
  (req.app.get(routeParts) as RouteParts).form(req, res, next)

const askStepUp: RequestHandler = (req, res, next) =>
  (req.app.get(routeParts) as RouteParts).stepUp(req, res, next)

/** Refuses who may not. On the staff surface a page asked for without a session leads to the sign-in and back. */
function guard(who: Who): RequestHandler {
  return (req, res, next) => {
    if (who === 'anyone') return next()
    const person = req.user
    if (!person) {
      if (req.method !== 'GET' || req.accepts(['html', 'json']) !== 'html') {
        throw new Problem('not_signed_in')
      }
      if (req.headers['sec-fetch-site'] === 'cross-site') return askAgain(req, res)
      return res.redirect(303, `/sign-in?next=${encodeURIComponent(req.originalUrl)}`)
    }
    if (person.outside) return (req.app.get(routeParts) as RouteParts).outside(req, res, next)
    if (who !== 'signed-in' && !who.includes(person.role)) throw new Problem('not_allowed')
    next()
  }
}

/**
 * A link in a web mailer comes from another site, so the browser kept the SameSite=Strict cookie back
 * and the person looks signed out. The same address asked for again, now from our own page, brings it.
 */
function askAgain(req: Request, res: Response): void {
  res.setHeader('Refresh', `0;url=${localPath(req.originalUrl)}`)
  res.type('html').send('<!doctype html><title>Joinder</title>')
}
