import type { Request, Response, Router } from 'express'
import { Problem } from '../kernel/problem'
import { staffSecrets } from '../vault/staff-secrets'
import { textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { selectAccount, type Account } from './accounts.store'
import { browserOf } from './browser-of'
import { addFactor, provenTotp, renewRecoveryCodes } from './factors/enrol-factor'
import { listFactors } from './factors/list-factors'
import { creationOptions, readNewPasskey } from './factors/passkeys'
import { removeFactor } from './factors/remove-factor'
import { totpSetUp } from './factors/totp'
import { challengeOf, takeChallenge } from './halfway'
import { pendingSecret } from './pending-secret'
import { typed } from './typed'

/** Adding, exchanging and removing one's second factors, each after proving one. */
export function ownFactorRoutes(deps: AppDeps): Router {
  const { db, config, clock } = deps
  const routes = routeTable()
  const own = { who: 'signed-in', stepUp: true } as const
  const form = { ...own, csrf: 'flag' } as const

  routes.get('/account/app', own, async (req, res) => {
    await showApp(req, res, null)
  })

  routes.post('/account/app', form, async (req, res) => {
    if (req.csrfFailed) return showApp(req, res, 'expired')
    const { id } = req.user!
    const secret = pendingSecret(req, staffSecrets(config.keys.staffKey), id)
    const factor = provenTotp(secret, typed(req, 'code'), clock.now())
    if (!factor) return showApp(req, res, 'wrong')
    await addFactor(deps, id, factor)
    delete req.session.totpBox
    res.redirect(303, '/account?app')
  })

  routes.post('/account/app/remove', own, async (req, res) => {
    await removeFactor(deps, req.user!.id, { kind: 'totp' })
    res.redirect(303, '/account?removed')
  })

  routes.get('/account/passkeys', own, async (req, res) => {
    await showPasskey(req, res, false)
  })

  routes.post('/account/passkeys', form, async (req, res) => {
    const { id } = req.user!
    const made = req.csrfFailed
      ? null
      : await readNewPasskey(config.staffUrl, takeChallenge(req), typed(req, 'passkey'))
    if (!made) return showPasskey(req, res, true)
    const browser = browserOf(req.headers['user-agent'])
    const added = await addFactor(deps, id, { kind: 'passkey', passkey: made, browser })
    if (!added) throw new Problem('conflict')
    res.redirect(303, '/account?passkey')
  })

  routes.post('/account/passkeys/:id/remove', own, async (req, res) => {
    await removeFactor(deps, req.user!.id, { kind: 'passkey', id: req.params.id })
    res.redirect(303, '/account?removed')
  })

  // The address of a page that answered a form, asked for again.
  routes.get('/account/recovery-codes', { who: 'signed-in' }, (_req, res) => {
    res.redirect(303, '/account')
  })

  routes.post('/account/recovery-codes', own, async (req, res) => {
    const codes = await renewRecoveryCodes(deps, req.user!.id)
    res.render('accounts/recovery-codes', { codes, next: '/account' })
  })

  return routes.router

  async function accountOf(req: Request): Promise<Account> {
    const account = await selectAccount(db, { id: req.user!.id, state: 'active' })
    if (!account) throw new Problem('not_allowed')
    return account
  }

  async function showApp(
    req: Request,
    res: Response,
    problem: 'wrong' | 'expired' | null,
  ): Promise<void> {
    const account = await accountOf(req)
    if (problem) res.status(422)
    const secret = pendingSecret(req, staffSecrets(config.keys.staffKey), account.id)
    const names = { issuer: textsOf(res)('layout:brand'), label: account.email }
    res.render('accounts/app', { problem, app: totpSetUp(secret, names) })
  }

  async function showPasskey(req: Request, res: Response, failed: boolean): Promise<void> {
    const account = await accountOf(req)
    if (failed) res.status(422)
    const { passkeys } = await listFactors(db, account.id)
    const options = await creationOptions(config.staffUrl, challengeOf(req), account, passkeys)
    res.render('accounts/passkey', { failed, options: JSON.stringify(options) })
  }
}
