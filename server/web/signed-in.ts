import { callbackify } from 'node:util'
import type { Request, RequestHandler, Response } from 'express'
import passport from 'passport'
import type { ProcessConfig } from '../config'
import { textsOf } from './choose-language'
import type { AppDeps } from './deps'
import type { Person } from './person'
import { sessionCookieName, usesHttps } from './sessions'

type Passport = InstanceType<typeof passport.Authenticator>

/** The key under which createApp keeps the passport of this surface (`app.set`). */
export const passportKey = 'passport'

/**
 * A passport of this app alone (the module's own is one for the whole process). A session keeps only
 * the person's id; who they are is read anew on every request, so that leaving the team or losing a
 * role takes effect at once.
 */
export function createPassport({ findPerson }: AppDeps): Passport {
  const own = new passport.Authenticator()
  own.serializeUser((person, done) => done(null, person.id))
  const read = callbackify(
    async (id: string, address: string): Promise<Person | false> =>
      (await findPerson?.(id, address)) ?? false,
  )
  own.deserializeUser(
    (req: Request, id: string, done: (error: unknown, person?: Person | false) => void) =>
      read(id, req.ip ?? '', done),
  )
  return own
}

/** The passport of the surface that serves `req`: give it the strategies of the sign-in. */
export function passportOf(req: Request): Passport {
  return req.app.get(passportKey) as Passport
}

/** Sets `req.user` from the session, and shows the person to views. */
export function loadPerson(own: Passport): RequestHandler[] {
  const show: RequestHandler = (req, res, next) => {
    if (req.user) {
      const roleText = textsOf(res)(`accounts:role.${req.user.role}`)
      Object.assign(res.locals, { person: { ...req.user, roleText }, signOutHref: '/sign-out' })
    }
    next()
  }
  return [own.session() as RequestHandler, show]
}

/**
 * Signs a person in: the session gets a new id and starts empty, so that an id planted before is worth
 * nothing.
 */
export async function signInSession(req: Request, person: Person): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.logIn(person, (error: unknown) => (error ? reject(error as Error) : resolve()))
  })
  // Nobody gets here without a second factor.
  req.session.steppedUpAt = req.session.startedAt
}

/** Gives the session a new id; it starts empty, or keeps what it had. */
export async function renewSession(req: Request, { keep = false } = {}): Promise<void> {
  const { cookie: _, ...kept } = req.session
  await new Promise<void>((resolve, reject) => {
    req.session.regenerate((error: unknown) => (error ? reject(error as Error) : resolve()))
  })
  if (keep) Object.assign(req.session, kept)
}

/** Ends the session, forgets its cookie and asks the browser to forget what it kept of this site. */
export async function signOutSession(
  req: Request,
  res: Response,
  config: ProcessConfig,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.session.destroy((error: unknown) => (error ? reject(error as Error) : resolve()))
  })
  res.clearCookie(sessionCookieName(config), {
    path: '/',
    httpOnly: true,
    secure: usesHttps(config),
  })
  res.setHeader('Clear-Site-Data', '"cache", "storage"')
}
