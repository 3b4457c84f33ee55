import type { Request, Response, Router } from 'express'
import { ownPapersCard } from '../../authority/find-authority'
import { findHousehold } from '../../households/find-household'
import { ownHouseholdWords } from '../../households/household-words'
import { ownNextCard } from '../../intake/next-filings'
import { receiptAnswers } from '../../ledger/receipts/show-receipt'
import { normaliseEmail } from '../../matters/forms/email'
import { containsResidentNumber } from '../../matters/forms/resident-number'
import { findMatter } from '../../matters/list-matters'
import { messagesCard } from '../../messages/own-page'
import { findOwnMessages } from '../../messages/own-thread'
import { findNewest } from '../../news/list-news'
import { newsCard } from '../../news/news-page'
import { createSealer } from '../../vault/sealer'
import { languageOf, textsOf } from '../../web/choose-language'
import type { AppDeps } from '../../web/deps'
import { addressOf, limit } from '../../web/rate-limit'
import { routeTable } from '../../web/routes'
import { changeNotice } from '../email-change/change-words'
import { findNewestChange } from '../email-change/find-email-change'
import { ownNeeds } from '../needs/own-needs'
import { clearAccessCookie, readAccessCookie, setAccessCookie } from './access-cookie'
import { askForLink, askToOpen } from './ask-for-access'
import { accessOf, leadOn, openOwn } from './open-own'
import { findOwnClaims, findOwnHistory, leaveClaims, readAccessLink } from './own-claims'
import { changesOf, noticeOf } from './own-changes'
import { momentIn, ownClaimLine, ownClaimPath, ownClaimWords } from './own-pages'

const linkStatus = { usable: 200, used: 410, expired: 410, unknown: 404 } as const

/** A claimant's own claims without an account: a mailed link or code, the list, each claim's page, signing out. */
export function accessRoutes(deps: AppDeps): Router {
  const { db, config } = deps
  const { limits } = config
  const routes = routeTable()
  const asking = { ...deps, sealer: createSealer(config.keys) }
  const receipts = receiptAnswers(deps)
  const page = { who: 'anyone', session: true } as const
  const plain = { who: 'anyone' } as const
  const form = { who: 'anyone', csrf: 'flag' } as const
  // Every one is work for the worker, and may be a mail or a guess.
  const perAddress = limit(deps, {
    name: 'access',
    by: addressOf,
    ...limits.rate.verify,
    store: 'database',
  })

  routes.get('/claims', page, async (req, res) => {
    const access = await accessOf(deps, req)
    if (access.state === 'open' && req.query['again'] === undefined) {
      return res.redirect(303, '/claims/mine')
    }
    const notice = ['left', 'ended'].find((one) => req.query[one] !== undefined) ?? null
    showAsk(res, { email: '', notice })
  })

  // The same answer to everyone, and nothing looked up before it.
  routes.post('/claims', form, perAddress, async (req, res) => {
    const t = textsOf(res)
    const typed = textOf(req, 'email', 500)
    // Never shown again, not even to whoever typed it.
    if (containsResidentNumber(typed)) {
      return showAsk(res, { email: '', error: t('matters:field.resident_number') })
    }
    if (req.csrfFailed) return showAsk(res, { email: typed, expired: true })
    const email = normaliseEmail(typed)
    if (!email) {
      const error = t(typed.trim() === '' ? 'matters:field.missing_email' : 'matters:field.email')
      return showAsk(res, { email: typed, error })
    }
    setAccessCookie(res, config, await askForLink(asking, email))
    res.redirect(303, '/claims/asked')
  })

  routes.get('/claims/asked', page, async (req, res) => {
    const access = await accessOf(deps, req)
    if (access.state !== 'asked') return leadOn(res, access)
    const error = access.refused ? textsOf(res)('status:code.wrong') : null
    showAsked(res, { error })
  })

  routes.post('/claims/code', form, perAddress, async (req, res) => {
    const access = await accessOf(deps, req)
    if (access.state !== 'asked') return leadOn(res, access)
    const typed = textOf(req, 'code', 60)
    if (req.csrfFailed) return showAsked(res, { code: typed, expired: true })
    const code = typed.normalize('NFKC').replace(/[\s-]/g, '')
    if (!/^\d{6}$/.test(code)) {
      return showAsked(res, { code: typed, error: textsOf(res)('status:code.shape') })
    }
    const secret = await askToOpen(asking, { code, askedBy: access.requestId })
    setAccessCookie(res, config, secret)
    res.redirect(303, '/claims/mine')
  })

  routes.get('/claims/code', plain, (_req, res) => res.redirect(303, '/claims/asked'))

  // Programs that check mail open every link: only the button uses it.
  routes.get('/claims/open/:token', page, async (req, res) => {
    await showLink(req, res, req.params.token)
  })

  routes.post('/claims/open/:token', form, perAddress, async (req, res) => {
    const { token } = req.params
    if (req.csrfFailed) return showLink(req, res, token, true)
    if ((await readAccessLink(deps, token)) !== 'usable') return showLink(req, res, token)
    setAccessCookie(res, config, await askToOpen(asking, { token }))
    res.redirect(303, '/claims/mine')
  })

  routes.get('/claims/mine', page, async (req, res) => {
    const access = await accessOf(deps, req)
    if (access.state === 'refused') return showProblem(req, res, 'used')
    if (access.state === 'waiting') {
      const waited = deps.clock.now().getTime() - access.since.getTime()
      const long = waited > limits.accessWaitMaxSeconds * 1000
      const refresh = long ? undefined : limits.accessWaitSeconds
      return res.render('claims/access/waiting', { refresh, long })
    }
    if (access.state !== 'open') return leadOn(res, access)
    const lang = languageOf(res)
    const claims = await findOwnClaims(db, access.secret)
    const matters = await Promise.all(claims.map(({ copy }) => findMatter(db, copy.matter)))
    res.render('claims/access/mine', {
      claims: claims.map((claim, at) => ownClaimLine(claim, matters[at] ?? null, lang)),
      most: claims.length >= limits.accessClaims ? limits.accessClaims : null,
      until: momentIn(matters[0] ?? null, access.until, lang),
    })
  })

  // What the waiting page asks when it can; what it hears tells no more than the page would.
  routes.get('/claims/mine/ready', plain, async (req, res) => {
    res.json({ done: (await accessOf(deps, req)).state !== 'waiting' })
  })

  routes.get('/claims/mine/:number', page, async (req, res) => {
    const opened = await openOwn(deps, req, res)
    if (!opened) return
    const { claim, matter, secret, until } = opened
    const lang = languageOf(res)
    const looked = await findOwnHistory(db, secret, claim.live.id)
    const change = await findNewestChange(db, claim.live.id)
    res.render('claims/access/claim', {
      needs: await ownNeeds(db, claim.live, matter, textsOf(res), lang),
      claim: {
        ...ownClaimWords(claim, looked, matter, textsOf(res), lang),
        notice: noticeOf(req.query, textsOf(res)),
        todo: changesOf(claim.live, matter, deps, textsOf(res)),
      },
      messages: messagesCard(
        await findOwnMessages(db, secret, claim.live.id),
        { number: claim.live.number, matter },
        textsOf(res),
        lang,
      ),
      news:
        matter &&
        newsCard(await findNewest(db, matter.id, limits.newsShown), matter, textsOf(res), lang),
      emailChange: changeNotice(change, deps.clock.now(), matter, textsOf(res), lang),
      papers: matter && (await ownPapersCard(deps, claim.live, matter)),
      household: ownHouseholdWords(
        await findHousehold(db, claim.live.id, limits.householdClaims),
        claim.live,
        { matter, t: textsOf(res), lang },
      ),
      next: matter && (await ownNextCard(deps, claim.live, matter, textsOf(res), lang)),
      rows: limits.historyRows,
      until: momentIn(matter, until, lang),
    })
  })

  routes.get('/claims/mine/:number/receipt', plain, async (req, res) => {
    const opened = await openOwn(deps, req, res)
    if (!opened) return
    const back = ownClaimPath(opened.claim.live.number)
    await receipts.page(res, opened.claim.copy.receipt, { files: back, back })
  })

  routes.get('/claims/mine/:number/receipt.pdf', plain, receipts.paperLimit, async (req, res) => {
    const opened = await openOwn(deps, req, res)
    if (opened) await receipts.pdf(res, opened.claim.copy.receipt)
  })

  routes.get('/claims/mine/:number/receipt.json', plain, async (req, res) => {
    const opened = await openOwn(deps, req, res)
    if (opened) await receipts.file(res, opened.claim.copy.receipt)
  })

  routes.post('/claims/leave', { who: 'anyone' }, async (req, res) => {
    await leaveClaims(deps, readAccessCookie(req, config))
    clearAccessCookie(res, config)
    res.redirect(303, '/claims?left')
  })

  return routes.router

  function showAsk(
    res: Response,
    given: { email: string; error?: string; expired?: boolean; notice?: string | null },
  ): void {
    const { email, error, expired = false, notice = null } = given
    res.status(expired ? 403 : error ? 422 : 200).render('claims/access/ask', {
      email,
      error,
      errors: error ? [{ id: 'email', message: error }] : [],
      expired,
      notice,
      hours: limits.accessHours,
      session: limits.sessionHours,
    })
  }

  function showAsked(
    res: Response,
    given: { code?: string; error?: string | null; expired?: boolean },
  ): void {
    const { code = '', error = null, expired = false } = given
    // A code that was typed before this page was asked for is no error of this request.
    res.status(expired ? 403 : error && code ? 422 : 200).render('claims/access/asked', {
      code,
      error,
      errors: error ? [{ id: 'code', message: error }] : [],
      expired,
      hours: limits.accessHours,
      attempts: limits.accessAttempts,
      mails: limits.accessMails,
    })
  }

  async function showLink(
    req: Request<{ token: string }>,
    res: Response,
    token: string,
    expired = false,
  ): Promise<void> {
    const state = await readAccessLink(deps, token)
    if (state !== 'usable') return showProblem(req, res, state)
    res.status(expired ? 403 : 200).render('claims/access/open', {
      token,
      expired,
      session: limits.sessionHours,
    })
  }

  async function showProblem<Params>(
    req: Request<Params>,
    res: Response,
    state: 'used' | 'expired' | 'unknown',
  ): Promise<void> {
    const access = await accessOf(deps, req)
    res.status(linkStatus[state]).render('claims/access/link-problem', {
      state,
      open: access.state === 'open' || access.state === 'waiting',
      hours: limits.accessHours,
    })
  }
}

function textOf(req: Request, name: string, most: number): string {
  const value = (req.body as Record<string, unknown>)[name]
  return typeof value === 'string' ? value.slice(0, most) : ''
}
