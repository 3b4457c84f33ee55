import type { Request, Response } from 'express'
import type { AppDeps } from '../web/deps'
import { signInSession } from '../web/signed-in'
import { browserOf } from './browser-of'
import { deviceTokenOf, keepDeviceToken } from './devices'
import type { From, SignedIn } from './sign-in'

/** From where a request comes, as far as signing in looks at it. */
export function fromOf(req: Request, { config }: Pick<AppDeps, 'config'>): From {
  return {
    address: req.ip ?? '',
    browser: browserOf(req.headers['user-agent']),
    deviceToken: deviceTokenOf(req, config),
  }
}

/** Gives a person who proved who they are a session of their own, under a new id. */
export async function letIn(
  { config }: AppDeps,
  req: Request,
  res: Response,
  { person, deviceToken }: Extract<SignedIn, { ok: true }>,
): Promise<void> {
  await signInSession(req, person)
  req.session.browser = browserOf(req.headers['user-agent'])
  keepDeviceToken(res, config, deviceToken)
}
