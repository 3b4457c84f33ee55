import type { Response, Router } from 'express'
import { answerActed, reasonOf } from '../approvals/ask'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { addNetwork, listNetworks, removeNetwork } from './networks'
import { typed } from './typed'

/** From which networks the people of each firm may sign in: for administrators. */
export function networkRoutes(deps: AppDeps): Router {
  const routes = routeTable()
  const administrators = { who: ['administrator'] } as const
  const places = { done: '/people/networks?changed', back: '/people/networks' }

  routes.get('/people/networks', administrators, async (req, res) => {
    await showNetworks(res, { changed: req.query['changed'] !== undefined })
  })

  routes.post(
    '/people/networks',
    { ...administrators, csrf: 'flag', stepUp: true },
    async (req, res) => {
      const values = { firm: typed(req, 'firm'), network: typed(req, 'network').slice(0, 100) }
      if (req.csrfFailed) return showNetworks(res, { values, expired: true })
      const given = { ...values, reason: reasonOf(req) }
      const added = await addNetwork(deps, given, req.user!.id)
      if (added.outcome === 'wrong') return showNetworks(res, { values, wrong: added.field })
      await answerActed(deps, req, res, added, places)
    },
  )

  routes.post('/people/networks/remove', { ...administrators, stepUp: true }, async (req, res) => {
    const given = {
      firm: typed(req, 'firm'),
      network: typed(req, 'network'),
      reason: reasonOf(req),
    }
    await answerActed(deps, req, res, await removeNetwork(deps, given, req.user!.id), places)
  })

  return routes.router

  async function showNetworks(
    res: Response,
    shown: {
      values?: { firm: string; network: string }
      wrong?: 'firm' | 'network'
      expired?: boolean
      changed?: boolean
    },
  ): Promise<void> {
    const { values = { firm: '', network: '' }, wrong, expired = false, changed = false } = shown
    if (wrong || expired) res.status(422)
    const message = wrong && textsOf(res)(`accounts:networks.error.${wrong}`)
    const firms = await listNetworks(deps.db)
    res.render('accounts/networks', {
      values,
      fieldErrors: wrong ? { [wrong]: message } : {},
      errors: wrong ? [{ id: wrong, message }] : [],
      expired,
      changed,
      firms: firms.map(({ firm, networks }) => ({
        slug: firm.slug,
        name: firm.content.name[languageOf(res)],
        networks,
      })),
    })
  }
}
