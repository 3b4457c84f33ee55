import type { Request, Response, Router } from 'express'
import { isId } from '../../kernel/ids'
import { Problem } from '../../kernel/problem'
import { containsResidentNumber } from '../../matters/forms/resident-number'
import { lengthOf, severalLines } from '../../matters/forms/text'
import { createSealer } from '../../vault/sealer'
import { languageOf, textsOf } from '../../web/choose-language'
import type { AppDeps } from '../../web/deps'
import { limitForms } from '../../web/rate-limit'
import { routeTable } from '../../web/routes'
import { openOwn, type OpenedOwn } from '../access/open-own'
import { momentIn, ownClaimPath } from '../access/own-pages'
import { answersRoutes } from './answers-routes'
import { mayAppeal } from './appeal'
import { emailRefusals } from '../email-change/change-state'
import { askAndWait, changePath } from './ask-and-wait'
import { allowsChange, type ChangeKind } from './change-kinds'
import { findChange } from './find-change'

type Numbered = Request<{ number: string }>

/** Where each change leads when it is made. */
const leadsTo: Partial<Record<ChangeKind, string>> = {
  answers: '/answers',
  carry: '/next',
  message: '/messages',
}

/** Whose form says itself why it was refused, beside the field, where it can be mended. */
const mendedIn: Partial<Record<ChangeKind, { path: string; reasons: readonly string[] }>> = {
  change_email: { path: '/email', reasons: emailRefusals },
}

/**
 * What people change of their own claims, from the browser in which these are open. Every form is sealed to
 * the worker; the page that waits for it says what became of it.
 */
export function changeRoutes(deps: AppDeps): Router {
  const { config } = deps
  const { limits } = config
  const asking = { ...deps, sealer: createSealer(config.keys) }
  const routes = routeTable()
  const page = { who: 'anyone', session: true } as const
  const form = { who: 'anyone', csrf: 'flag' } as const
  const perAddress = limitForms(deps, 'change')
  const base = '/claims/mine/:number'

  routes.router.use(answersRoutes(asking, perAddress))

  routes.get(`${base}/changes/:change`, page, async (req, res) => {
    const opened = await openOwn(deps, req, res)
    if (!opened) return
    const change = await changeOf(req.params.change, opened)
    const { number } = opened.claim.live
    if (change.outcome === 'done') {
      const path = ownClaimPath(number)
      const next = leadsTo[change.kind]
      return res.redirect(303, next ? path + next : `${path}?done=${change.kind}`)
    }
    if (change.outcome === 'refused') {
      const form = mendedIn[change.kind]
      if (form?.reasons.some((one) => one === change.reason)) {
        return res.redirect(303, ownClaimPath(number) + form.path)
      }
      return res.status(409).render('claims/changes/refused', {
        number,
        href: ownClaimPath(number),
        kind: change.kind,
        reason: change.reason,
      })
    }
    const waited = deps.clock.now().getTime() - change.created_at.getTime()
    const long = waited > limits.accessWaitMaxSeconds * 1000
    res.render('claims/changes/waiting', {
      href: changePath(number, change.id),
      refresh: long ? undefined : limits.accessWaitSeconds,
      long,
    })
  })

  // What the waiting page asks when it can.
  routes.get(`${base}/changes/:change/ready`, { who: 'anyone' }, async (req, res) => {
    const opened = await openOwn(deps, req, res)
    if (!opened) return
    res.json({ done: (await changeOf(req.params.change, opened)).outcome !== null })
  })

  routes.get(`${base}/withdraw`, page, async (req, res) => {
    const opened = await openFor(req, res, 'withdraw')
    if (opened) await showWithdraw(res, opened)
  })

  routes.post(`${base}/withdraw`, form, perAddress, async (req, res) => {
    const opened = await openFor(req, res, 'withdraw')
    if (!opened) return
    const { sure } = req.body as Record<string, unknown>
    if (req.csrfFailed) return showWithdraw(res, opened, { expired: true })
    if (sure !== 'yes') {
      return showWithdraw(res, opened, { error: textsOf(res)('changes:withdraw.missing') })
    }
    await askAndWait(asking, res, opened, 'withdraw', {})
  })

  routes.get(`${base}/consents`, page, async (req, res) => {
    const opened = await openFor(req, res, 'consent')
    if (opened) await showConsents(res, opened)
  })

  routes.post(`${base}/consents`, form, perAddress, async (req, res) => {
    const opened = await openFor(req, res, 'consent')
    if (!opened) return
    if (req.csrfFailed) return showConsents(res, opened, { expired: true })
    const { consent } = req.body as Record<string, unknown>
    // A page that is older than what was taken back meanwhile.
    if (typeof consent !== 'string' || !opened.claim.copy.consents.includes(consent)) {
      return res.redirect(303, `${ownClaimPath(opened.claim.live.number)}/consents`)
    }
    await askAndWait(asking, res, opened, 'consent', { consent })
  })

  routes.get(`${base}/appeal`, page, async (req, res) => {
    const opened = await openFor(req, res, 'appeal')
    if (opened) await showAppeal(res, opened, {})
  })

  routes.post(`${base}/appeal`, form, perAddress, async (req, res) => {
    const opened = await openFor(req, res, 'appeal')
    if (!opened) return
    const t = textsOf(res)
    const { text: typed } = req.body as Record<string, unknown>
    const text = typeof typed === 'string' ? severalLines(typed.slice(0, 12_000)) : ''
    // Never shown again, not even to whoever typed it.
    if (containsResidentNumber(text)) {
      return showAppeal(res, opened, { error: t('matters:field.resident_number') })
    }
    if (req.csrfFailed) return showAppeal(res, opened, { text, expired: true })
    const length = lengthOf(text)
    if (length === 0 || length > limits.appealChars) {
      const error =
        length === 0
          ? t('changes:appeal.missing')
          : t('changes:appeal.tooLong', { max: limits.appealChars, length })
      return showAppeal(res, opened, { text, error })
    }
    await askAndWait(asking, res, opened, 'appeal', { text })
  })

  return routes.router

  /** One of what was asked for in this claim. @throws Problem not_found */
  async function changeOf(id: string, { claim }: OpenedOwn) {
    const change = isId(id) ? await findChange(deps.db, id) : undefined
    if (change?.claim_id !== claim.live.id) throw new Problem('not_found')
    return change
  }

  /** The claim, when it takes a change of this kind; otherwise its page says how it stands. */
  async function openFor(
    req: Numbered,
    res: Response,
    kind: ChangeKind,
  ): Promise<OpenedOwn | undefined> {
    const opened = await openOwn(deps, req, res)
    if (!opened) return undefined
    const { live } = opened.claim
    const late = kind === 'appeal' && !mayAppeal(live.decided_at, deps.clock.now(), limits)
    if (allowsChange(live.state, kind) && !late) return opened
    res.redirect(303, `${ownClaimPath(live.number)}?closed=${kind}`)
    return undefined
  }

  async function showWithdraw(
    res: Response,
    { claim, matter }: OpenedOwn,
    given: { error?: string; expired?: boolean } = {},
  ): Promise<void> {
    const { error, expired = false } = given
    const lang = languageOf(res)
    res.status(expired ? 403 : error ? 422 : 200).render('claims/changes/withdraw', {
      number: claim.live.number,
      href: ownClaimPath(claim.live.number),
      firm: matter?.firm.content.name[lang] ?? textsOf(res)('status:theFirm'),
      error,
      errors: error ? [{ id: 'sure', message: error }] : [],
      expired,
    })
  }

  async function showConsents(
    res: Response,
    { claim, matter }: OpenedOwn,
    { expired = false }: { expired?: boolean } = {},
  ): Promise<void> {
    const lang = languageOf(res)
    const consents = matter?.content.consents ?? []
    const words = (one: (typeof consents)[number]) => ({
      id: one.id,
      title: one.title[lang],
      purpose: one.purpose[lang],
      items: one.items[lang],
      retention: one.retention[lang],
      refusal: one.refusal[lang],
    })
    res.status(expired ? 403 : 200).render('claims/changes/consents', {
      number: claim.live.number,
      href: ownClaimPath(claim.live.number),
      given: consents.filter(({ id }) => claim.copy.consents.includes(id)).map(words),
      required: consents.filter(({ required }) => required).map(words),
      expired,
    })
  }

  async function showAppeal(
    res: Response,
    { claim, matter }: OpenedOwn,
    given: { text?: string; error?: string; expired?: boolean },
  ): Promise<void> {
    const { text = '', error, expired = false } = given
    const lang = languageOf(res)
    const { decided_at: decidedAt } = claim.live
    const until = decidedAt && new Date(decidedAt.getTime() + limits.appealDays * 86_400_000)
    res.status(expired ? 403 : error ? 422 : 200).render('claims/changes/appeal', {
      number: claim.live.number,
      href: ownClaimPath(claim.live.number),
      text,
      error,
      errors: error ? [{ id: 'text', message: error }] : [],
      expired,
      most: limits.appealChars,
      until: until && momentIn(matter, until, lang),
    })
  }
}
