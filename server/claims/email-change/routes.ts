import type { Request, Response, Router } from 'express'
import { Problem } from '../../kernel/problem'
import { normaliseEmail, suggestEmail } from '../../matters/forms/email'
import { containsResidentNumber } from '../../matters/forms/resident-number'
import { filedAs } from '../../matters/filed-as'
import { findMatterById } from '../../matters/list-matters'
import { createSealer } from '../../vault/sealer'
import { languageOf, speakOf, textsOf } from '../../web/choose-language'
import type { AppDeps } from '../../web/deps'
import { addressOf, limit } from '../../web/rate-limit'
import { routeTable } from '../../web/routes'
import { openOwn, type OpenedOwn } from '../access/open-own'
import { momentIn, ownClaimPath } from '../access/own-pages'
import { askAndWait } from '../changes/ask-and-wait'
import { allowsChange } from '../changes/change-kinds'
import { findRefusal } from '../changes/find-refusal'
import { parseClaimNumber } from '../claim-number'
import { emailRefusals, isOver, stageOf, type Side } from './change-state'
import { findAnswer, findByLink, type ShownAnswer, type ShownChange } from './find-email-change'
import { giveAnswer } from './give-answer'

/** Why the last try was refused is told to whoever comes back from it, and not the next day. */
const refusalNewsMs = 10 * 60 * 1000

/**
 * Changing one's address from the claim's own page, and what the mails about it lead to: a page with
 * buttons under the link, and one for the six-digit codes. Opening a link changes nothing.
 */
export function emailChangeRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const { limits } = config
  const routes = routeTable()
  const asking = { ...deps, sealer: createSealer(config.keys) }
  const page = { who: 'anyone', session: true } as const
  const plain = { who: 'anyone' } as const
  const form = { who: 'anyone', csrf: 'flag' } as const
  // Every one is work for the worker, and may be a mail or a guess.
  const perAddress = limit(deps, {
    name: 'email change',
    by: addressOf,
    ...limits.rate.verify,
    store: 'database',
  })
  const perNumber = limit(deps, {
    name: 'email change of a claim',
    by: () => '',
    ...limits.rate.lookup,
    store: 'database',
  })

  routes.get('/claims/mine/:number/email', page, async (req, res) => {
    const opened = await openChangeable(req, res)
    if (!opened) return
    // The worker alone could see that the address was the same: whoever comes back is told here.
    const since = new Date(clock.now().getTime() - refusalNewsMs)
    const refused = await findRefusal(db, opened.claim.live.id, 'change_email', since)
    const told = emailRefusals.find((one) => one === refused)
    showForm(res, opened, told ? { error: textsOf(res)(`email:form.error.${told}`) } : {})
  })

  routes.post('/claims/mine/:number/email', form, perAddress, async (req, res) => {
    const opened = await openChangeable(req, res)
    if (!opened) return
    const t = textsOf(res)
    const typed = textOf(req, 'email', 500)
    if (containsResidentNumber(typed)) {
      return showForm(res, opened, { error: t('matters:field.resident_number') }, 422)
    }
    if (req.csrfFailed) return showForm(res, opened, { email: typed, expired: true }, 403)
    const email = normaliseEmail(typed)
    if (!email) {
      const error = t(typed.trim() === '' ? 'matters:field.missing_email' : 'matters:field.email')
      return showForm(res, opened, { email: typed, error }, 422)
    }
    // Offered once, never imposed: sent again, the address is taken as it is.
    const suggested = suggestEmail(email)
    if (suggested !== undefined && textOf(req, 'sure', 500) !== email) {
      return showForm(res, opened, { email, suggested, sure: email }, 422)
    }
    await askAndWait(asking, res, opened, 'change_email', { email })
  })

  routes.get('/claims/email', page, (req, res) => {
    const { number } = req.query
    showCode(res, { number: typeof number === 'string' ? number.slice(0, 40) : '' })
  })

  routes.post('/claims/email', form, perAddress, async (req, res) => {
    const t = textsOf(res)
    const typed = { number: textOf(req, 'number', 60), code: textOf(req, 'code', 60) }
    if (req.csrfFailed) return showCode(res, { ...typed, expired: true })
    const number = parseClaimNumber(typed.number)
    const code = typed.code.normalize('NFKC').replace(/[\s-]/g, '')
    const errors = {
      ...(number === null ? { number: t('claims:code.numberShape') } : {}),
      ...(/^\d{6}$/.test(code) ? {} : { code: t('status:code.shape') }),
    }
    if (number === null || Object.keys(errors).length > 0) {
      return showCode(res, { ...typed, errors })
    }
    await perNumber.consume(number)
    leadToAnswer(res, await giveAnswer(asking, 'confirm', { number, code }))
  })

  routes.get('/claims/email/answers/:id', page, async (req, res) => {
    const answer = await findAnswer(db, req.params.id)
    if (!answer) throw new Problem('not_found')
    const waited = clock.now().getTime() - answer.created_at.getTime()
    const long = waited > limits.accessWaitMaxSeconds * 1000
    const { change } = answer
    const waiting = isWaiting(answer)
    const outcome = answer.outcome ?? 'waiting'
    res.status(outcome === 'wrong' ? 422 : 200).render('claims/email/answered', {
      outcome: waiting ? 'waiting' : outcome,
      long,
      refresh: waiting && !long ? limits.accessWaitSeconds : undefined,
      id: req.params.id,
      number: answer.claim?.number ?? '',
      ...(await wordsOf(res, change, answer.claim?.matter_id)),
    })
  })

  routes.get('/claims/email/answers/:id/ready', plain, async (req, res) => {
    const answer = await findAnswer(db, req.params.id)
    if (!answer) throw new Problem('not_found')
    res.json({ done: !isWaiting(answer) })
  })

  routes.get('/claims/email/:token', page, async (req, res) => {
    await showLink(res, req.params.token)
  })

  routes.post('/claims/email/:token', form, perAddress, async (req, res) => {
    const { token } = req.params
    const found = await findByLink(db, token)
    const act = textOf(req, 'act', 20)
    const usable = found !== null && !isOver(found.change)
    if (req.csrfFailed || !usable || (act !== 'confirm' && act !== 'stop')) {
      return showLink(res, token, req.csrfFailed ?? false)
    }
    leadToAnswer(res, await giveAnswer(asking, act, { token }))
  })

  return routes.router

  function stage(change: ShownChange) {
    return stageOf(change, clock.now())
  }

  /** Confirmed by both, a change is made within a second or two: worth waiting for. */
  function isWaiting({ outcome, change }: ShownAnswer): boolean {
    if (outcome === null) return true
    return change?.origin === 'claimant' && stage(change) === 'applying'
  }

  function leadToAnswer(res: Response, id: string): void {
    res.redirect(303, `/claims/email/answers/${id}`)
  }

  /** The claim if it is open here and its address can be changed; otherwise an answer. */
  async function openChangeable(
    req: Request<{ number: string }>,
    res: Response,
  ): Promise<OpenedOwn | undefined> {
    const opened = await openOwn(deps, req, res)
    if (opened && !allowsChange(opened.claim.live.state, 'change_email')) {
      res.redirect(303, `${ownClaimPath(opened.claim.live.number)}?closed=change_email`)
      return undefined
    }
    return opened
  }

  function showForm(
    res: Response,
    { claim }: OpenedOwn,
    given: { email?: string; error?: string; expired?: boolean; suggested?: string; sure?: string },
    status = 200,
  ): void {
    const { email = '', error, expired = false, suggested = null, sure = '' } = given
    res.status(status).render('claims/email/form', {
      number: claim.live.number,
      path: ownClaimPath(claim.live.number),
      now: claim.copy.email,
      email,
      sure,
      suggested,
      error,
      errors: error ? [{ id: 'email', message: error }] : [],
      expired,
      hours: limits.emailChangeHours,
    })
  }

  function showCode(
    res: Response,
    given: { number: string; code?: string; errors?: Record<string, string>; expired?: boolean },
  ): void {
    const { number, code = '', errors = {}, expired = false } = given
    const list = Object.entries(errors).map(([id, message]) => ({ id, message }))
    res.status(expired ? 403 : list.length > 0 ? 422 : 200).render('claims/email/code', {
      number,
      code,
      fieldErrors: errors,
      errors: list,
      expired,
      attempts: limits.emailChangeAttempts,
    })
  }

  async function showLink(res: Response, token: string, expired = false): Promise<void> {
    const found = await findByLink(db, token)
    if (!found) return res.status(404).render('claims/email/unknown', { case: null })
    const { change, side, claim } = found
    const at = stage(change)
    const over = at === 'stopped' || at === 'expired'
    res.status(over ? 410 : expired ? 403 : 200).render('claims/email/link', {
      token,
      side,
      origin: change.origin,
      number: claim.number,
      expired,
      mayConfirm: at !== 'expired' && mayConfirm(change, side),
      mayStop: !isOver(change),
      ...(await wordsOf(res, change, claim.matter_id)),
    })
  }

  /** How far a change is, in words, and the case it belongs to. */
  async function wordsOf(res: Response, change: ShownChange | null, matterId?: string) {
    const lang = languageOf(res)
    const matter = matterId === undefined ? null : await findMatterById(db, matterId)
    if (matter) speakOf(res, filedAs(matter))
    return {
      stage: change ? stage(change) : null,
      stoppedBy: change?.stopped_by ?? null,
      from: change?.hold_until ? momentIn(matter, change.hold_until, lang) : '',
      until: change ? momentIn(matter, change.expires_at, lang) : '',
      case: matter && { name: matter.content.title[lang], href: `/matters/${matter.slug}` },
    }
  }
}

function mayConfirm(change: ShownChange, side: Side): boolean {
  if (isOver(change) || change[`confirmed_${side}_at`] !== null) return false
  return side === 'new' || change.origin === 'claimant'
}

function textOf(req: Request<never> | Request, name: string, most: number): string {
  const value = (req.body as Record<string, unknown>)[name]
  return typeof value === 'string' ? value.slice(0, most) : ''
}
