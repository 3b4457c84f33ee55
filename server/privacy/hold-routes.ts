import type { Request, Response, Router } from 'express'
import { typed } from '../accounts/typed'
import { answerActed, reasonOf } from '../approvals/ask'
import { listMatters } from '../matters/list-matters'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import { askLift } from './lift-hold'
import {
  holdFields,
  holdReasons,
  listHolds,
  setHold,
  type HoldField,
  type TypedHold,
} from './set-hold'

/** What a court or the law wants kept: staff see it, administrators set it, two of them lift it. */
export function holdRoutes(deps: AppDeps): Router {
  const { db, config } = deps
  const routes = routeTable()
  const administrators = { who: ['administrator'] } as const

  routes.get('/holds', { who: ['administrator', 'moderator'] }, async (req, res) => {
    await showHolds(req, res, {})
  })

  routes.post('/holds', { ...administrators, csrf: 'flag' }, async (req, res) => {
    const values = Object.fromEntries(
      holdFields.map((name) => [name, typed(req, name).slice(0, 100)]),
    ) as TypedHold
    if (req.csrfFailed) return showHolds(req, res, { values, expired: true })
    const outcome = await setHold(deps, req.user!, values)
    if (outcome === 'set') return res.redirect(303, '/holds?set')
    await showHolds(req, res, { values, wrong: outcome })
  })

  routes.post('/holds/:id/lift', { ...administrators, stepUp: true }, async (req, res) => {
    const acted = await askLift(deps, req.user!, req.params.id, reasonOf(req))
    await answerActed(deps, req, res, acted, { done: '/holds', back: '/holds' })
  })

  return routes.router

  async function showHolds(
    req: Request,
    res: Response,
    given: { values?: TypedHold; wrong?: HoldField | 'held'; expired?: boolean },
  ): Promise<void> {
    const { values = null, wrong, expired = false } = given
    const t = textsOf(res)
    const lang = languageOf(res)
    const matters = await listMatters(db)
    const holds = await listHolds(db, req.user!, config.limits.historyRows)
    const message = wrong && t(`privacy:hold.error.${wrong}`)
    const field = wrong === 'held' ? (values?.what === 'claim' ? 'number' : 'matter') : wrong
    const at = (moment: Date) => showMoment(moment, lang, 'Asia/Seoul')
    res.status(expired ? 403 : wrong ? 422 : 200).render('privacy/holds', {
      set: req.query['set'] !== undefined,
      expired,
      maySet: req.user!.role === 'administrator',
      values: values ?? { what: '', matter: '', number: '', reason: '' },
      fieldErrors: field ? { [field]: message } : {},
      errors: field ? [{ id: field, message }] : [],
      matters: matters.map(({ slug, content }) => ({ value: slug, text: content.title[lang] })),
      reasons: holdReasons.map((value) => ({ value, text: t(`privacy:hold.reason.${value}`) })),
      holds: holds.map((hold) => ({
        id: hold.id,
        what: t(hold.number === null ? 'privacy:hold.matter' : 'privacy:hold.claim'),
        claim: hold.claim_id && { href: `/claims/${hold.claim_id}`, number: hold.number },
        matter: matters.find(({ id }) => id === hold.matter_id)?.content.title[lang] ?? '',
        reason: t(`privacy:hold.reason.${hold.reason}`),
        by: t('privacy:hold.setBy', { name: hold.name, at: at(hold.set_at) }),
        lifted: hold.lifted_at && t('privacy:hold.lifted', { at: at(hold.lifted_at) }),
      })),
    })
  }
}
