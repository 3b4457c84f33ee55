import type { Request, Response, Router } from 'express'
import { openOwn } from '../claims/access/open-own'
import { findConfirmation, type Given } from '../claims/find-confirmation'
import { giveCode } from '../claims/give-confirmation'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { findClaimForm } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { openCopies } from '../vault/claimant-copies'
import { createSealer } from '../vault/sealer'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { addressOf, limit } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { askGuardianAgain, hasGuardianLinkExpired } from './ask-guardian-again'
import { askToSign, findSigningOutcome } from './ask-to-sign'
import { namesFirm } from './consents'
import { findAuthority } from './find-authority'
import { sendPaper } from './paper-answer'
import type { PapersCopy } from './papers-copy'
import { paperLine, signedWords } from './show-documents'
import {
  placeOf,
  readSigning,
  signingView,
  type SentSigning,
  type SigningPage,
} from './signing-page'

interface Own {
  matter: Matter
  claim: { id: string; number: string; firm_id: string; state: string }
  copy: PapersCopy | null
  secret: string
  path: string
}

/** A claimant's own papers: the list, each as PDF, confirming one by code, and signing again. */
export function ownPaperRoutes(deps: AppDeps): Router {
  const { db, config, clock } = deps
  const { limits } = config
  const routes = routeTable()
  const signing = { db, clock, sealer: createSealer(config.keys) }
  const page = { who: 'anyone', session: true } as const
  const form = { who: 'anyone', csrf: 'flag' } as const
  const guessing = limit(deps, {
    name: 'own code',
    by: addressOf,
    ...limits.rate.verify,
    store: 'database',
  })
  const paperLimit = limit(deps, {
    name: 'own paper',
    by: addressOf,
    ...limits.rate.paper,
    store: 'memory',
  })

  routes.get('/claims/mine/:number/papers', page, async (req, res) => {
    const own = await open(req, res)
    if (!own) return
    const given = await givenOf(req, own)
    const error =
      given?.outcome === 'refused' ? { error: textsOf(res)('status:code.wrong') } : undefined
    await showPapers(req, res, own, { ...error, checking: given?.outcome === null ? given : null })
  })

  routes.get('/claims/mine/:number/papers/ready', { who: 'anyone' }, async (req, res) => {
    const own = await open(req, res)
    if (!own) return
    const outcome = await outcomeOf(req, own)
    // Taken is not yet shown: the copy is made anew a moment later.
    const shown = outcome !== 'taken' || own.copy?.waiting != null
    res.json({ done: outcome !== null && shown })
  })

  routes.get('/claims/mine/:number/papers/code', { who: 'anyone' }, (req, res) => {
    res.redirect(303, `/claims/mine/${encodeURIComponent(req.params.number)}/papers`)
  })

  routes.get('/claims/mine/:number/papers/guardian', { who: 'anyone' }, (req, res) => {
    res.redirect(303, `/claims/mine/${encodeURIComponent(req.params.number)}/papers`)
  })

  routes.post('/claims/mine/:number/papers/guardian', form, paperLimit, async (req, res) => {
    const own = await open(req, res)
    if (!own) return
    if (req.csrfFailed) return showPapers(req, res, own, { expired: true })
    await askGuardianAgain(deps, own.claim, own.matter)
    res.redirect(303, `${own.path}?asked`)
  })

  routes.post('/claims/mine/:number/papers/code', form, guessing, async (req, res) => {
    const own = await open(req, res)
    if (!own) return
    const raw = (req.body as Record<string, unknown>)['code']
    const code = typeof raw === 'string' ? raw.slice(0, 60) : ''
    if (req.csrfFailed) return showPapers(req, res, own, { code, expired: true })
    const seen = own.copy?.waiting?.pack ?? null
    const typed = await giveCode(signing, own.claim.number, code, seen)
    if (!typed) {
      const wrong = /\d/.test(code) ? 'status:code.wrong' : 'claims:code.codeMissing'
      return showPapers(req, res, own, { code, error: textsOf(res)(wrong) })
    }
    res.redirect(303, `${own.path}?code=${typed.given}`)
  })

  routes.get(
    '/claims/mine/:number/papers/:pack/paper.pdf',
    { who: 'anyone' },
    paperLimit,
    async (req, res) => {
      const own = await open(req, res)
      if (!own) return
      const kept = own.copy?.papers.find(({ core }) => core.pack === req.params.pack)
      if (!kept) throw new Problem('not_found')
      await sendPaper(deps, res, kept)
    },
  )

  routes.get('/claims/mine/:number/sign', page, async (req, res) => {
    const own = await open(req, res)
    if (own) await showSigning(req, res, own)
  })

  routes.post('/claims/mine/:number/sign', form, guessing, async (req, res) => {
    const own = await open(req, res)
    if (!own) return
    const { place: typed } = req.body as Record<string, unknown>
    const place = placeOf(own.matter, typed)
    const signingPage = await pageOf(res, own)
    if (!signingPage || place === undefined) return showSigning(req, res, own)
    const read = readSigning(signingPage, req as Request, place)
    if (!read.ok) return showSigning(req, res, own, { place, sent: read.sent })
    const content = { ...read.content, secret: own.secret }
    const id = await askToSign(signing, 'own', own.claim.id, content)
    res.redirect(303, `${own.path}?sent=${id}`)
  })

  return routes.router

  async function open<Params extends { number: string }>(
    req: Request<Params>,
    res: Response,
  ): Promise<Own | undefined> {
    const opened = await openOwn(deps, req as unknown as Request<{ number: string }>, res)
    if (!opened) return undefined
    const { claim, matter, secret } = opened
    if (!matter) throw new Problem('not_found')
    const copies = (await openCopies(db, 'papers', secret)) as Map<string, PapersCopy>
    return {
      matter,
      claim: claim.live,
      copy: copies.get(claim.live.id) ?? null,
      secret,
      path: `/claims/mine/${claim.live.number}/papers`,
    }
  }

  async function outcomeOf<Params>(req: Request<Params>, own: Own) {
    const sent = sentIn(req)
    return sent === undefined ? undefined : findSigningOutcome(db, own.claim.id, sent)
  }

  /** The code that was just typed here, as its id stands in the address. */
  async function givenOf<Params>(req: Request<Params>, own: Own): Promise<Given | null> {
    const given = await findConfirmation(deps, req.query['code'])
    return given?.claim?.id === own.claim.id ? given : null
  }

  async function showPapers<Params>(
    req: Request<Params>,
    res: Response,
    own: Own,
    given: { code?: string; error?: string; expired?: boolean; checking?: Given | null } = {},
  ): Promise<void> {
    const lang = languageOf(res)
    const { claim, matter, copy, path } = own
    const outcome = await outcomeOf(req, own)
    const state = await findAuthority(db, claim, matter)
    const waiting = state === 'waiting' ? (copy?.waiting ?? null) : null
    const { code = '', error, expired = false, checking = null } = given
    const asked = req.query['asked'] !== undefined
    const linkOver = !asked && (await hasGuardianLinkExpired(deps, claim, matter))
    const late = outcome === null || (outcome === 'taken' && state === 'waiting' && !waiting)
    res.status(expired ? 403 : error ? 422 : 200).render('authority/papers', {
      number: claim.number,
      case: { name: matter.content.title[lang], href: `/matters/${matter.slug}` },
      firm: matter.firm.content.name[lang],
      state,
      path,
      sign: `/claims/mine/${claim.number}/sign`,
      outcome: outcome ?? null,
      checking: checking !== null,
      refresh: late || (checking && !checking.long) ? limits.accessWaitSeconds : undefined,
      ready: late
        ? `${path}/ready?sent=${sentIn(req)}`
        : checking && !checking.long
          ? `/claims/confirm/ready?sent=${checking.id}`
          : null,
      guardian: copy?.guardian?.name ?? null,
      // Another link goes out once the last has run out.
      guardianAgain: { asked: asked && state === 'guardian', offered: linkOver },
      papers: (copy?.papers ?? []).map((kept) => paperLine(kept, matter, path, lang)),
      waiting: waiting && signedWords(waiting, lang),
      code,
      error,
      errors: error ? [{ id: 'code', message: error }] : [],
      expired,
    })
  }

  /** What is to be signed; nothing when nothing is, or this browser has no copy to sign with. */
  async function pageOf(res: Response, own: Own): Promise<SigningPage | null> {
    const { matter, claim, copy } = own
    const closed = ['unverified', 'expired', 'withdrawn', 'erased'].includes(claim.state)
    if (!copy || closed || (await findAuthority(db, claim, matter)) === 'none') return null
    const claimForm = await findClaimForm(db, matter.id, copy.formVersion)
    if (!claimForm) throw new Error('a claim names a form that is not stored')
    const another = claim.firm_id !== matter.firm.id
    return {
      matter,
      form: claimForm,
      answers: copy.answers,
      name: copy.name,
      heir: copy.heir,
      consents: another ? matter.content.consents.filter(({ kind }) => namesFirm(kind)) : [],
      t: textsOf(res),
      lang: languageOf(res),
      now: clock.now(),
      limits,
    }
  }

  async function showSigning<Params>(
    req: Request<Params>,
    res: Response,
    own: Own,
    given: { place?: ReturnType<typeof placeOf>; sent?: SentSigning } = {},
  ): Promise<void> {
    const signingPage = await pageOf(res, own)
    if (!signingPage) return res.redirect(303, own.path)
    const { matter, claim, path } = own
    const lang = languageOf(res)
    const place = given.place ?? placeOf(matter, req.query['place'])
    const around = {
      number: claim.number,
      case: { name: matter.content.title[lang], href: `/matters/${matter.slug}` },
      back: path,
      action: `/claims/mine/${claim.number}/sign`,
      title: textsOf(res)('authority:again.title'),
      lead: textsOf(res)('authority:again.lead', { firm: matter.firm.content.name[lang] }),
    }
    if (place === undefined) return res.render('authority/place', around)
    const { sent = null } = given
    res.status(sent?.expired ? 403 : sent ? 422 : 200)
    res.render('authority/sign', { ...around, ...signingView(signingPage, place, sent) })
  }
}

/** The id of what was just sent, as it stands in the address. */
function sentIn<Params>(req: Request<Params>): string | undefined {
  const sent = req.query['sent']
  return isId(sent) ? sent : undefined
}
