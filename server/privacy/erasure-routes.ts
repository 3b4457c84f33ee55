import type { Request, Response, Router } from 'express'
import { answerActed, reasonOf } from '../approvals/ask'
import { Problem } from '../kernel/problem'
import { findMatterById } from '../matters/list-matters'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { showAge } from '../web/show-age'
import { showMoment } from '../web/show-moment'
import { answerErasure, parseErasureAnswer } from './answer-erasure'
import { erasureRefusals, erasureViews, listErasures, type ListedErasure } from './list-erasures'

/** What people asked to have erased, for the staff who answer. */
export function erasureRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const routes = routeTable()
  const staff = { who: ['moderator', 'administrator'] } as const

  routes.get('/erasures', staff, async (req, res) => {
    await showList(req, res, {})
  })

  // The address of a form, asked for again.
  routes.get('/erasures/:id/answer', staff, (_req, res) => res.redirect(303, '/erasures'))

  routes.post('/erasures/:id/answer', { ...staff, csrf: 'flag' }, async (req, res) => {
    const { id } = req.params
    const values = req.body as Record<string, unknown>
    if (req.csrfFailed) return showList(req, res, { id, values, expired: true })
    const parsed = parseErasureAnswer(values)
    if (!parsed.ok) {
      const message = textsOf(res)(`privacy:answer.missing.${parsed.error}`)
      return showList(req, res, { id, values, error: { field: parsed.error, message } })
    }
    const given = { ...parsed.value, why: reasonOf(req) }
    const answered = await answerErasure(deps, req.user!, id, given)
    if (answered.outcome === 'stale') return res.redirect(303, '/erasures?stale')
    if (answered.outcome === 'held') {
      const message = textsOf(res)('privacy:hold.inErasures')
      return showList(req, res, { id, values, error: { field: 'answer', message } })
    }
    await answerActed(deps, req, res, answered, { done: '/erasures?answered', back: '/erasures' })
  })

  return routes.router

  /** `id` is the request whose form came back, with what was chosen in it. */
  async function showList<Params>(
    req: Request<Params>,
    res: Response,
    given: {
      id?: string
      values?: Record<string, unknown>
      error?: { field: 'answer' | 'reason'; message: string }
      expired?: boolean
    },
  ): Promise<void> {
    const { id, values = {}, error, expired = false } = given
    const t = textsOf(res)
    const lang = languageOf(res)
    const view = erasureViews.find((one) => one === req.query['view']) ?? 'open'
    const asked = typeof req.query['after'] === 'string' ? req.query['after'] : undefined
    const query = { view, after: asked }
    const { rows, next } = await listErasures(db, req.user!, query, config.limits.pageSize)
    const chosen = (name: string) => (typeof values[name] === 'string' ? values[name] : '')
    const link = (to: string) => (to === 'open' ? '/erasures' : `/erasures?view=${to}`)
    res.status(expired ? 403 : error ? 422 : 200).render('privacy/erasures', {
      view,
      views: erasureViews.map((one) => ({
        href: link(one),
        text: t(`privacy:list.view.${one}`),
        current: one === view,
      })),
      rows: await Promise.all(rows.map((row) => words(row, lang))),
      reasons: erasureRefusals.map((value) => ({
        value,
        text: t(`privacy:refusal.${value}`),
      })),
      values: { id: id ?? '', answer: chosen('answer'), reason: chosen('reason') },
      fieldErrors: error ? { [error.field]: error.message } : {},
      errors: error ? [{ id: `${error.field}-${id}`, message: error.message }] : [],
      expired,
      notice: ['answered', 'stale'].find((one) => req.query[one] !== undefined) ?? null,
      pages: next ? { next: `${link(view)}${view === 'open' ? '?' : '&'}after=${next}` } : {},
    })
  }

  async function words(row: ListedErasure, lang: 'ko' | 'en') {
    const matter = await findMatterById(db, row.matter_id)
    if (!matter) throw new Problem('internal')
    const at = (moment: Date) => showMoment(moment, lang, matter.content.timeZone)
    const left = row.due_at.getTime() - clock.now().getTime()
    return {
      id: row.id,
      href: `/claims/${row.claim_id}`,
      number: row.number,
      matter: matter.content.title[lang],
      askedAt: at(row.asked_at),
      due: at(row.due_at),
      late: row.answer === null && left < 0 ? showAge(-left, lang) : null,
      answeredAt: row.answered_at && at(row.answered_at),
      answer: row.answer,
      reason: row.reason,
    }
  }
}
