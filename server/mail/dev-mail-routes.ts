import type { Router } from 'express'
import { Problem } from '../kernel/problem'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { languageOf } from '../web/choose-language'
import { showMoment } from '../web/show-moment'
import { listCaught, readCaught, withLinks } from './caught-mails'

const shown = 50

/**
 * A mail's own styles stand in its tags, which the policy of pages refuses. So this one answer has a policy
 * of its own: nothing but those styles, and a sandbox in which nothing runs and that is of no origin. A
 * link leads on in the same window, as it would from a mail program.
 */
const mailPolicy = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join(';')

/**
 * /dev/mail: what the local mail catcher caught, as text and as people see it, for whoever tries Joinder
 * on their machine. There are no routes at all unless the supervisor named the catcher's folder, and only in a demonstration.
 */
export function devMailRoutes({ config }: AppDeps): Router {
  const routes = routeTable()
  const { mailCatcher: folder } = config
  if (folder === null || !config.demonstration) return routes.router

  routes.get('/dev/mail', { who: 'anyone' }, async (_req, res) => {
    const mails = await listCaught(folder, shown)
    const lang = languageOf(res)
    res.render('dev/mails', {
      mails: mails.map(({ id, at, to, subject }) => ({
        id,
        to,
        subject,
        at: showMoment(at, lang, 'Asia/Seoul'),
      })),
    })
  })

  routes.get('/dev/mail/:id/html', { who: 'anyone' }, async (req, res) => {
    const mail = await readCaught(folder, req.params.id)
    if (!mail || mail.html === '') throw new Problem('not_found')
    res.setHeader('Content-Security-Policy', mailPolicy)
    res.type('html').send(mail.html)
  })

  routes.get('/dev/mail/:id', { who: 'anyone' }, async (req, res) => {
    const mail = await readCaught(folder, req.params.id)
    if (!mail) throw new Problem('not_found')
    res.render('dev/mail', {
      mail: {
        html: mail.html === '' ? null : `/dev/mail/${mail.id}/html`,
        to: mail.to,
        subject: mail.subject,
        at: showMoment(mail.at, languageOf(res), 'Asia/Seoul'),
        paragraphs: mail.text
          .trim()
          .split(/\n{2,}/)
          .map((paragraph) => paragraph.split('\n').map(withLinks)),
      },
    })
  })

  return routes.router
}
