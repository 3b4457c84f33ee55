import type { Request, Response, Router } from 'express'
import type { AppDeps } from '../../web/deps'
import { limitForms } from '../../web/rate-limit'
import { routeTable } from '../../web/routes'
import { readReminderLink, switchByLink } from './switch-reminders'

/**
 * Where the link in a reminder leads: a page with one button, which a mail program may press for its reader
 * (RFC 8058). The token is all that is asked for, so there is no cookie and no form of a session.
 */
export function reminderRoutes(deps: AppDeps): Router {
  const { db } = deps
  const routes = routeTable()
  const pressed = { who: 'anyone', csrf: 'none' } as const
  const perAddress = limitForms(deps, 'reminders')

  routes.get('/reminders/:token', { who: 'anyone' }, async (req, res) => {
    await show(req, res)
  })

  routes.post('/reminders/:token', pressed, perAddress, async (req, res) => {
    const link = await readReminderLink(db, req.params.token)
    if (!link) return show(req, res)
    await switchByLink(deps, req.params.token, 'ended')
    // Whoever presses for a reader follows no redirect (RFC 8058, 3.1).
    const { 'List-Unsubscribe': how } = req.body as Record<string, unknown>
    if (how === 'One-Click') return void res.status(200).type('text/plain').send('OK\n')
    res.redirect(303, `/reminders/${req.params.token}`)
  })

  routes.post('/reminders/:token/resume', pressed, perAddress, async (req, res) => {
    await switchByLink(deps, req.params.token, 'resumed')
    res.redirect(303, `/reminders/${encodeURIComponent(req.params.token)}`)
  })

  routes.get('/reminders/:token/resume', { who: 'anyone' }, (req, res) => {
    res.redirect(303, `/reminders/${encodeURIComponent(req.params.token)}`)
  })

  return routes.router

  async function show(req: Request<{ token: string }>, res: Response): Promise<void> {
    const link = await readReminderLink(db, req.params.token)
    res.status(link ? 200 : 404).render('claims/reminders/reminders', {
      state: link ? (link.ended ? 'ended' : 'on') : 'unknown',
      token: req.params.token,
    })
  }
}
