import { randomBytes } from 'node:crypto'
import type { Request } from 'express'
import type { Clock } from '../kernel/clock'
import { renewSession } from '../web/signed-in'

/** Somebody whose password was right and whose second factor is not there yet. */
export interface Halfway {
  personId: string
  /** milliseconds since 1970 */
  at: number
  /** where they were going */
  next: string
}

declare module 'express-session' {
  interface SessionData {
    halfway?: Halfway
    /** what the next passkey has to sign, base64url */
    challenge?: string
    /** the same, where a second factor is asked for anew */
    stepChallenge?: string
    /** the secret that an authenticator app is being given, sealed, base64 */
    totpBox?: string
    /** family of the browser, for the list of one's sessions */
    browser?: string
  }
}

const minuteMs = 60_000

/** Begins a fresh session, under a new id, that knows who comes and lets them nowhere yet. */
export async function beginHalfway(
  req: Request,
  clock: Clock,
  personId: string,
  next: string,
): Promise<void> {
  await renewSession(req)
  req.session.halfway = { personId, at: clock.now().getTime(), next }
}

/** Who is halfway in, or null when it is over or took too long. */
export function halfwayOf(req: Request, clock: Clock, minutes: number): Halfway | null {
  const { halfway } = req.session
  if (!halfway || clock.now().getTime() - halfway.at >= minutes * minuteMs) return null
  return halfway
}

type ChallengeName = 'challenge' | 'stepChallenge'

/** What a passkey has to sign in this session; the same until it is taken, so that two tabs do not quarrel. */
export function challengeOf(req: Request, name: ChallengeName = 'challenge'): string {
  return (req.session[name] ??= randomBytes(32).toString('base64url'))
}

/** The same, for the answer to it: it counts once. */
export function takeChallenge(req: Request, name: ChallengeName = 'challenge'): string {
  const { [name]: challenge = '' } = req.session
  delete req.session[name]
  return challenge
}
