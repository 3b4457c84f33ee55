import type { Request, Response, Router } from 'express'
import type { PackCore } from '../authority/pack-content'
import { signedWords } from '../authority/show-documents'
import { filedAs } from '../matters/filed-as'
import { findMatterById } from '../matters/list-matters'
import { noteUnknownAfter } from '../oversight/note-unknown'
import { openCopy } from '../vault/claimant-copies'
import { createSealer } from '../vault/sealer'
import { languageOf, speakOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { addressOf, limit, limitForms } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { parseClaimNumber } from './claim-number'
import { showConfirming } from './confirming-page'
import { findConfirmation, type Given } from './find-confirmation'
import { giveCode, giveLink } from './give-confirmation'
import { readLink, type Link, type LinkState } from './mailed-link'
import { requestNewLink, type AskedBy } from './request-new-link'

const statusOf: Record<LinkState, number> = {
  usable: 200,
  confirmed: 200,
  address: 200,
  expired: 410,
  superseded: 410,
  closed: 410,
  unknown: 404,
}

const tokenShape = /^[A-Za-z0-9_-]{43}$/

/**
 * Confirming an e-mail address and what was signed, by the mailed link or by claim number and code. Only a
 * button confirms: opening a link, which mail scanners do too, changes nothing. What was pressed or typed is
 * checked by the worker, and the page waits for it.
 */
export function claimRoutes(deps: AppDeps): Router {
  const { config } = deps
  const { rate } = config.limits
  const giving = { ...deps, sealer: createSealer(config.keys) }
  const routes = routeTable()
  const page = { who: 'anyone', session: true } as const
  const form = { who: 'anyone', csrf: 'flag' } as const
  // Against guessing, so counted for all processes together.
  const guessing = limit(deps, {
    name: 'verify',
    by: addressOf,
    ...rate.verify,
    store: 'database',
  })
  // A link cannot be guessed: this only brakes floods.
  const pressing = limitForms(deps, 'link')
  // Each one becomes a mail to somebody.
  const perNumber = limit(deps, {
    name: 'new link of a claim',
    by: () => '',
    ...rate.lookup,
    store: 'database',
  })

  routes.get('/claims/confirm', page, async (req, res) => {
    const given = await findConfirmation(deps, req.query['sent'])
    if (given) return showGiven(res, given)
    const number = req.query['number']
    showCodeForm(res, { number: typeof number === 'string' ? number.slice(0, 40) : '' })
  })

  routes.get('/claims/confirm/ready', { who: 'anyone' }, async (req, res) => {
    const given = await findConfirmation(deps, req.query['sent'])
    res.json({ done: given?.outcome !== null })
  })

  routes.post('/claims/confirm', form, guessing, async (req, res) => {
    const typed = typedBy(req)
    if (req.csrfFailed) return showCodeForm(res, { ...typed, expired: true })
    const t = textsOf(res)
    const number = parseClaimNumber(typed.number)
    const errors = {
      ...(number === null ? { number: t('claims:code.numberShape') } : {}),
      ...(/\d/.test(typed.code) ? {} : { code: t('claims:code.codeMissing') }),
    }
    if (Object.keys(errors).length > 0) return showCodeForm(res, { ...typed, errors })
    const typedIn = number && (await giveCode(giving, number, typed.code))
    if (!typedIn) return showCodeForm(res, { ...typed, errors: { code: t('claims:code.wrong') } })
    res.redirect(303, `/claims/confirm?sent=${typedIn.given}&number=${number}`)
    if (!typedIn.known) await noteUnknownAfter(deps, req)
  })

  routes.get('/claims/confirm/new-link', page, (_req, res) => {
    res.render('claims/new-link', { number: '', error: null, errors: [], expired: false })
  })

  routes.get('/claims/confirm/link-sent', { who: 'anyone' }, (_req, res) => {
    res.render('claims/link-sent', { verificationHours: config.limits.verificationHours })
  })

  // The same answer to everyone: whether a number or link belongs to a claim is not told here.
  routes.post('/claims/confirm/new-link', form, guessing, async (req, res) => {
    const { number: typed } = typedBy(req)
    const token = (req.body as Record<string, unknown>)['token']
    const hasToken = typeof token === 'string' && tokenShape.test(token)
    const number = parseClaimNumber(typed)
    const badNumber = !hasToken && number === null
    if (req.csrfFailed || badNumber) {
      const error = badNumber && !req.csrfFailed ? textsOf(res)('claims:code.numberShape') : null
      return res.status(req.csrfFailed ? 403 : 422).render('claims/new-link', {
        number: typed,
        error,
        errors: error ? [{ id: 'number', message: error }] : [],
        expired: req.csrfFailed ?? false,
      })
    }
    const by: AskedBy = hasToken ? { token } : { number: number! }
    await perNumber.consume(hasToken ? token : number!)
    const asked = await requestNewLink(deps, by)
    res.redirect(303, '/claims/confirm/link-sent')
    if (asked.outcome === 'unknown' && !hasToken) await noteUnknownAfter(deps, req)
  })

  routes.get('/claims/confirm/:token', page, async (req, res) => {
    const { token } = req.params
    const link = await readLinkOf(token)
    const given = await findConfirmation(deps, req.query['sent'])
    // What the link is good for is read live: whatever came of it stands there.
    if (given?.outcome === null && given.claim?.id === link.claim?.id) {
      return showWaiting(res, given, `/claims/confirm/${token}`, link.pack !== undefined)
    }
    await showLink(res, link, { token, signed: await signedUnder(token) })
  })

  routes.post('/claims/confirm/:token', form, pressing, async (req, res) => {
    const { token } = req.params
    // What was signed has to stand on the page whose button counts it.
    const signed = await signedUnder(token)
    if (req.csrfFailed) {
      return showLink(res, await readLinkOf(token), { token, signed, expired: true })
    }
    if (!tokenShape.test(token)) return showLink(res, { state: 'unknown' })
    const { link, given } = await giveLink(giving, token, signed?.pack ?? null)
    // Back to the same address, which waits and then says "confirmed": loading it again sends nothing twice.
    if (given) return res.redirect(303, `/claims/confirm/${token}?sent=${given}`)
    if (link.state === 'confirmed') return res.redirect(303, `/claims/confirm/${token}`)
    await showLink(res, link, { token, signed })
  })

  return routes.router

  /** What came of a number and code; nothing of the claim is told before they were found right. */
  async function showGiven(res: Response, given: Given): Promise<void> {
    const { outcome, claim } = given
    if (outcome === null) return showWaiting(res, given, '/claims/confirm', false)
    if (outcome === 'refused' || !claim) {
      const typed = res.req.query['number']
      const number = typeof typed === 'string' ? typed.slice(0, 40) : ''
      const errors = { code: textsOf(res)('claims:code.wrong') }
      return showCodeForm(res, { number, errors })
    }
    await showLink(res, { state: outcome, claim })
  }

  function showWaiting(res: Response, given: Given, path: string, signed: boolean): void {
    const again = `${path}${res.req.url.slice(res.req.path.length)}`
    showConfirming(res, given, { again, signed, refreshSeconds: config.limits.accessWaitSeconds })
  }

  async function readLinkOf(token: string): Promise<Link> {
    return tokenShape.test(token) ? readLink(deps, token) : { state: 'unknown' }
  }

  async function signedUnder(token: string): Promise<PackCore | null> {
    return (await openCopy(deps.db, 'signed', token)) as PackCore | null
  }

  async function showLink(
    res: Response,
    { state, claim, pack }: Link,
    {
      token = '',
      signed = null,
      expired = false,
    }: { token?: string; signed?: PackCore | null; expired?: boolean } = {},
  ): Promise<void> {
    const matter = claim ? await findMatterById(deps.db, claim.matterId) : null
    if (matter) speakOf(res, filedAs(matter))
    const lang = languageOf(res)
    res.status(expired && state === 'usable' ? 403 : statusOf[state])
    res.render(viewOf(state), {
      state,
      token,
      expired,
      signed: pack !== undefined && signed?.pack === pack ? signedWords(signed, lang) : null,
      // A copy that is not there: nothing may be confirmed unseen.
      unseen: pack !== undefined && signed?.pack !== pack,
      number: claim?.number ?? '',
      matter: matter && {
        name: matter.content.title[lang],
        href: `/matters/${matter.slug}`,
        firm: matter.firm.content.name[lang],
      },
      verificationHours: config.limits.verificationHours,
      unverifiedDays: config.limits.unverifiedDays,
    })
  }

  function showCodeForm(
    res: Response,
    given: { number: string; code?: string; errors?: Record<string, string>; expired?: boolean },
  ): void {
    const { number, code = '', errors = {}, expired = false } = given
    res.status(expired ? 403 : Object.keys(errors).length > 0 ? 422 : 200)
    res.render('claims/code', {
      number,
      code,
      fieldErrors: errors,
      errors: Object.entries(errors).map(([id, message]) => ({ id, message })),
      expired,
      attempts: config.limits.verificationAttempts,
      verificationHours: config.limits.verificationHours,
    })
  }
}

function viewOf(state: LinkState): string {
  if (state === 'usable') return 'claims/confirm'
  if (state === 'address') return 'claims/address-confirmed'
  return state === 'confirmed' ? 'claims/confirmed' : 'claims/link-problem'
}

function typedBy(req: Request): { number: string; code: string } {
  const body = req.body as Record<string, unknown>
  const text = (name: string) => {
    const value = body[name]
    return typeof value === 'string' ? value.slice(0, 60) : ''
  }
  return { number: text('number'), code: text('code') }
}
