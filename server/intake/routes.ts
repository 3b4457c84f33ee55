import type { Request, Response, Router } from 'express'
import { consentsOf } from '../authority/consents'
import { Problem } from '../kernel/problem'
import { parseStep } from '../matters/forms/parse-form'
import {
  fieldNames,
  fieldsWithResidentNumber,
  rawFields,
  residentNumberErrors,
  type FieldErrors,
  type RawFields,
} from '../matters/forms/parse-question'
import type { ClaimForm, Lang, Step } from '../matters/form-schema'
import { takesNotices } from '../notices/ask-notice'
import { createSealer } from '../vault/sealer'
import type { AppDeps } from '../web/deps'
import { addressOf, limit, limitForms } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { carriedRoutes } from './carried-routes'
import { continueRoutes } from './continue-routes'
import { clearDraftCookie } from './draft-cookie'
import { filedNextRoutes } from './filed-next-routes'
import { filedRoutes } from './filed-routes'
import { arrive, filedPath, filePath, nextPath, type Filing } from './filing-page'
import { detour, formStep, handOver, signerOf, stepNames } from './filing-steps'
import { goesElsewhere, keepAndGoOn } from './go-on'
import { handOverRoutes } from './hand-over-routes'
import { inAppBrowser } from './in-app-browser'
import { eraseDraft } from './keep-draft'
import { noticeRoutes } from './notice-routes'
import { parseConsents, typedConsents } from './parse-consents'
import { filedReceiptRoutes } from './receipt-routes'
import {
  leaveEarly,
  showClosed,
  showConsents,
  showNotEligible,
  showReview,
  showStart,
  showStep,
  startSaysMore,
} from './show-pages'
import { postSign, showSign } from './sign-step'
import { submitClaim } from './submit-claim'

type SlugAndStep = { slug: string; step: string }

/** Filing a claim: the steps, which save a draft, and the submission. No page of it needs JavaScript. */
export function intakeRoutes(deps: AppDeps): Router {
  const { config } = deps
  const { rate } = config.limits
  const routes = routeTable()
  // In memory: these brake floods, and the path of every filing does without a query more.
  const drafts = limitForms(deps, 'draft')
  const submits = limit(deps, { name: 'submit', by: addressOf, ...rate.submit, store: 'memory' })
  const sealer = createSealer(config.keys)
  const page = { who: 'anyone', session: true } as const
  const form = { who: 'anyone', csrf: 'flag' } as const

  // Before the steps, whose pattern its first page would fit.
  routes.router.use(
    continueRoutes(deps, sealer),
    carriedRoutes(deps),
    handOverRoutes(deps, sealer),
    noticeRoutes(deps, sealer),
  )

  routes.get('/matters/:slug/file', page, async (req, res) => {
    const filing = await arrive(deps, req, res)
    if (!filing.open) return showClosed(deps, res, filing, 200)
    const about = {
      takesNotices: await takesNotices(deps.db, filing.matter),
      erased: req.query['erased'] !== undefined,
      inApp: inAppBrowser(req.headers['user-agent']),
    }
    // The page of the case has said the rest: whoever begins is asked the first question at once.
    if (!startSaysMore(filing, about)) return res.redirect(303, nextPath(filing))
    showStart(deps, res, filing, about)
  })

  routes.get('/matters/:slug/file/not-eligible', page, async (req, res) => {
    const filing = await arrive(deps, req, res)
    if (leaveEarly(deps, res, filing, 200)) return
    if (detour(filing.matter, filing.draft, 'review') !== 'not-eligible') {
      return res.redirect(303, nextPath(filing))
    }
    showNotEligible(deps, res, filing)
  })

  routes.post('/matters/:slug/file/submit', form, submits, async (req, res) => {
    const filing = await arrive(deps, req, res)
    if (leaveEarly(deps, res, filing, 409)) return
    const { matter, found, draft, lang } = filing
    if (found.kind !== 'draft') return res.redirect(303, filePath(matter))
    const elsewhere = detour(matter, draft, 'review')
    if (elsewhere) return res.redirect(303, filePath(matter, elsewhere))
    if (req.csrfFailed) return showReview(deps, res, filing, { expired: true })
    const submitted = await submitClaim({ ...deps, sealer }, matter, found, lang)
    if (submitted.ok) return res.redirect(303, filedPath(matter))
    // Complete, yet no longer right: what an earlier release let pass. The first step that fails says so.
    const failed = firstFailing(matter.form, submitted.errors)
    if (!failed) return res.redirect(303, filePath(matter))
    showStep(deps, res, filing, failed.step, { errors: failed.errors, raw: submitted.typed })
  })

  routes.post('/matters/:slug/file/erase', form, async (req, res) => {
    const filing = await arrive(deps, req, res)
    // A stale token must not erase anything; the page it leads to has a fresh one.
    if (req.csrfFailed) return res.redirect(303, filePath(filing.matter))
    if (filing.found.kind === 'draft') await eraseDraft(deps, filing.found.secret)
    if (filing.found.kind !== 'filed') clearDraftCookie(res, config, filing.matter.slug)
    res.redirect(303, `${filePath(filing.matter)}?erased`)
  })

  // Someone else of the family, at the same phone: the filed claim is left to its mail.
  routes.post('/matters/:slug/file/another', form, async (req, res) => {
    const { matter, found } = await arrive(deps, req, res)
    if (!req.csrfFailed && found.kind === 'filed') clearDraftCookie(res, config, matter.slug)
    res.redirect(303, filePath(matter))
  })

  routes.get('/matters/:slug/file/:step', page, async (req, res) => {
    const filing = await arrive(deps, req, res)
    if (leaveEarly(deps, res, filing, 200)) return
    const { matter, draft } = filing
    const name = req.params.step
    // The addresses of forms, when one of their pages is loaded again.
    if (name === 'submit') return res.redirect(303, filePath(matter, 'review'))
    if (name === 'erase' || name === 'another') return res.redirect(303, filePath(matter))
    if (!stepNames(matter).includes(name)) throw new Problem('not_found')
    const elsewhere = detour(matter, draft, name)
    if (elsewhere) return res.redirect(303, filePath(matter, elsewhere))
    if (name === 'consents') return showConsents(deps, res, filing)
    if (name === 'sign') {
      return showSign(deps, res, filing, { place: req.query['place'] !== undefined })
    }
    if (name === 'review') return showReview(deps, res, filing)
    showStep(deps, res, filing, formStep(matter, name)!)
  })

  routes.post('/matters/:slug/file/:step', form, drafts, async (req, res) => {
    const filing = await arrive(deps, req, res)
    if (leaveEarly(deps, res, filing, 409)) return
    const { matter, draft, found } = filing
    const name = req.params.step
    const step = formStep(matter, name)
    const other = name === 'consents' || (name === 'sign' && stepNames(matter).includes(name))
    if (!step && !other) throw new Problem('not_found')
    // What is sent is kept even when an earlier step came undone meanwhile, in another tab or browser, or
    // the cookie was forgotten: the earlier step is asked for afterwards. A signature needs a name first.
    const detoured = detour(matter, draft, name)
    if (detoured === 'not-eligible' || (detoured && !step && found.kind !== 'draft')) {
      return res.redirect(303, filePath(matter, detoured))
    }
    // Nobody signs what an earlier step may still change, nor agrees to anything for somebody else.
    if (!step && (detoured === handOver || (name === 'sign' && detoured)))
      return res.redirect(303, filePath(matter, detoured))
    if (step) await postStep(deps, req, res, filing, step)
    else if (name === 'sign') await postSign(deps, req, res, filing)
    else await postConsents(deps, req, res, filing)
  })

  routes.router.use(filedRoutes(deps, sealer), filedReceiptRoutes(deps), filedNextRoutes(deps))
  return routes.router
}

async function postStep(
  deps: AppDeps,
  req: Request<SlugAndStep>,
  res: Response,
  filing: Filing,
  step: Step,
): Promise<void> {
  const { matter, lang, now } = filing
  const body = req.body as Record<string, unknown>
  if (req.csrfFailed) {
    return showStep(deps, res, filing, step, { expired: true, ...typedStep(step, body, lang) })
  }
  const parsed = parseStep(matter.form, step.id, body, {
    lang,
    now,
    timeZone: matter.content.timeZone,
    earlier: filing.draft.answers,
  })
  if (!parsed.ok) {
    if (!goesElsewhere(body)) {
      return showStep(deps, res, filing, step, { errors: parsed.errors, raw: parsed.answers })
    }
    const typed = typedStep(step, body, lang)
    // What may not be kept is named here and now, not silently left behind.
    if (Object.keys(typed.errors).length > 0) return showStep(deps, res, filing, step, typed)
    return keepAndGoOn(deps, req, res, filing, (draft) => ({
      ...draft,
      typed: { ...draft.typed, [step.id]: typed.raw },
      done: draft.done.filter((id) => id !== step.id),
    }))
  }
  await keepAndGoOn(deps, req, res, filing, (draft) => {
    const own = new Set(step.questions.map(({ id }) => id))
    const others = Object.entries(draft.answers).filter(([id]) => !own.has(id))
    const done = [...new Set([...draft.done, step.id])]
    const { formChanged, typed, ...rest } = draft
    const unfinished = Object.entries(typed ?? {}).filter(([id]) => id !== step.id)
    const looking = formChanged && done.length < matter.form.steps.length
    return {
      ...rest,
      ...(looking ? { formChanged } : {}),
      ...(unfinished.length > 0 ? { typed: Object.fromEntries(unfinished) } : {}),
      answers: { ...Object.fromEntries(others), ...parsed.answers },
      done,
    }
  })
}

async function postConsents(
  deps: AppDeps,
  req: Request<SlugAndStep>,
  res: Response,
  filing: Filing,
): Promise<void> {
  const { matter, draft, now, t, lang } = filing
  const body = req.body as Record<string, unknown>
  if (req.csrfFailed) {
    return showConsents(deps, res, filing, { expired: true, ...typedConsents(matter, body, t) })
  }
  const name = signerOf(matter, draft)
  const parsed = parseConsents(matter, body, { name, now, t, lang })
  if (!parsed.ok) {
    if (!goesElsewhere(body)) return showConsents(deps, res, filing, parsed)
    const { typed, errors } = typedConsents(matter, body, t)
    if (Object.keys(errors).length > 0) return showConsents(deps, res, filing, { typed, errors })
    // Boxes as they are ticked, but no signature: without one nothing of it counts yet.
    return keepAndGoOn(deps, req, res, filing, ({ signature: _unsigned, ...before }) => ({
      ...before,
      consents: consentsOf(matter, typed.given, now),
      typedSignature: typed.signature,
    }))
  }
  const { consents, signature } = parsed
  await keepAndGoOn(deps, req, res, filing, ({ typedSignature: _now, ...before }) => ({
    ...before,
    consents,
    ...(signature && { signature }),
  }))
}

/** The first step with an error, and its errors alone: those of other steps have no field there. */
function firstFailing(
  form: ClaimForm,
  errors: FieldErrors,
): { step: Step; errors: FieldErrors } | undefined {
  for (const step of form.steps) {
    const names = new Set(step.questions.flatMap(fieldNames))
    const own = Object.entries(errors).filter(([name]) => names.has(name))
    if (own.length > 0) return { step, errors: Object.fromEntries(own) }
  }
  return undefined
}

/** Everything typed into a step; where a resident registration number stood, what is wrong instead. */
function typedStep(
  step: Step,
  body: Record<string, unknown>,
  lang: Lang,
): { raw: RawFields; errors: FieldErrors } {
  const typed: RawFields = {}
  const errors: FieldErrors = {}
  for (const question of step.questions) {
    const raw = rawFields(question, body)
    const forbidden = fieldsWithResidentNumber(raw)
    for (const [name, text] of Object.entries(raw)) {
      if (!forbidden.includes(name)) typed[name] = text
    }
    Object.assign(errors, residentNumberErrors(forbidden, lang))
  }
  return { raw: typed, errors }
}
