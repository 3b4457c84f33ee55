import type { Request, Response, Router } from 'express'
import { createVault } from '../vault/vault'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { answerThread, closeThread } from './answer-thread'
import { listThreads, viewsFor } from './list-threads'
import { parseText } from './message-text'
import { findThread, openThread, type ShownMessage } from './read-thread'
import { threadListWords, threadPath, threadWords } from './thread-page'

interface PageExtras {
  messages?: ShownMessage[]
  status?: number
  text?: string
  error?: string
  notice?: string
}

/** Questions of claimants: what waits for an answer, each thread behind an opening on the record, answers. */
export function messageRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const { pageSize, messageChars, threadMessages: most } = config.limits
  const vault = createVault({ db: deps.vaultDb ?? db, clock, limits: config.limits }, config.keys)
  const routes = routeTable()
  const staff = { who: ['moderator', 'administrator', 'counsel'] } as const
  const form = { ...staff, csrf: 'flag' } as const

  routes.get('/messages', staff, async (req, res) => {
    const asked = (name: string) => {
      const value = req.query[name]
      return typeof value === 'string' && value !== '' ? value : undefined
    }
    const query = {
      view: viewsFor(req.user!).find((view) => view === asked('view')) ?? ('waiting' as const),
      matter: asked('matter'),
      after: asked('after'),
    }
    const list = await listThreads(db, req.user!, query, pageSize)
    res.render('messages/list', {
      list: threadListWords(list, query, req.user!, textsOf(res), languageOf(res)),
      done: ['answered', 'closed'].find((one) => req.query[one] !== undefined) ?? null,
    })
  })

  routes.get('/messages/:claim', staff, async (req, res) => {
    await showPage(req, res)
  })

  // Pages that answer a form have its address: asked for again, they are the thread.
  for (const action of ['open', 'answer', 'close'] as const) {
    routes.get(`/messages/:claim/${action}`, staff, (req, res) => {
      res.redirect(303, threadPath(encodeURIComponent(req.params.claim)))
    })
  }

  // Answers with the page itself: what it shows is kept nowhere, and asking again is another opening.
  routes.post('/messages/:claim/open', form, async (req, res) => {
    if (req.csrfFailed) return showExpired(req, res)
    const found = await findThread(db, req.user!, req.params.claim)
    await showPage(req, res, {
      messages: await openThread({ db, vault, most }, req.user!, found),
    })
  })

  routes.post('/messages/:claim/answer', form, async (req, res) => {
    const t = textsOf(res)
    const { claim: claimId } = req.params
    const { raw, seen } = typedIn(req)
    const parsed = parseText(raw, messageChars)
    if (!parsed.ok) {
      const hidden = parsed.error === 'resident_number'
      const error = hidden
        ? t('matters:field.resident_number')
        : t(`messages:text.${parsed.error}`, { count: messageChars })
      return showPage(req, res, { status: 422, error, text: hidden ? '' : raw })
    }
    if (req.csrfFailed) return showExpired(req, res)
    const asked = { claimId, seen, text: parsed.text }
    const outcome = await answerThread({ db, clock, vault }, req.user!, asked)
    if (outcome === 'stale') return showStale(req, res)
    res.redirect(303, '/messages?answered')
  })

  routes.post('/messages/:claim/close', form, async (req, res) => {
    if (req.csrfFailed) return showExpired(req, res)
    const { seen } = typedIn(req)
    const outcome = await closeThread(deps, req.user!, { claimId: req.params.claim, seen })
    if (outcome === 'stale') return showStale(req, res)
    res.redirect(303, '/messages?closed')
  })

  return routes.router

  async function showPage(
    req: Request<{ claim: string }>,
    res: Response,
    { messages, status = 200, text = '', error, notice }: PageExtras = {},
  ): Promise<void> {
    const found = await findThread(db, req.user!, req.params.claim)
    res.status(status).render('messages/thread', {
      thread: threadWords(found, messages ?? null, req.user!, textsOf(res), languageOf(res)),
      text,
      error,
      errors: error ? [{ id: 'text', message: error }] : [],
      notice: notice ?? null,
      chars: messageChars,
    })
  }

  async function showExpired(req: Request<{ claim: string }>, res: Response): Promise<void> {
    const notice = textsOf(res)('moderation:expired')
    await showPage(req, res, { status: 422, notice, text: typedIn(req).raw })
  }

  /** Somebody has written meanwhile: what was typed is kept, and can be sent once that was read. */
  async function showStale(req: Request<{ claim: string }>, res: Response): Promise<void> {
    const notice = textsOf(res)('messages:stale')
    await showPage(req, res, { status: 409, notice, text: typedIn(req).raw })
  }
}

function typedIn(req: Request<{ claim: string }>): { raw: string; seen: string } {
  const body = req.body as Record<string, unknown>
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : '')
  return { raw: text('text'), seen: text('seen') }
}
