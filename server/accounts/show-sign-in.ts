import type { Request, Response } from 'express'
import type { AppDeps } from '../web/deps'
import { requestOptions } from './factors/passkeys'
import { challengeOf } from './halfway'

/** Why the form is there again; worded under `accounts:signIn.problem.<…>`. */
export type SignInProblem =
  | 'wrong'
  | 'expired'
  /** the second factor was not given in time */
  | 'late'
  | 'asleep'
  | 'no_factor'
  | 'passkey'

/** The page for e-mail and password, and for a passkey, which needs neither. */
export async function showSignIn(
  { config }: AppDeps,
  req: Request,
  res: Response,
  shown: { next: string; email?: string; problem?: SignInProblem },
): Promise<void> {
  const options = await requestOptions(config.staffUrl, challengeOf(req))
  res.render('accounts/sign-in', {
    email: '',
    problem: null,
    ...shown,
    demonstration: config.demonstration,
    passkey: JSON.stringify(options),
  })
}
