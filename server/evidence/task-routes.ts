import type { Request, RequestHandler, Response, Router } from 'express'
import { needWords } from '../claims/needs/need-words'
import { findTaskPage, type TaskPage } from '../claims/needs/task-page'
import { filedAs } from '../matters/filed-as'
import { languageOf, speakOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import type { Refusal } from './check-document'
import { takesDocuments } from './document'
import { refusalWords, uploadWords } from './document-pages'
import { statusOf, uploadDoor, wantsJson } from './upload-door'

const arrivedAt = 'document task'

/**
 * One document that is missing, under the mailed link to that task alone: nothing else of the claim is shown,
 * and the worker takes with this link nothing but a document of the kind that was asked for.
 */
export function documentTaskRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const { limits } = config
  const door = uploadDoor(deps)
  const routes = routeTable()
  const path = '/tasks/:token/document'

  const findFirst: RequestHandler = async (req, res, next) => {
    const { token } = req.params as { token: string }
    const page = await findTaskPage(db, token, clock.now())
    if (!isOpen(page)) {
      if (wantsJson(req)) {
        return void res.status(409).json({ message: textsOf(res)('evidence:task.over') })
      }
      return res.redirect(303, `/tasks/${encodeURIComponent(token)}`)
    }
    res.locals[arrivedAt] = page
    next()
  }

  routes.get(path, { who: 'anyone', session: true }, async (req, res) => {
    const page = await findTaskPage(db, req.params.token, clock.now())
    if (!isOpen(page)) return res.redirect(303, `/tasks/${encodeURIComponent(req.params.token)}`)
    show(req, res, page)
  })

  const upload = { who: 'anyone', csrf: 'flag', body: door.body(findFirst) } as const
  routes.post(path, upload, async (req, res) => {
    const page = res.locals[arrivedAt] as TaskPage
    const { token } = req.params
    const { need } = page.task
    const sent = await door.send(req, { claimId: need.claim_id, secret: token }, need.ref)
    if (wantsJson(req as Request)) return door.answerScript(res, sent)
    if (sent === 'expired') return show(req, res, page, { expired: true })
    if (!sent.ok) return show(req, res, page, { refusal: sent.refusal })
    res.redirect(303, `${path.replace(':token', token)}?sent`)
  })

  return routes.router

  function isOpen(page: TaskPage | null): page is TaskPage {
    return (
      page?.task.state === 'open' &&
      page.task.need.kind === 'document' &&
      takesDocuments(page.claim.state)
    )
  }

  function show(
    req: Request<{ token: string }>,
    res: Response,
    { task: { need }, claim, matter, form }: TaskPage,
    { refusal, expired = false }: { refusal?: Refusal; expired?: boolean } = {},
  ): void {
    speakOf(res, filedAs(matter))
    const t = textsOf(res)
    const lang = languageOf(res)
    const message = refusal && refusalWords(refusal, limits, t)
    res.status(expired ? 403 : refusal ? statusOf(refusal) : 200).render('evidence/task', {
      href: `/tasks/${req.params.token}/document`,
      number: claim.number,
      case: { name: matter.content.title[lang], href: `/matters/${matter.slug}` },
      words: needWords(need, { matter, form }, lang) ?? { label: t(`evidence:kind.${need.ref}`) },
      sent: req.query['sent'] !== undefined,
      error: message ?? null,
      errors: message ? [{ id: 'file', message }] : [],
      expired,
      upload: uploadWords(limits, t),
    })
  }
}
