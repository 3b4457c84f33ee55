import type { Router } from 'express'
import { languageOf, textsOf } from '../web/choose-language'
import { readCursor } from '../web/cursor'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { listUnsent, unsentViews } from './list-unsent'
import { resendMail } from './resend-mail'
import { unsentWords } from './unsent-page'

/** Mail that has not gone out, and one more try for each. */
export function unsentRoutes(deps: AppDeps): Router {
  const routes = routeTable()
  const staff = { who: ['moderator', 'administrator'] } as const

  routes.get('/mails', staff, async (req, res) => {
    const query = queryOf(req.query)
    const unsent = await listUnsent(deps, req.user!, query)
    res.render('mails/list', {
      list: unsentWords(unsent, query, {
        t: textsOf(res),
        lang: languageOf(res),
        now: deps.clock.now(),
        limits: deps.config.limits,
        role: req.user!.role,
      }),
      again: req.query['again'] !== undefined,
    })
  })

  routes.post('/mails/:mail/resend', staff, async (req, res) => {
    await resendMail(deps, req.user!.id, { mailId: req.params.mail })
    const { view, after } = queryOf(req.body as Record<string, unknown>)
    const back = new URLSearchParams({ view, ...(after && { after }), again: '' })
    res.redirect(303, `/mails?${back.toString()}`)
  })

  // Asked for again, or in the other language, it is the list.
  routes.get('/mails/:mail/resend', staff, (_req, res) => res.redirect(303, '/mails'))

  return routes.router
}

/** View and place in the list; what nobody of us wrote asks for its start. */
function queryOf(asked: Record<string, unknown>) {
  const after = typeof asked['after'] === 'string' ? asked['after'] : undefined
  return {
    view: unsentViews.find((view) => view === asked['view']) ?? ('all' as const),
    after: readCursor(after) ? after : undefined,
  }
}
