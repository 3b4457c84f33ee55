import type { Request, Response, Router } from 'express'
import { Problem } from '../kernel/problem'
import type { AppDeps } from '../web/deps'
import { localPath } from '../web/local-path'
import { addressOf, limit } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { signOutSession } from '../web/signed-in'
import { guessBrake } from './guess-brake'
import { beginHalfway } from './halfway'
import { showSignIn, type SignInProblem } from './show-sign-in'
import { asTyped, checkPassword, recordSignOut, stepAfterPassword } from './sign-in'
import { readInvitation, takeUpInvitation } from './take-up-invitation'
import { typed } from './typed'

/** Where each role's work begins. */
const startOf = { administrator: '/queue', moderator: '/queue', counsel: '/batches' } as const

/** The password, which leads to the second factor; signing out; taking up an invitation. */
export function accountRoutes(deps: AppDeps): Router {
  const { config, clock } = deps
  const { rate, passwordMinChars, passwordMaxChars } = config.limits
  const routes = routeTable()
  // Its forms are given back instead of refused when they were open too long.
  const form = { who: 'anyone', csrf: 'flag' } as const
  const byAddress = limit(deps, {
    name: 'sign-in-address',
    by: addressOf,
    ...rate.signInAddress,
    store: 'database',
  })
  const brake = guessBrake(deps, 'signIn')

  routes.get('/', { who: 'signed-in' }, (req, res) => {
    res.redirect(303, startOf[req.user!.role])
  })

  routes.get('/sign-in', { who: 'anyone' }, async (req, res) => {
    const next = localPath(req.query['next'])
    if (req.user) return res.redirect(303, next)
    await showSignIn(deps, req, res, { next })
  })

  routes.post('/sign-in', form, byAddress, async (req, res) => {
    const next = localPath(typed(req, 'next'))
    const email = typed(req, 'email')
    const back = (problem: SignInProblem) => {
      res.status(422)
      return showSignIn(deps, req, res, { next, email, problem })
    }
    if (req.csrfFailed) return back('expired')
    const whose = { email: asTyped(email) }
    await brake.consume(req, whose)
    const person = await checkPassword(deps, req)
    if (!person) return back('wrong')
    const after = await stepAfterPassword(deps, person.id, req.ip ?? '')
    if (after.step === 'refused') {
      if (after.why === 'outside') throw new Problem('outside_network')
      return back(after.why)
    }
    await brake.forgive(req, whose)
    await beginHalfway(req, clock, person.id, next)
    res.redirect(303, after.step === 'enrol' ? '/sign-in/set-up' : '/sign-in/code')
  })

  // Anyone: who was away for long and now leaves is out already, and should not be asked to sign in for it.
  routes.post('/sign-out', form, async (req, res) => {
    if (req.user) {
      if (req.csrfFailed) throw new Problem('form_expired')
      await recordSignOut(deps, req.user.id)
    }
    await signOutSession(req, res, config)
    res.redirect(303, '/sign-in')
  })

  routes.get('/invitation/:token', { who: 'anyone' }, async (req, res) => {
    await showInvitation(req, res, null)
  })

  routes.post('/invitation/:token', form, byAddress, async (req, res) => {
    if (req.csrfFailed) return showInvitation(req, res, 'expired')
    const password = typed(req, 'password')
    if (password !== typed(req, 'again')) return showInvitation(req, res, 'again')
    const taken = await takeUpInvitation(deps, req.params.token, password)
    if (!taken.ok) return showInvitation(req, res, taken.problem)
    await beginHalfway(req, clock, taken.personId, '/')
    res.redirect(303, '/sign-in/set-up')
  })

  return routes.router

  async function showInvitation(
    req: Request<{ token: string }>,
    res: Response,
    problem: string | null,
  ): Promise<void> {
    const invitation = await readInvitation(deps, req.params.token)
    if (invitation.state !== 'open') {
      res.status(invitation.state === 'unknown' ? 404 : 410)
      return res.render('accounts/invitation-closed', { state: invitation.state })
    }
    if (problem) res.status(422)
    const { name, email, role } = invitation.account
    res.render('accounts/invitation', {
      account: { name, email, role },
      token: req.params.token,
      problem,
      minimum: passwordMinChars,
      maximum: passwordMaxChars,
    })
  }
}
