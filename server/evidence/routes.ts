import type { Request, RequestHandler, Response, Router } from 'express'
import { momentIn } from '../claims/access/own-pages'
import { ownClaimOpener, type OpenedOwn } from '../claims/access/open-own'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { findMatter } from '../matters/list-matters'
import { createSealer } from '../vault/sealer'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { addressOf, limit } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { askRemoval } from './ask-removal'
import type { Refusal } from './check-document'
import { givesDocumentsBack, isDocumentKind, takesDocuments } from './document'
import { documentsPath, documentWords, refusalWords, uploadWords } from './document-pages'
import { findOwnDocuments, isWaiting } from './own-documents'
import { readUpload, uploadOf } from './read-upload'
import { sendDocument, type SendDeps, type Sent } from './send-document'
import { openStorage } from './storage/open-storage'

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
  const sending: SendDeps = {
    ...deps,
    sealer: createSealer(config.keys),
    storage: openStorage(config),
  }
  const { accessOf, openOwn } = ownClaimOpener(deps)
  const routes = routeTable()
  const page = { who: 'anyone', session: true } as const
  const perAddress = limit(deps, {
    name: 'upload',
    by: addressOf,
    ...limits.rate.upload,
    store: 'memory',
  })

  // Before the body: nobody sends twenty megabytes to hear that they may not.
  const openFirst: RequestHandler = async (req, res, next) => {
    // A script cannot follow to the page where the claim is opened anew.
    if (wantsJson(req) && (await accessOf(req)).state !== 'open') {
      return void res.status(401).json({ message: textsOf(res)('evidence:script.closed') })
    }
    const own = await openOwn(req as Request<{ number: string }>, res)
    if (!own) return
    res.locals[opened] = own
    next()
  }
  const upload = {
    who: 'anyone',
    csrf: 'flag',
    body: [perAddress, openFirst, readUpload(limits)],
  } as const

  routes.get('/claims/mine/:number/documents', page, async (req, res) => {
    const own = await openOwn(req, res)
    if (own) await showDocuments(res, own)
  })

  // What the page asks while the worker checks; it hears no more than the page would show.
  routes.get('/claims/mine/:number/documents/ready', { who: 'anyone' }, async (req, res) => {
    const own = await openOwn(req, res)
    if (!own) return
    const documents = await findOwnDocuments(db, own.secret, own.claim.live.id)
    res.json({ done: !documents.some(isWaiting) })
  })

  routes.post('/claims/mine/:number/documents', upload, async (req, res) => {
    const own = res.locals[opened] as OpenedOwn
    const { kind } = uploadOf(req)
    const expired = req.csrfFailed === true && !uploadOf(req).tooLarge
    const sent = expired ? null : await send(own, req)
    if (wantsJson(req)) return answerScript(res, sent)
    if (sent?.ok) return res.redirect(303, `${documentsPath(own.claim.live.number)}#list`)
    await showDocuments(res, own, sent ? { refusal: sent.refusal, kind } : { expired: true, kind })
  })

  routes.post('/claims/mine/:number/documents/:id/remove', { who: 'anyone' }, async (req, res) => {
    const own = await openOwn(req, res)
    if (!own) return
    const { live } = own.claim
    const documents = await findOwnDocuments(db, own.secret, live.id)
    const asked = isId(req.params.id) && documents.find(({ id }) => id === req.params.id)
    if (!asked) throw new Problem('not_found')
    if (givesDocumentsBack(live.state) && asked.state === 'received' && !asked.leaving) {
      await askRemoval(sending, { claimId: live.id, secret: own.secret }, asked.id)
    }
    res.redirect(303, `${documentsPath(live.number)}#list`)
  })

  return routes.router

  async function send(
    { claim, secret }: OpenedOwn,
    req: Request<{ number: string }>,
  ): Promise<Sent> {
    const { file, kind, tooLarge } = uploadOf(req)
    const refuse = (refusal: Refusal): Sent => ({ ok: false, refusal })
    if (tooLarge) return refuse('too_large')
    if (!file) return refuse('missing')
    if (!isDocumentKind(kind)) return refuse('kind')
    return sendDocument(sending, { claimId: claim.live.id, secret }, { ...file, kind })
  }

  function answerScript(res: Response, sent: Sent | null): void {
    const t = textsOf(res)
    if (sent?.ok) return void res.status(201).json({ id: sent.id })
    const message = sent ? refusalWords(sent.refusal, limits, t) : t('evidence:script.expired')
    res.status(sent ? statusOf(sent.refusal) : 403).json({ message })
  }

  async function showDocuments(
    res: Response,
    { claim, secret, until }: OpenedOwn,
    { refusal, kind, expired = false }: FormState = {},
  ): Promise<void> {
    const t = textsOf(res)
    const lang = languageOf(res)
    const { live } = claim
    const matter = await findMatter(db, claim.copy.matter)
    const documents = await findOwnDocuments(db, secret, live.id)
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
        documentWords(one, { matter, t, lang, mayRemove: givesDocumentsBack(live.state) }),
      ),
      upload: uploadWords(limits, t),
      until: momentIn(matter, until, lang),
    })
  }
}

function wantsJson(req: Request<never> | Request<{ number: string }> | Request): boolean {
  return (req as Request).accepts(['html', 'json']) === 'json'
}

function statusOf(refusal: Refusal): number {
  return refusal === 'too_large' ? 413 : 422
}
