import type { Response, Router } from 'express'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import { changePassword } from './change-password'
import { listFactors } from './factors/list-factors'
import { guessBrake } from './guess-brake'
import { endOwnSessions, listOwnSessions } from './own-sessions'
import { typed } from './typed'

/** What was just done, as the page says it once. */
const done = ['ended', 'password', 'app', 'passkey', 'removed'] as const

/** /account: where one is signed in, how one signs in, and one's password. */
export function ownAccountRoutes(deps: AppDeps): Router {
  const { db, config } = deps
  const routes = routeTable()
  const own = { who: 'signed-in' } as const
  const brake = guessBrake(deps, 'signIn')

  routes.get('/account', own, async (req, res) => {
    const t = textsOf(res)
    const at = (moment: Date) => showMoment(moment, languageOf(res), 'Asia/Seoul')
    const named = (browser: string) => browser || t('accounts:own.unknownBrowser')
    const { id } = req.user!
    const factors = await listFactors(db, id)
    const sessions = await listOwnSessions(db, id, req.sessionID)
    res.render('accounts/account', {
      done: done.find((one) => req.query[one] !== undefined),
      sessions: sessions.map((one) => ({
        ...one,
        browser: named(one.browser),
        startedAt: at(one.startedAt),
        seenAt: at(one.seenAt),
      })),
      app: factors.totpSince && at(factors.totpSince),
      passkeys: factors.passkeys.map((one) => ({
        id: one.id,
        browser: named(one.browser),
        createdAt: at(one.created_at),
        usedAt: one.used_at && at(one.used_at),
      })),
      mayAdd: factors.passkeys.length < config.limits.passkeysMax,
      // The last one stays: without any there is no way in.
      mayRemove: factors.passkeys.length + (factors.totpSince ? 1 : 0) > 1,
      recoveryCodesLeft: factors.recoveryCodesLeft,
    })
  })

  // Without a second factor: whoever finds a stranger's session should end it at once.
  routes.post('/account/sessions/:id/end', own, async (req, res) => {
    await endOwnSessions(deps, req.user!.id, req.sessionID, req.params.id)
    res.redirect(303, '/account?ended')
  })

  routes.get('/account/password', { ...own, stepUp: true }, (_req, res) => {
    showPassword(res, null)
  })

  routes.post('/account/password', { ...own, csrf: 'flag', stepUp: true }, async (req, res) => {
    if (req.csrfFailed) return showPassword(res, 'expired')
    const password = typed(req, 'password')
    if (password !== typed(req, 'again')) return showPassword(res, 'again')
    const whose = { id: req.user!.id }
    await brake.consume(req, whose)
    const given = { current: typed(req, 'current'), password }
    const problem = await changePassword(deps, req.user!.id, req.sessionID, given)
    if (problem !== 'current') await brake.forgive(req, whose)
    if (problem) return showPassword(res, problem)
    res.redirect(303, '/account?password')
  })

  return routes.router

  function showPassword(res: Response, problem: string | null): void {
    if (problem) res.status(422)
    const { passwordMinChars: minimum, passwordMaxChars: maximum } = config.limits
    res.render('accounts/password', { problem, minimum, maximum })
  }
}
