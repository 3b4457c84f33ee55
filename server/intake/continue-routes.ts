import type { Request, Response, Router } from 'express'
import { Problem } from '../kernel/problem'
import { suggestEmail, normaliseEmail } from '../matters/forms/email'
import { questionWithRole } from '../matters/forms/parse-form'
import { containsResidentNumber } from '../matters/forms/resident-number'
import { draftId, isDraftSecret } from '../vault/drafts'
import type { Sealer } from '../vault/sealer'
import type { AppDeps } from '../web/deps'
import { addressOf, limit, limitForms } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import { setDraftCookie } from './draft-cookie'
import {
  arrive,
  continuePath,
  errorList,
  filedPath,
  filePath,
  nextPath,
  surroundings,
  type Filing,
} from './filing-page'
import { answerWithRole } from './filing-steps'
import { findDraft, renewDraftSecret, type FoundDraft } from './keep-draft'
import { findContinuation, requestContinuation } from './request-continuation'
import { leaveEarly, showClosed } from './show-pages'
import { selectNumber } from './submit.store'

type Draft = Extract<FoundDraft, { kind: 'draft' }>

/** What a mailed link leads to now. */
type Linked = { kind: 'draft'; draft: Draft } | { kind: 'filed' } | { kind: 'gone' }

/**
 * Continuing a filing in another browser. The link that is mailed carries the draft's secret, so it
 * works until the draft is filed, erased or expires, however often it is used. Opening it changes
 * nothing and shows no answer, because mail scanners open it too; a button gives this browser the key.
 */
export function continueRoutes(deps: AppDeps, sealer: Sealer): Router {
  const { config } = deps
  const { rate } = config.limits
  const routes = routeTable()
  const page = { who: 'anyone', session: true } as const
  const form = { who: 'anyone', csrf: 'flag' } as const
  // Each one becomes a mail to whatever address is typed: counted for all processes, in three ways.
  const counted = { store: 'database', by: addressOf } as const
  const perAddress = limit(deps, { name: 'continuation', ...rate.continuation, ...counted })
  const ofMails = { ...rate.continuationMail, ...counted }
  const perDraft = limit(deps, { name: 'continuation of a draft', ...ofMails })
  const perMailbox = limit(deps, { name: 'continuation to a mailbox', ...ofMails })
  // A link cannot be guessed: this only brakes floods.
  const pressing = limitForms(deps, 'continue')

  routes.get('/matters/:slug/file/continue', page, async (req, res) => {
    const arrived = await arriveWriting(req, res, 200)
    const revoked = req.query['revoked'] !== undefined
    if (arrived) await showAsk(res, arrived, { revoked })
  })

  routes.post('/matters/:slug/file/continue', form, perAddress, async (req, res) => {
    const arrived = await arriveWriting(req, res, 409)
    if (!arrived) return
    const { matter, lang, t } = arrived.filing
    const body = req.body as Record<string, unknown>
    const raw = typeof body['email'] === 'string' ? body['email'].slice(0, 500) : ''
    if (containsResidentNumber(raw)) {
      return showAsk(res, arrived, { email: '', error: t('matters:field.resident_number') })
    }
    if (req.csrfFailed) return showAsk(res, arrived, { email: raw, expired: true })
    const email = normaliseEmail(raw)
    if (!email) return showAsk(res, arrived, { email: raw, error: t('matters:field.email') })
    await perDraft.consume(draftId(arrived.draft.secret).toString('hex'))
    await perMailbox.consume(email.toLowerCase())
    const { secret } = arrived.draft
    const asked = await requestContinuation({ ...deps, sealer }, matter, {
      secret,
      email,
      language: lang,
    })
    if (asked.kind === 'filed') return res.redirect(303, filedPath(matter))
    setDraftCookie(res, config, matter.slug, asked.secret)
    res.redirect(303, continuePath(matter))
  })

  // The address of a form, when its page is loaded again.
  routes.get('/matters/:slug/file/continue/revoke', { who: 'anyone' }, (req, res) => {
    res.redirect(303, `/matters/${encodeURIComponent(req.params.slug)}/file/continue`)
  })

  routes.post('/matters/:slug/file/continue/revoke', form, pressing, async (req, res) => {
    const arrived = await arriveWriting(req, res, 409)
    if (!arrived) return
    if (req.csrfFailed) return showAsk(res, arrived, { expired: true })
    const { matter, lang } = arrived.filing
    const secret = await renewDraftSecret(deps, matter, arrived.draft.secret, lang)
    if (secret === undefined) throw new Problem('conflict')
    setDraftCookie(res, config, matter.slug, secret)
    res.redirect(303, `${continuePath(matter)}?revoked`)
  })

  routes.get('/matters/:slug/file/continue/:secret', page, async (req, res) => {
    const filing = await arrive(deps, req, res)
    await showLink(res, filing, req.params.secret)
  })

  routes.post('/matters/:slug/file/continue/:secret', form, pressing, async (req, res) => {
    const filing = await arrive(deps, req, res)
    const { secret } = req.params
    const linked = await readLink(filing, secret)
    const instead = (req.body as Record<string, unknown>)['instead'] === 'yes'
    const replaces = heldBeside(filing, secret) !== undefined
    if (linked.kind !== 'draft' || !filing.open || req.csrfFailed || (replaces && !instead)) {
      return showLink(res, filing, secret, { expired: req.csrfFailed ?? false, pressed: true })
    }
    const { matter } = filing
    setDraftCookie(res, config, matter.slug, secret)
    res.redirect(303, nextPath({ matter, draft: linked.draft.content }))
  })

  return routes.router

  /** The draft of this browser; without one, an answer that leads to where a person can go on. */
  async function arriveWriting(
    req: Request<{ slug: string }>,
    res: Response,
    closedStatus: number,
  ): Promise<{ filing: Filing; draft: Draft } | undefined> {
    const filing = await arrive(deps, req, res)
    if (leaveEarly(deps, res, filing, closedStatus)) return undefined
    if (filing.found.kind === 'draft') return { filing, draft: filing.found }
    res.redirect(303, filePath(filing.matter))
    return undefined
  }

  async function showAsk(
    res: Response,
    { filing, draft }: { filing: Filing; draft: Draft },
    given: { email?: string; error?: string; expired?: boolean; revoked?: boolean } = {},
  ): Promise<void> {
    const { error, expired = false } = given
    const asked = await findContinuation(deps.db, draft)
    const email = given.email ?? asked?.email ?? emailOf(filing)
    res.status(expired ? 403 : error === undefined ? 200 : 422)
    res.render('intake/continue', {
      ...surroundings(deps, filing),
      asked,
      suggested: asked && suggestEmail(asked.email),
      email,
      error,
      errors: error === undefined ? [] : errorList({ email: error }),
      expired,
      revoked: given.revoked && asked === undefined,
      next: nextPath(filing),
    })
  }

  async function readLink({ matter, lang }: Filing, secret: string): Promise<Linked> {
    if (!isDraftSecret(secret)) return { kind: 'gone' }
    const found = await findDraft(deps, matter, secret, lang)
    if (found.kind === 'draft') return { kind: 'draft', draft: found }
    // The copy that stays after filing is gone in a day; that it was filed is known for good.
    const filed =
      found.kind === 'filed' || (await selectNumber(deps.db, draftId(secret))) !== undefined
    return { kind: filed ? 'filed' : 'gone' }
  }

  async function showLink(
    res: Response,
    filing: Filing,
    secret: string,
    { expired = false, pressed = false } = {},
  ): Promise<void> {
    const { matter, lang } = filing
    const linked = await readLink(filing, secret)
    const here = filing.found.kind === 'none' ? undefined : filing.found
    if (linked.kind !== 'draft') {
      const own = here?.kind === 'filed' && here.secret === secret
      return res.status(410).render('intake/continue-over', {
        ...surroundings(deps, filing),
        kind: linked.kind,
        filed: own ? filedPath(matter) : undefined,
        begin: here ? nextOf(filing) : filePath(matter),
        writing: here?.kind === 'draft',
      })
    }
    if (!filing.open) return showClosed(deps, res, filing, pressed ? 409 : 200)
    const beside = heldBeside(filing, secret)
    const shown = (moment: Date) => ({
      iso: moment.toISOString(),
      text: showMoment(moment, lang, matter.content.timeZone),
    })
    res.status(expired ? 403 : pressed ? 409 : 200).render('intake/continue-here', {
      ...surroundings(deps, filing),
      action: continuePath(matter, secret),
      linkSaved: shown(linked.draft.savedAt),
      isOpenHere: here?.secret === secret,
      beside: beside && {
        kind: beside.kind,
        saved: beside.kind === 'draft' ? shown(beside.savedAt) : undefined,
        number: beside.kind === 'filed' ? beside.copy.number : undefined,
        href: nextOf(filing),
      },
      expired,
    })
  }

  /** Where whatever this browser holds goes on. */
  function nextOf(filing: Filing): string {
    return filing.found.kind === 'filed' ? filedPath(filing.matter) : nextPath(filing)
  }
}

/** Something else that this browser holds in the matter, and that it would no longer open. */
function heldBeside(
  { found }: Filing,
  secret: string,
): Exclude<FoundDraft, { kind: 'none' }> | undefined {
  return found.kind === 'none' || found.secret === secret ? undefined : found
}

/** The address of the draft, as far as it was written. */
function emailOf({ matter, draft }: Filing): string {
  const answered = answerWithRole(matter, draft, 'email')
  const question = questionWithRole(matter.form, 'email')
  const step = question && matter.form.steps.find(({ questions }) => questions.includes(question))
  const typed = step && draft.typed?.[step.id]?.[question.id]
  return (typeof typed === 'string' ? typed : answered) ?? ''
}
