import type { Request, Response, Router } from 'express'
import { staffSecrets } from '../vault/staff-secrets'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { acknowledgeAlert, parseAcknowledgement, type AcknowledgeErrors } from './acknowledge-alert'
import { alertWords } from './alert-words'
import { alertOutcomes, alertViews, hasAnother, listAlerts } from './list-alerts'

/** Alerts: those that nobody has looked into first, and what administrators found about the others. */
export function alertRoutes(deps: AppDeps): Router {
  const { db, config } = deps
  const { pageSize, alertStatementChars: mostChars } = config.limits
  const secrets = staffSecrets(config.keys.staffKey)
  const routes = routeTable()
  const administrators = { who: ['administrator'] } as const

  routes.get('/oversight/alerts', administrators, async (req, res) => {
    await showList(req, res, {})
  })

  // The address of a form, asked for again.
  routes.get('/oversight/alerts/:id/acknowledge', administrators, (_req, res) => {
    res.redirect(303, '/oversight/alerts')
  })

  const form = { ...administrators, csrf: 'flag' } as const
  routes.post('/oversight/alerts/:id/acknowledge', form, async (req, res) => {
    const { id } = req.params
    const values = req.body as Record<string, unknown>
    if (req.csrfFailed) return showList(req, res, { id, values, expired: true })
    const parsed = parseAcknowledgement(values, mostChars)
    if (!parsed.ok) return showList(req, res, { id, values, errors: parsed.errors })
    const outcome = await acknowledgeAlert({ ...deps, secrets }, req.user!, id, parsed.value)
    res.redirect(303, `/oversight/alerts?${outcome}`)
  })

  return routes.router

  /** `id` is the alert whose form came back, with what was typed in it. */
  async function showList<Params>(
    req: Request<Params>,
    res: Response,
    given: {
      id?: string
      values?: Record<string, unknown>
      errors?: AcknowledgeErrors
      expired?: boolean
    },
  ): Promise<void> {
    const { id = '', values = {}, errors = {}, expired = false } = given
    const t = textsOf(res)
    const person = req.user!
    const asked = (name: string) => {
      const value = req.query[name]
      return typeof value === 'string' ? value : undefined
    }
    const view = alertViews.find((one) => one === asked('view')) ?? 'open'
    const query = { view, after: asked('after') }
    const { rows, next } = await listAlerts(db, person, query, pageSize)
    const about = { personId: person.id, another: await hasAnother(db, person) }
    const link = (to: string) => (to === 'open' ? '/oversight/alerts' : `?view=${to}`)
    const messages = Object.entries(errors).map(([field, error]) => [
      field,
      error === 'resident_number'
        ? t('matters:field.resident_number')
        : t(`alerts:acknowledge.${error}.${field}`, { most: mostChars }),
    ])
    const text = (name: string) => (typeof values[name] === 'string' ? values[name] : '')
    // A number that nobody may write down is not shown again either.
    const statement = errors.statement === 'resident_number' ? '' : text('statement')
    res.status(expired ? 403 : messages.length > 0 ? 422 : 200).render('oversight/alerts', {
      view,
      views: alertViews.map((one) => ({
        href: link(one),
        text: t(`alerts:view.${one}`),
        current: one === view,
      })),
      rows: rows.map((row) => alertWords(row, secrets, about, t, languageOf(res))),
      outcomes: alertOutcomes.map((value) => ({ value, text: t(`alerts:outcome.${value}`) })),
      values: { id, outcome: text('outcome'), statement },
      fieldErrors: Object.fromEntries(messages),
      errors: messages.map(([field, message]) => ({ id: `${field}-${id}`, message })),
      mostChars,
      expired,
      notice: ['acknowledged', 'stale', 'own'].find((one) => req.query[one] !== undefined) ?? null,
      pages: next ? { next: `?view=${view}&after=${next}` } : {},
    })
  }
}
