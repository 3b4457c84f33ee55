import type { Request, Response, Router } from 'express'
import { Problem } from '../kernel/problem'
import type { AppDeps } from '../web/deps'
import { localPath } from '../web/local-path'
import { addressOf, limit } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { signInSession, signOutSession } from '../web/signed-in'
import { asTyped, checkPassword, recordSignIn, recordSignOut } from './sign-in'
import { readInvitation, takeUpInvitation } from './take-up-invitation'
import { typed } from './typed'

/** Where each role's work begins. */
const startOf = { administrator: '/queue', moderator: '/queue', counsel: '/batches' } as const

/** Signing in and out, and taking up an invitation. */
export function accountRoutes(deps: AppDeps): Router {
  const { config } = deps
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
  const byAccount = limit(deps, {
    name: 'sign-in',
    by: (req) => asTyped(typed(req, 'email')),
    ...rate.signIn,
    store: 'database',
  })

  routes.get('/', { who: 'signed-in' }, (req, res) => {
    res.redirect(303, startOf[req.user!.role])
  })

  routes.get('/sign-in', { who: 'anyone' }, (req, res) => {
    const next = localPath(req.query['next'])
    if (req.user) return res.redirect(303, next)
    showSignIn(res, { next, email: '', joined: req.query['joined'] !== undefined })
  })

  routes.post('/sign-in', form, byAddress, byAccount, async (req, res) => {
    const next = localPath(typed(req, 'next'))
    const email = typed(req, 'email')
    const back = (problem: 'wrong' | 'expired') => {
      res.status(422)
      showSignIn(res, { next, email, problem })
    }
    if (req.csrfFailed) return back('expired')
    const person = await checkPassword(deps, req)
    if (!person) return back('wrong')
    await byAccount.forgive(asTyped(email))
    await recordSignIn(deps, person.id)
    await signInSession(req, person)
    res.redirect(303, next)
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
    if (taken.ok) return res.redirect(303, '/sign-in?joined')
    await showInvitation(req, res, taken.problem)
  })

  return routes.router

  function showSignIn(
    res: Response,
    shown: { next: string; email: string; joined?: boolean; problem?: 'wrong' | 'expired' },
  ): void {
    res.render('accounts/sign-in', { joined: false, problem: null, ...shown })
  }

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
