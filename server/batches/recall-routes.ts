import type { Router } from 'express'
import type { ClaimState } from '../claims/claim-state'
import { findMatterById } from '../matters/list-matters'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import { listRecalls, recallViews, type RecallRow } from './list-recalls'
import { noteRecalls } from './note-recalls'

/** What the firm has to know of a claim in this state; in any other it is looked at again. */
const whatHappened: Partial<Record<ClaimState, string>> = {
  withdrawn: 'withdrawn',
  erased: 'erased',
  rejected: 'rejected',
  duplicate: 'rejected',
}

/** Delivered claims that changed: counsel notes each, administrators see what is open. */
export function recallRoutes(deps: AppDeps): Router {
  const { db, config } = deps
  const routes = routeTable()

  routes.get('/recalls', { who: ['counsel', 'administrator'] }, async (req, res) => {
    const t = textsOf(res)
    const lang = languageOf(res)
    const view = recallViews.find((one) => one === req.query['view']) ?? 'open'
    const asked = req.query['after']
    const query = { view, after: typeof asked === 'string' ? asked : undefined }
    const { rows, next } = await listRecalls(db, req.user!, query, config.limits.pageSize)
    const link = (to: string) => (to === 'open' ? '/recalls' : `/recalls?view=${to}`)
    res.render('batches/recalls', {
      view,
      views: recallViews.map((one) => ({
        href: link(one),
        text: t(`batches:recalls.view.${one}`),
        current: one === view,
      })),
      rows: await Promise.all(rows.map((row) => words(row, lang))),
      mayNote: view === 'open' && req.user!.role === 'counsel',
      noted: req.query['noted'] !== undefined,
      pages: next ? { next: `${link(view)}${view === 'open' ? '?' : '&'}after=${next}` } : {},
    })
  })

  routes.post('/recalls', { who: ['counsel'] }, async (req, res) => {
    const { recall } = req.body as Record<string, unknown>
    const ids = [recall].flat().filter((one): one is string => typeof one === 'string')
    const count = await noteRecalls(deps, req.user!, ids.slice(0, config.limits.pageSize))
    res.redirect(303, count > 0 ? '/recalls?noted' : '/recalls')
  })

  return routes.router

  async function words(row: RecallRow, lang: 'ko' | 'en') {
    const matter = await findMatterById(db, row.matter_id)
    const zone = matter?.content.timeZone ?? 'Asia/Seoul'
    return {
      id: row.id,
      number: row.number,
      matter: matter?.content.title[lang] ?? '',
      batch: row.batch_number,
      href: `/batches/${row.batch_id}`,
      state: row.state,
      what: whatHappened[row.state] ?? 'reopened',
      at: showMoment(row.at, lang, zone),
      notedAt: row.noted_at && showMoment(row.noted_at, lang, zone),
    }
  }
}
