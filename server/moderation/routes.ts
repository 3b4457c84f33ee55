import type { Request, Response, Router } from 'express'
import { parseClaimNumber } from '../claims/claim-number'
import type { DocumentAbout } from '../evidence/document'
import { listDocuments, readNames } from '../evidence/staff-documents'
import { staffDocumentWords } from '../evidence/staff-pages'
import { longestWait } from '../mail/list-unsent'
import { resendMail } from '../mail/resend-mail'
import { findThreads } from '../messages/read-thread'
import { noteWords } from '../notes/note-page'
import { countNotes } from '../notes/read-notes'
import { noteUnknown } from '../oversight/note-unknown'
import { isHeld } from '../privacy/is-held'
import { createVault } from '../vault/vault'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { showAge } from '../web/show-age'
import { claimMessageWords } from './claim-messages'
import { askForMissing, parseAsk } from './ask-for-missing'
import { claimWords } from './claim-page'
import { decideClaim, parseDecision, type Decided } from './decide-claim'
import { historyWords } from './history-words'
import { findByNumber, listQueue, queueViews } from './list-queue'
import {
  isOpenPurpose,
  openClaim,
  whyNotOpen,
  type OpenedForReview,
  type OpenPurpose,
} from './open-claim'
import { askFields, askWords, lackWords } from './needs-page'
import { queueWords } from './queue-page'
import { showClaim, type HistoryEntry } from './show-claim'
import { startReview } from './start-review'
import { withdrawRequest } from './withdraw-request'

/** What a claim's page shows besides the claim: what was refused, and what was typed. */
interface PageExtras {
  opened?: OpenedForReview & { names: Map<string, DocumentAbout> }
  status?: number
  /** field to message */
  errors?: Record<string, string>
  notice?: string
  values?: Record<string, unknown>
}

/** The queue, claims behind their masks, openings with a reason, decisions. */
export function moderationRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const { pageSize, historyRows, threadMessages, notesShown } = config.limits
  const most = { messages: threadMessages, notes: notesShown }
  const vault = createVault({ db: deps.vaultDb ?? db, clock, limits: config.limits }, config.keys)
  const routes = routeTable()
  const staff = { who: ['moderator', 'administrator'] } as const
  const form = { ...staff, csrf: 'flag' } as const

  routes.get('/queue', staff, async (req, res) => {
    const asked = (name: string) => {
      const value = req.query[name]
      return typeof value === 'string' && value !== '' ? value : undefined
    }
    const number = asked('number')
    const found = number === undefined ? null : await findByNumber(db, req.user!, number)
    // One that was mistyped is no number at all; one that is and names no claim was guessed, or is old.
    if (found === null && number !== undefined && parseClaimNumber(number) !== null) {
      await noteUnknown(deps, req.user!)
    }
    if (found !== null) return res.redirect(303, `/claims/${found}`)
    const query = {
      view: queueViews.find((view) => view === asked('view')) ?? 'waiting',
      matter: asked('matter'),
      complete: asked('complete'),
      after: asked('after'),
      before: asked('before'),
    }
    const queue = await listQueue(db, req.user!, query, { pageSize, now: clock.now() })
    const waited = await longestWait(deps, req.user!)
    res.render('moderation/queue', {
      queue: queueWords(queue, query, textsOf(res), languageOf(res)),
      mailAlert: waited === null ? null : showAge(waited, languageOf(res)),
      number: number ?? '',
      notFound: number !== undefined,
    })
  })

  routes.get('/claims/:id', staff, async (req, res) => {
    await showPage(req, res)
  })

  // Pages that answer a form have its address: asked for again, or in the other language, they are the claim.
  for (const action of [
    'open',
    'review',
    'decision',
    'mails/:mail/resend',
    'needs/:need/withdraw',
  ] as const) {
    routes.get(`/claims/:id/${action}`, staff, (req, res) => {
      res.redirect(303, `/claims/${encodeURIComponent(req.params.id)}`)
    })
  }

  // Answers with the page itself: what it shows is kept nowhere, and asking again is another opening.
  routes.post('/claims/:id/open', form, async (req, res) => {
    const t = textsOf(res)
    const { purpose } = req.body as Record<string, unknown>
    if (req.csrfFailed) return showExpired(req, res)
    if (!isOpenPurpose(purpose)) {
      const errors = { purpose: t('moderation:open.missing') }
      return showPage(req, res, { status: 422, errors })
    }
    await showOpened(req, res, purpose)
  })

  // One press: the claim is theirs, opened on the record, and decided on the page that shows it.
  routes.post('/claims/:id/review', form, async (req, res) => {
    if (req.csrfFailed) return showExpired(req, res)
    const outcome = await startReview(deps, req.user!, req.params.id, revisionOf(req))
    if (outcome === 'stale') return showStale(req, res)
    await showOpened(req, res, 'review')
  })

  routes.post('/claims/:id/decision', form, async (req, res) => {
    if (req.csrfFailed) return showExpired(req, res)
    const values = req.body as Record<string, unknown>
    if (values['decision'] === 'deficient') return askForWhatIsMissing(req, res, values)
    const parsed = parseDecision(values)
    if (!parsed.ok) {
      const errors = { [parsed.error]: textsOf(res)(`moderation:decision.missing.${parsed.error}`) }
      return showPage(req, res, { status: 422, errors, values })
    }
    const asked = { ...parsed.value, revision: revisionOf(req) }
    await showDecided(req, res, await decideClaim(deps, req.user!, req.params.id, asked))
  })

  routes.post('/claims/:id/needs/:need/withdraw', form, async (req, res) => {
    if (req.csrfFailed) return showExpired(req, res)
    const { id: claimId, need: needId } = req.params
    const outcome = await withdrawRequest(deps, req.user!, { claimId, needId })
    if (outcome === 'stale') return showStale(req, res)
    res.redirect(303, `/claims/${claimId}`)
  })

  routes.post('/claims/:id/mails/:mail/resend', form, async (req, res) => {
    if (req.csrfFailed) return showExpired(req, res)
    const { id: claimId, mail: mailId } = req.params
    await resendMail(deps, req.user!.id, { claimId, mailId })
    res.redirect(303, `/claims/${claimId}`)
  })

  return routes.router

  async function askForWhatIsMissing(
    req: Request<{ id: string }>,
    res: Response,
    values: Record<string, unknown>,
  ): Promise<void> {
    const t = textsOf(res)
    const shown = await showClaim(db, req.user!, req.params.id, 0)
    const now = clock.now()
    const given = { now, lang: languageOf(res), limits: config.limits }
    const parsed = parseAsk(values, shown, given)
    if (!parsed.ok) {
      const errors = Object.entries(parsed.errors).map(([field, code]) => [
        field,
        t(`needs:ask.wrong.${code}`, askWords(shown.matter, now, config.limits, languageOf(res))),
      ])
      return showPage(req, res, { status: 422, errors: Object.fromEntries(errors), values })
    }
    const asked = { ...parsed.value, revision: revisionOf(req) }
    const outcome = await askForMissing({ ...deps, vault }, req.user!, req.params.id, asked)
    await showDecided(req, res, outcome)
  }

  async function showDecided(
    req: Request<{ id: string }>,
    res: Response,
    outcome: Decided,
  ): Promise<void> {
    if (outcome === 'stale') return showStale(req, res)
    if (outcome === 'unread') {
      const errors = { purpose: textsOf(res)('moderation:decision.unread') }
      return showPage(req, res, { status: 422, errors })
    }
    res.redirect(303, `/claims/${req.params.id}`)
  }

  async function showPage(
    req: Request<{ id: string }>,
    res: Response,
    { opened, status = 200, errors = {}, notice, values = {} }: PageExtras = {},
  ): Promise<void> {
    const t = textsOf(res)
    const lang = languageOf(res)
    const shown = await showClaim(db, req.user!, req.params.id, historyRows)
    const threads = await findThreads(db, req.user!, shown.claim.id)
    const documents = await listDocuments(db, req.user!, shown.claim.id)
    const { timeZone } = shown.matter.content
    const text = (name: string) => (typeof values[name] === 'string' ? values[name] : '')
    const chosen = [values['items'] ?? []].flat()
    res.status(status).render('moderation/claim', {
      claim: claimWords(shown, opened?.content ?? null, req.user!, t, lang),
      messages: claimMessageWords(shown, threads, opened?.messages ?? null, t, lang),
      documents: documents.map((one) =>
        staffDocumentWords(
          one,
          shown.claim.id,
          opened ? { id: opened.opening.id, names: opened.names } : null,
          { t, lang, timeZone },
        ),
      ),
      notes: noteWords(
        { claim: shown.claim, count: await countNotes(db, req.user!, shown.claim.id) },
        opened?.notes ?? null,
        { t, lang, timeZone },
      ),
      held: await isHeld(db, shown.claim.id),
      lacks: lackWords(shown, clock.now(), t, lang),
      ask: askFields(
        shown,
        opened?.content ?? null,
        { chosen, now: clock.now(), limits: config.limits },
        t,
        lang,
      ),
      values: {
        purpose: text('purpose'),
        decision: text('decision'),
        reason: text('reason'),
        items: chosen,
        due: text('due'),
        note: text('note'),
      },
      fieldErrors: errors,
      errors: Object.entries(errors).map(([id, message]) => ({ id, message })),
      notice: notice ?? null,
    })
  }

  async function showOpened(
    req: Request<{ id: string }>,
    res: Response,
    purpose: OpenPurpose,
  ): Promise<void> {
    const { claim } = await showClaim(db, req.user!, req.params.id, 0)
    if (whyNotOpen(claim) !== null) return showPage(req, res, { status: 409 })
    const opened = await openClaim({ db, vault, most }, req.user!, claim, purpose)
    const names = await readNames(opened.opening, claim.id)
    await showPage(req, res, { opened: { ...opened, names }, values: { purpose } })
  }

  async function showExpired(req: Request<{ id: string }>, res: Response): Promise<void> {
    const values = req.body as Record<string, unknown>
    const notice = textsOf(res)('moderation:expired')
    await showPage(req, res, { status: 422, notice, values })
  }

  /** Somebody was faster: says who did what, and how the claim stands now. */
  async function showStale(req: Request<{ id: string }>, res: Response): Promise<void> {
    const shown = await showClaim(db, req.user!, req.params.id, historyRows)
    const changes = shown.history.filter(changesClaim).slice(0, 1)
    const latest = { ...shown, history: changes }
    res.status(409).render('moderation/stale', {
      href: `/claims/${shown.claim.id}`,
      number: shown.claim.number,
      state: shown.claim.state,
      assignee: shown.assignee,
      timeline: historyWords(latest, textsOf(res), languageOf(res)).entries,
    })
  }
}

function changesClaim({ kind }: HistoryEntry): boolean {
  return kind.startsWith('claim.') && kind !== 'claim.opened' && kind !== 'claim.mail_bounced'
}

/** The revision that the page showed; anything else matches none. */
function revisionOf(req: Request<never> | Request): number {
  const { revision } = req.body as Record<string, unknown>
  return typeof revision === 'string' && /^\d{1,9}$/.test(revision) ? Number(revision) : -1
}
