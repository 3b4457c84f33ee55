import type { Router } from 'express'
import { staffSecrets } from '../vault/staff-secrets'
import { textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { selectAccountByEmail } from './accounts.store'
import { selectTotp } from './factors/factors.store'
import { nextCode } from './factors/totp'
import { demoEmails } from './load-demo'

/**
 * /dev/codes: what the authenticator apps of the demonstration accounts would show, for whoever tries
 * Joinder on their machine. Only in a demonstration are there any such routes; nobody else's code is
 * ever shown.
 */
export function devCodeRoutes({ config, db, clock }: AppDeps): Router {
  const routes = routeTable()
  if (!config.demonstration) return routes.router
  const secrets = staffSecrets(config.keys.staffKey)

  routes.get('/dev/codes', { who: 'anyone' }, async (_req, res) => {
    const t = textsOf(res)
    const now = clock.now()
    const accounts = []
    for (const email of demoEmails) {
      const account = await selectAccountByEmail(db, email)
      const totp = account?.state === 'active' && (await selectTotp(db, account.id))
      if (!account || !totp) continue
      const next = nextCode(secrets.openTotp(account.id, totp.secret), totp.last_step, now)
      accounts.push({
        name: account.name,
        email,
        role: t(`accounts:role.${account.role}`),
        ...next,
      })
    }
    const [first] = accounts
    // Read again when the codes change.
    if (first) res.setHeader('Refresh', String(first.secondsLeft))
    res.render('dev/codes', { accounts, secondsLeft: first?.secondsLeft ?? 0 })
  })

  return routes.router
}
