import type { Request, Response, Router } from 'express'
import { listPeople } from '../accounts/list-people'
import { typed } from '../accounts/typed'
import { Problem } from '../kernel/problem'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import type { Translate } from '../web/languages'
import { routeTable } from '../web/routes'
import { showMoment, showMonth } from '../web/show-moment'
import type { MonthFigures } from './month-figures'
import { readMonth } from './period'
import { findMonth, listMonths, signLogReview, type LogReviewed } from './review-log'

type Shown = { name?: string; findings?: string; problem?: LogReviewed | 'expired' }

/** The monthly review of the log, as signed statements: for administrators. */
export function logReviewRoutes(deps: AppDeps): Router {
  const { db, config } = deps
  const { nightHours, logReviewDay, logReviewChars } = config.limits
  const routes = routeTable()
  const administrators = { who: ['administrator'] } as const

  routes.get('/oversight/reviews', administrators, async (req, res) => {
    const t = textsOf(res)
    const lang = languageOf(res)
    const months = await listMonths(deps, req.user!.id)
    res.render('oversight/reviews', {
      day: logReviewDay,
      months: months.map((one) => ({
        href: `/oversight/reviews/${one.month}`,
        text: showMonth(one.month, lang),
        tag: monthTag(one, t),
        name: one.reviewed?.name ?? null,
        at: one.reviewed && showMoment(one.reviewed.at, lang, 'Asia/Seoul'),
      })),
    })
  })

  routes.get('/oversight/reviews/:month', administrators, async (req, res) => {
    await showMonthPage(req, res, {})
  })

  routes.post(
    '/oversight/reviews/:month',
    { ...administrators, stepUp: true, csrf: 'flag' },
    async (req, res) => {
      const month = monthOf(req.params.month)
      const name = typed(req, 'name').slice(0, 200)
      const findings = typed(req, 'findings').slice(0, 4 * logReviewChars)
      if (req.csrfFailed) return showMonthPage(req, res, { name, findings, problem: 'expired' })
      const given = { name, findings, figures: typed(req, 'figures') }
      const outcome = await signLogReview(deps, req.user!.id, month, given)
      if (outcome === 'not_past') throw new Problem('not_found')
      if (outcome !== 'signed') {
        return showMonthPage(req, res, { name, findings, problem: outcome })
      }
      res.redirect(303, `/oversight/reviews/${month}?signed`)
    },
  )

  return routes.router

  async function showMonthPage(
    req: Request<{ month: string }>,
    res: Response,
    { name = '', findings = '', problem }: Shown,
  ): Promise<void> {
    const month = monthOf(req.params.month)
    const review = await findMonth(deps, req.user!.id, month)
    if (!review) throw new Problem('not_found')
    if (problem) res.status(422)
    const t = textsOf(res)
    const lang = languageOf(res)
    const { people, firms } = await listPeople(db)
    const names = new Map(people.map(({ account }) => [account.id, account.name]))
    const firmOf = (id: string | null) =>
      id === null ? null : (firms.find((one) => one.id === id)?.content.name[lang] ?? null)
    const errors = errorsOf(problem, t, logReviewChars)
    res.render('oversight/review', {
      path: `/oversight/reviews/${month}`,
      month: showMonth(month, lang),
      signed: req.query['signed'] !== undefined,
      problem: problem ?? null,
      fieldErrors: errors,
      errors: Object.entries(errors).map(([id, message]) => ({ id, message })),
      name,
      // Once is enough for a number that must not be kept.
      findings: problem === 'number' ? '' : findings,
      max: logReviewChars,
      night: { from: nightHours.from, to: nightHours.until },
      figures: figureWords(review.figures, { names, firmOf, t }),
      hash: review.hash,
      statements: review.statements.map((one) => ({
        name: one.signed_name,
        at: showMoment(one.signed_at, lang, 'Asia/Seoul'),
        findings: one.findings,
        hash: one.figures_sha256.toString('hex'),
        same: one.figures_sha256.toString('hex') === review.hash,
      })),
    })
  }
}

/** @throws Problem('not_found') */
function monthOf(text: string): string {
  const month = readMonth(text)
  if (month === null) throw new Problem('not_found')
  return month
}

export function monthTag(one: { reviewed: unknown; overdue: boolean }, t: Translate) {
  const state = one.reviewed ? 'done' : one.overdue ? 'overdue' : 'due'
  return {
    text: t(`oversight:review.state.${state}`),
    tone: ({ done: 'ok', overdue: 'bad', due: 'info' } as const)[state],
  }
}

function errorsOf(problem: Shown['problem'], t: Translate, max: number): Record<string, string> {
  switch (problem) {
    case 'name':
      return { name: t('oversight:review.error.name') }
    case 'findings':
    case 'number':
      return { findings: t(`oversight:review.error.${problem}`) }
    case 'long':
      return { findings: t('oversight:review.error.long', { max }) }
    case 'changed':
    case 'expired':
    case 'signed':
    case 'not_past':
    case undefined:
      return {}
  }
}

function figureWords(
  figures: MonthFigures,
  {
    names,
    firmOf,
    t,
  }: { names: Map<string, string>; firmOf: (id: string | null) => string | null; t: Translate },
) {
  const nameOf = (id: string | null) =>
    id === null ? t('oversight:openings.byItself') : (names.get(id) ?? id)
  return {
    people: figures.people.map((one) => ({
      href: `/oversight/openings?person=${one.person}`,
      name: nameOf(one.person),
      about: [t(`accounts:role.${one.role}`), firmOf(one.firm)].filter(Boolean).join(' · '),
      acts: one.acts,
      claims: one.claims,
      night: one.night,
      refused: figures.refusals.find(({ person }) => person === one.person)?.count ?? 0,
    })),
    totals: figures.totals,
    refusals: figures.refusals.map(({ person, count }) => `${nameOf(person)} · ${count}`),
    downloads: figures.downloads.map(
      ({ kind, person, count }) =>
        `${t(`oversight:download.${kind.replace('.', '_')}`)} · ${nameOf(person)} · ${count}`,
    ),
    alerts: figures.alerts,
    originals: figures.originals,
    accounts: figures.accounts,
  }
}
