import type { Request, RequestHandler, Response, Router } from 'express'
import { momentIn } from '../claims/access/own-pages'
import { accessOf, openOwn, type OpenedOwn } from '../claims/access/open-own'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { isHeld } from '../privacy/is-held'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { askRemoval } from './ask-removal'
import type { Refusal } from './check-document'
import { givesDocumentsBack, isDocumentKind, takesDocuments } from './document'
import { documentsPath, documentWords, refusalWords, uploadWords } from './document-pages'
import { findOwnDocuments, isWaiting } from './own-documents'
import { uploadOf } from './read-upload'
import { statusOf, uploadDoor, wantsJson } from './upload-door'

/** What a form gives back: what was wrong, and what was chosen. */
interface FormState {
  refusal?: Refusal
  kind?: unknown
  expired?: boolean
}

const opened = 'opened claim'

/** Documents of a claim that is open in this browser: the list, sending one, taking one back. */
export function evidenceRoutes(deps: AppDeps): Router {
  const { db, config } = deps
  const { limits } = config
  const door = uploadDoor(deps)
  const routes = routeTable()
  const page = { who: 'anyone', session: true } as const

  const openFirst: RequestHandler = async (req, res, next) => {
    // A script cannot follow to the page where the claim is opened anew.
    if (wantsJson(req) && (await accessOf(deps, req)).state !== 'open') {
      return void res.status(401).json({ message: textsOf(res)('evidence:script.closed') })
    }
    const own = await openOwn(deps, req as Request<{ number: string }>, res)
    if (!own) return
    res.locals[opened] = own
    next()
  }
  const upload = {
    who: 'anyone',
    csrf: 'flag',
    body: door.body(openFirst),
  } as const

  routes.get('/claims/mine/:number/documents', page, async (req, res) => {
    const own = await openOwn(deps, req, res)
    if (own) await showDocuments(res, own)
  })

  // What the page asks while the worker checks; it hears no more than the page would show.
  routes.get('/claims/mine/:number/documents/ready', { who: 'anyone' }, async (req, res) => {
    const own = await openOwn(deps, req, res)
    if (!own) return
    const documents = await findOwnDocuments(db, own.secret, own.claim.live.id)
    res.json({ done: !documents.some(isWaiting) })
  })

  routes.post('/claims/mine/:number/documents', upload, async (req, res) => {
    const own = res.locals[opened] as OpenedOwn
    const { live } = own.claim
    const sent = await door.send(req, { claimId: live.id, secret: own.secret })
    if (wantsJson(req as Request)) return door.answerScript(res, sent)
    const { kind } = uploadOf(req)
    if (sent === 'expired') return showDocuments(res, own, { expired: true, kind })
    if (!sent.ok) return showDocuments(res, own, { refusal: sent.refusal, kind })
    res.redirect(303, `${documentsPath(live.number)}#list`)
  })

  routes.post('/claims/mine/:number/documents/:id/remove', { who: 'anyone' }, async (req, res) => {
    const own = await openOwn(deps, req, res)
    if (!own) return
    const { live } = own.claim
    const documents = await findOwnDocuments(db, own.secret, live.id)
    const asked = isId(req.params.id) && documents.find(({ id }) => id === req.params.id)
    if (!asked) throw new Problem('not_found')
    const gives = givesDocumentsBack(live.state) && !(await isHeld(db, live.id))
    if (gives && asked.state === 'received' && !asked.leaving) {
      await askRemoval(door.sending, { claimId: live.id, secret: own.secret }, asked.id)
    }
    res.redirect(303, `${documentsPath(live.number)}#list`)
  })

  return routes.router

  async function showDocuments(
    res: Response,
    { claim, matter, secret, until }: OpenedOwn,
    { refusal, kind, expired = false }: FormState = {},
  ): Promise<void> {
    const t = textsOf(res)
    const lang = languageOf(res)
    const { live } = claim
    const documents = await findOwnDocuments(db, secret, live.id)
    const gives = givesDocumentsBack(live.state)
    const held = gives && documents.length > 0 && (await isHeld(db, live.id))
    const field = refusal === 'kind' ? 'kind' : 'file'
    const message = refusal && refusalWords(refusal, limits, t)
    res.status(expired ? 403 : refusal ? statusOf(refusal) : 200)
    res.render('evidence/documents', {
      number: live.number,
      href: documentsPath(live.number),
      takes: takesDocuments(live.state),
      expired,
      kind: isDocumentKind(kind) ? kind : '',
      fieldErrors: message ? { [field]: message } : {},
      errors: message ? [{ id: field, message }] : [],
      waiting: documents.some(isWaiting),
      documents: documents.map((one) =>
        documentWords(one, { matter, t, lang, mayRemove: gives && !held }),
      ),
      held,
      upload: uploadWords(limits, t),
      until: momentIn(matter, until, lang),
    })
  }
}
